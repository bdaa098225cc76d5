import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { dataflowSchema } from "../../../sidecar/protocol/outputs.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

test("maskwright dataflow --json prints the language, the tokens and the edges of a file", async (t) => {
	const file = join(temporaryFolder(t), "a.py");
	await writeFile(file, "x = y # why\nprint(x)\n");
	const { exitCode, stdout } = await callCli(["dataflow", file, "--json"]);
	assert.equal(exitCode, 0);
	assert.deepEqual(dataflowSchema.parse(JSON.parse(stdout)), {
		language: "python",
		tokens: ["x", "=", "y", "print", "(", "x", ")"],
		dataflow: [
			["x", 0, "computedFrom", ["y"], [2]],
			["y", 2, "comesFrom", [], []],
			["x", 5, "comesFrom", ["x"], [0]],
		],
	});
	const table = await callCli(["dataflow", file]);
	assert.match(table.stdout, /5 +x +comes from +x@0/);
});

test("maskwright dataflow says why a file has no data flow", async (t) => {
	const folder = temporaryFolder(t);
	const missing = await callCli(["dataflow", join(folder, "none.py")]);
	assert.match(missing.stderr, /none\.py cannot be read/);
	const other = await callCli(["dataflow", join(folder, "a.txt")]);
	assert.deepEqual([other.exitCode, /none of python, java/.test(other.stderr)], [2, true]);
});

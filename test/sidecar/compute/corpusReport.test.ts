import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { corpusReportSchema } from "../../../sidecar/protocol/outputs.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyCorpus } from "../../support/tinyTraining.ts";

test("a folder's report counts what would be used and names what would not", async (context) => {
	const folder = temporaryFolder(context);
	writeTinyCorpus(folder, 20);
	writeFileSync(join(folder, "key.pem"), "secret");
	const { exitCode, stdout } = await callCli(["corpus", folder, "--json"]);
	assert.equal(exitCode, 0);
	const report = corpusReportSchema.parse(JSON.parse(stdout));
	assert.deepEqual([report.files, report.languages], [20, { typescript: 20 }]);
	assert.ok(report.heldOutFiles >= 1 && report.heldOutFiles < 20);
	assert.ok(report.tokens > 20 * 12 && report.tokens < report.bytes);
	assert.deepEqual(
		report.leftOut.map(({ path }) => path),
		["key.pem"],
	);
	const text = (await callCli(["corpus", folder])).stdout;
	assert.match(text, /^20 files, .* about [\d,]+ tokens; \d+ files held out\n/);
	assert.match(text, /1 left out:\n {2}key\.pem: /);
});

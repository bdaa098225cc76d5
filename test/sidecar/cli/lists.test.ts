import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { modelsSchema, runsSchema } from "../../../sidecar/protocol/outputs.ts";
import { openMetrics } from "../../../sidecar/store/metrics.ts";
import { saveModel } from "../../../sidecar/store/modelFolder.ts";
import { useModel } from "../../../sidecar/store/modelInUse.ts";
import { createRun } from "../../../sidecar/store/runs.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { useUserFolder } from "../../support/userFolder.ts";

function userFolder(context: TestContext): string {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	return home;
}

const model = {
	config: { model_type: "bert" },
	tensors: new Map([["w", { data: new Float32Array(1234), shape: [1234] }]]),
	tokenizer: {},
	about: { roles: ["completion"] as const, scores: { top1: 0.475 } },
};

test("with nothing trained yet, the lists are empty and say how to begin", async (context) => {
	userFolder(context);
	for (const command of ["runs", "models"]) {
		assert.deepEqual(await callCli([command, "--json"]), { exitCode: 0, stdout: "[]\n", stderr: "" });
		assert.match((await callCli([command])).stdout, /maskwright train FOLDER/);
	}
});

test("runs are listed as a table and as one line of JSON", async (context) => {
	userFolder(context);
	const path = createRun("tiny", { name: "tiny" });
	const log = openMetrics(path);
	for (const line of [{ event: "run" }, { event: "step", step: 1200, loss: 2.3456 }, { event: "paused", step: 1200 }])
		log.append(line);
	log.close();
	const { stdout } = await callCli(["runs", "--json"]);
	assert.equal(stdout.split("\n").length, 2);
	assert.deepEqual(runsSchema.parse(JSON.parse(stdout)), [
		{ run: "tiny-1", path, recipe: "tiny", state: "paused", step: 1200, loss: 2.3456, heldOut: null },
	]);
	assert.equal(
		(await callCli(["runs"])).stdout,
		[
			"run     recipe  state    step   loss  top-1  path",
			`tiny-1  tiny    paused  1,200  2.346      –  ${path}`,
			"",
		].join("\n"),
	);
});

test("models are listed with the one in use marked", async (context) => {
	const home = userFolder(context);
	const path = join(home, "models", "mine");
	saveModel(path, model);
	saveModel(join(home, "models", "other"), model);
	useModel(path);
	const { stdout } = await callCli(["models", "--json"]);
	assert.deepEqual(
		modelsSchema.parse(JSON.parse(stdout)).map(({ name, parameters }) => [name, parameters]),
		[
			["mine", 1234],
			["other", 1234],
		],
	);
	const lines = (await callCli(["models"])).stdout.split("\n");
	assert.match(lines[1] ?? "", /^\* mine +bert +1,234 .* completion +47\.5% /);
	assert.match(lines[2] ?? "", /^ {2}other /);
});

test("a name with control characters cannot reach the terminal", async (context) => {
	const home = userFolder(context);
	saveModel(join(home, "models", "a\u001b[31mb"), model);
	const { stdout } = await callCli(["models"]);
	assert.ok(stdout.includes("a\\x1b[31mb") && !stdout.includes("\u001b"));
});

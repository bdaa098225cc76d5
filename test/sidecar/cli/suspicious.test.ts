import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ownPart, windowsOver } from "../../../sidecar/inference/inspect/suspicion.ts";
import { trainingEventSchema } from "../../../sidecar/protocol/events.ts";
import { suspicionSchema } from "../../../sidecar/protocol/inspect/suspicion.ts";
import { withRegularFile } from "../../../sidecar/store/regularFile.ts";
import { readFileTensors } from "../../../sidecar/store/safetensors.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinySettings, writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

test("from a folder of code to the tokens that look replaced, by the command line alone", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	writeTinyCorpus(join(folder, "code"));
	const file = join(folder, "pasted.ts");
	const text = "export function sum1Of2(left: number, right: number): number { return left + right * 2; }\n";
	writeFileSync(file, text);
	const none = await callCli(["suspicious", file]);
	assert.equal(none.exitCode, 1);
	assert.match(none.stderr, /No model here has a detector.*--recipe electra/s);

	const out = join(folder, "run");
	const flags = ["--recipe", "electra", "--steps", "4", "--device", "cpu", "--threads", "1", "--json", "--out", out];
	const sizes = ["--set", "generator.hiddenSize=8", "--set", "generator.intermediateSize=8"];
	const trained = await callCli(["train", join(folder, "code"), ...flags, ...tinySettings, ...sizes]);
	assert.equal(trained.stderr, "");
	const done = trainingEventSchema.parse(JSON.parse(trained.stdout.trimEnd().split("\n").at(-1)!));
	assert.ok(done.event === "done" && done.heldOut.detection!.tokens > 0 && done.heldOut.loss === null);
	const model = join(out, "model");
	const about = JSON.parse(readFileSync(join(model, "maskwright.json"), "utf8"));
	assert.deepEqual(about.roles, ["detection"]);
	assert.equal(about.detector.threshold, done.heldOut.detection!.threshold);
	const names = [...withRegularFile(join(model, "model.safetensors"), readFileTensors).keys()];
	assert.ok(names.includes("discriminator_predictions.dense_prediction.weight"));
	assert.ok(
		names.every((name) => !/^(generator|decoder|head)\./.test(name)),
		`nothing of the generator, and no head that was not trained: ${names}`,
	);

	const found = await callCli(["suspicious", file, "--model", out, "--threshold", "0", "--json"]);
	assert.equal(found.stderr, "");
	const report = suspicionSchema.parse(JSON.parse(found.stdout));
	assert.ok(report.tokens.length > 10 && report.tokens.length <= report.judged);
	for (const token of report.tokens) assert.equal(text.slice(token.start, token.end), token.text);
	const ordered = report.tokens.map(({ probability }) => probability);
	assert.deepEqual(
		ordered,
		[...ordered].sort((a, b) => b - a),
	);
	assert.match(
		(await callCli(["suspicious", file, "--model", out, "--threshold", "0"])).stdout,
		/tokens look replaced/,
	);

	const fill = await callCli(["fill", "let x = [MASK];", "--model", out]);
	assert.equal(fill.exitCode, 1);
	assert.match(fill.stderr, /no head for masked language modelling/);
	const wrong = await callCli(["suspicious", file, "--model", out, "--threshold", "high"]);
	assert.equal(wrong.exitCode, 2);
	assert.match(wrong.stderr, /--threshold high is no probability/);
});

test("windows over a long text judge every token once or more, and none at the edge of a window but the text's own", () => {
	for (const [total, length] of [
		[5, 32],
		[32, 32],
		[33, 32],
		[100, 32],
		[1000, 128],
	] as const) {
		const judged = new Uint8Array(total);
		for (const start of windowsOver(total, length)) {
			const [from, to] = ownPart(start, { length, total });
			for (let at = from; at < to; at++) judged[at] = 1;
			assert.ok(start === 0 || from - start >= Math.floor(length / 4));
			assert.ok(to <= Math.min(total, start + length));
		}
		assert.ok(
			judged.every((one) => one === 1),
			`${total} ${length}`,
		);
	}
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { trainingEventSchema } from "../../../sidecar/protocol/events.ts";
import { masksSchema } from "../../../sidecar/protocol/inspect/masks.ts";
import { fillResultSchema } from "../../../sidecar/protocol/outputs.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const settings = [
	"tokenizer.vocabularySize=300",
	"model.layers=1",
	"model.hiddenSize=16",
	"model.heads=2",
	"model.intermediateSize=16",
	"model.maxPositions=64",
	"data.sequenceLength=64",
	"objective.nodes=12",
	"objective.commentTokens=8",
	"train.batchTokens=256",
	"evaluation.finalRows=4",
].flatMap((setting) => ["--set", setting]);

test("GraphCodeBERT is listed, trained on a folder, scored on its graph, and fills plain text", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	const call = async (...args: string[]) => await callCli(args);
	writeTinyCorpus(join(folder, "corpus"));
	const listed = await call("recipes");
	assert.match(listed.stdout, /graphcodebert/);
	const flags = ["--recipe", "graphcodebert", "--steps", "3", "--device", "cpu", "--threads", "1", "--json"];
	const out = join(folder, "out");
	const trained = await call("train", join(folder, "corpus"), ...flags, "--out", out, ...settings);
	assert.equal(trained.stderr, "");
	const events = trained.stdout
		.trimEnd()
		.split("\n")
		.map((line) => trainingEventSchema.parse(JSON.parse(line)));
	const done = events.at(-1);
	assert.ok(
		done?.event === "done" && typeof done.heldOut.edgeF1 === "number" && typeof done.heldOut.alignmentF1 === "number",
	);
	const filled = await call("fill", "return left + [MASK] * 2", "--model", join(out, "model"), "--json");
	assert.ok(fillResultSchema.parse(JSON.parse(filled.stdout)).masks[0]!.candidates.length > 0);
	const asked = ["masks", join(folder, "corpus", "part0", "file0.ts"), "--model", join(out, "model")];
	const masks = masksSchema.parse(JSON.parse((await call(...asked, "--json")).stdout));
	assert.equal(masks.objective, "graphCodeBert");
	assert.ok(masks.functions!.some(({ variables }) => variables.length > 0));
	const chosen = masks.tokens.filter(({ action }) => action !== "keep");
	assert.ok(chosen.length > 0 && chosen.every(({ prediction }) => prediction !== undefined));
	assert.match((await call(...asked)).stdout, /row \d+: .*\d+ variables/);
	const search = await call(...asked, "--recipe", "code-search");
	assert.match(search.stdout, /^code-search masks nothing/);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { evaluateFill } from "../../../sidecar/inference/evaluateFill.ts";
import { fill } from "../../../sidecar/inference/fill.ts";
import { type ModelParts, openModel, useModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { rankingWeights } from "../../../sidecar/inference/rankingWeights.ts";
import { parameterSpecs } from "../../../sidecar/model/parameters.ts";
import { type StoredModel, saveModel } from "../../../sidecar/store/modelFolder.ts";
import { storedModel } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../support/tinyFillModel.ts";

const text = "total = compute_total(items)\nprint(total)\n";
const cpu = { executionProvider: "cpu", threads: 1 } as const;
let parts: ModelParts;

before(async () => {
	parts = await tinyFillModel([text, "for item in items:\n    total += item\n"], { vocabularySize: 285, steps: 40 });
});

function stored(change: Partial<StoredModel> = {}): StoredModel {
	return storedModel(parts, { about: { roles: ["completion"], scores: null, sequenceLength: 24 }, ...change });
}

test("a model that was saved fills as the one in memory does", async (context) => {
	const folder = join(temporaryFolder(context), "model");
	saveModel(folder, stored());
	const opened = openModel(folder, cpu);
	const inMemory = useModelParts({ ...parts, sequenceLength: 24 }, cpu);
	assert.equal(opened.sequenceLength, 24);
	const masked = text.replace("items", "[MASK]");
	assert.deepEqual(await fill(opened, masked), await fill(inMemory, masked));
	await opened.release();
	await opened.release();
	await inMemory.release();
});

test("a model ranks its fills by weights of its own, unless they are of other features", async (context) => {
	const folder = join(temporaryFolder(context), "model");
	const own = { ...rankingWeights, known: -50, modelMean: 0.1 };
	const { known: _, ...incomplete } = own;
	const masked = text.replace("items", "[MASK]");
	const filled = async (ranking: unknown) => {
		saveModel(folder, stored({ about: { roles: ["completion"], scores: null, sequenceLength: 24, ranking } }));
		const opened = openModel(folder, cpu);
		const result = await fill(opened, masked);
		await opened.release();
		return result;
	};
	const inMemory = useModelParts({ ...parts, sequenceLength: 24 }, cpu);
	assert.deepEqual(await filled(own), await fill(inMemory, masked, { weights: own }));
	assert.deepEqual(await filled(incomplete), await fill(inMemory, masked));
	assert.notDeepEqual(await filled(own), await filled(incomplete));
	await inMemory.release();
});

test("a tensor that is missing or has another shape is named", (context) => {
	const folder = join(temporaryFolder(context), "model");
	const [first] = parameterSpecs(parts.config);
	for (const [fault, expected] of [
		[undefined, "is missing"],
		[{ data: new Float32Array(6), shape: [2, 3] }, "has the shape [2, 3]"],
		[{ data: new Int32Array(6), shape: [6] }, "does not hold floating-point numbers"],
	] as const) {
		const { tensors, ...rest } = stored();
		const broken = new Map(tensors);
		if (fault === undefined) broken.delete(first!.name);
		else broken.set(first!.name, fault);
		saveModel(folder, { ...rest, tensors: broken });
		assert.throws(
			() => openModel(folder, cpu),
			(error) =>
				isError(error, "modelInvalid") && error.message.includes(first!.name) && error.message.includes(expected),
		);
	}
});

test("a tokenizer or counts of another vocabulary are refused", () => {
	const config = { ...parts.config, vocabularySize: 284 };
	assert.throws(
		() => useModelParts({ ...parts, config }, cpu),
		(error) => isError(error, "modelInvalid"),
	);
	const ngrams = { ...parts.ngrams!, vocabularySize: 284 };
	assert.throws(
		() => useModelParts({ ...parts, ngrams }, cpu),
		(error) => isError(error, "modelInvalid"),
	);
});

test("few sessions are kept, and a shape that was dropped comes back", async () => {
	const model = useModelParts(parts, cpu);
	const shapes = [1, 2, 3, 4, 5].map((rows) => ({ rows, sequenceLength: 8, maskedRows: 8 }));
	const first = await model.scorer(shapes[0]!);
	assert.equal(await model.scorer(shapes[0]!), first);
	for (const shape of shapes) await model.scorer(shape);
	assert.notEqual(await model.scorer(shapes[0]!), first);
	await model.release();
});

test("held-out identifiers are scored for the model, the cache and the ranking", async () => {
	const model = useModelParts(parts, cpu);
	const scores = await evaluateFill(model, [text], { sites: 100, seed: 1 });
	assert.equal(scores.sites, 4); // compute_total has more than six pieces
	for (const [top1, top5] of [
		[scores.modelTop1, scores.modelTop5],
		[scores.cacheTop1, scores.cacheTop5],
		[scores.rankedTop1, scores.rankedTop5],
	]) {
		assert(top1! >= 0 && top1! <= top5! && top5! <= 1);
	}
	assert.deepEqual(await evaluateFill(model, [text], { sites: 100, seed: 1 }), scores);
	assert.equal((await evaluateFill(model, ["1 + 2"], { sites: 5, seed: 1 })).rankedTop1, null);
	await model.release();
});

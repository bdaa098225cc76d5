import assert from "node:assert/strict";
import { test } from "node:test";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import { type Batch, collate } from "../../../sidecar/data/collate.ts";
import { causalCapacity, collateCausal } from "../../../sidecar/data/collateCausal.ts";
import { evaluationMasking } from "../../../sidecar/data/masking/config.ts";
import { packDocuments, padDocuments } from "../../../sidecar/data/packing.ts";
import { type AttentionProgramName, attentionBias } from "../../../sidecar/model/attention.ts";
import { encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { closeTo } from "../../support/closeTo.ts";
import { evaluate, exampleParameters, maskedLmFeeds, maskedLmGraph } from "../../support/maskedLmGraph.ts";
import { referenceLogits, referenceMaskedLmLoss } from "../../support/referenceEncoder.ts";
import { pieces, randomDocuments, special } from "../data/fixtures.ts";

const sequenceLength = 24;
const vocabularySize = 40;
const tiny = { layers: 2, hiddenSize: 16, heads: 2, intermediateSize: 20, vocabularySize, paddingId: 1 };
const configs = {
	RoBERTa: encoderConfigSchema.parse({ architecture: "roberta", ...tiny, maxPositions: sequenceLength }),
	// Layer 1 sees a window of 4 besides.
	ModernBERT: encoderConfigSchema.parse({
		architecture: "modernbert",
		...tiny,
		maxPositions: sequenceLength,
		globalAttentionEveryNLayers: 2,
		localAttention: 4,
	}),
};

const rows = packDocuments(randomDocuments(3, 9, 14), { sequenceLength, special });
const collation = { share: 1, padId: special.pad, seed: 5, epoch: 0 };
const batch = collateCausal(rows, [0, 1], collation);

for (const [name, config] of Object.entries(configs)) {
	const values = exampleParameters(config, 1);
	const run = async (inputs: Batch, attention: AttentionProgramName) => {
		const masked = inputs.maskedPositions.length;
		const graph = maskedLmGraph(config, { batch: inputs.rows, length: sequenceLength, masked, attention });
		const feeds = maskedLmFeeds({ ...inputs, batch: inputs.rows, length: sequenceLength }, values);
		const { logits, loss } = await evaluate({ logits: graph.logits, loss: graph.loss }, feeds);
		return { logits: logits!, loss: loss![0]! };
	};

	test(`${name}'s causal logits and loss are those of a reference that sees what stands before`, async () => {
		const sees = (token: number, other: number): boolean =>
			other <= token && batch.segments[other] === batch.segments[token];
		const expected = referenceLogits(config, values, { ...batch, batch: batch.rows, length: sequenceLength, sees });
		const { logits, loss } = await run(batch, "causal");
		closeTo(logits, expected, 2e-5);
		assert.ok(Math.abs(loss - referenceMaskedLmLoss(expected, { ...batch, vocabularySize })) < 1e-5);
		assert.throws(() =>
			closeTo(
				logits.subarray(0),
				referenceLogits(config, values, { ...batch, batch: 2, length: sequenceLength }),
				2e-5,
			),
		);
	});

	test(`${name}: a causal token does not see the next one, a full one does`, async () => {
		const changedAt = 9;
		const changed = { ...batch, inputIds: batch.inputIds.slice() };
		changed.inputIds[changedAt] = (changed.inputIds[changedAt]! + 7) % vocabularySize;
		const largestBefore = async (attention: AttentionProgramName): Promise<number> => {
			const [one, other] = [await run(batch, attention), await run(changed, attention)];
			const until = changedAt * vocabularySize;
			return Math.max(...one.logits.subarray(0, until).map((logit, at) => Math.abs(logit - other.logits[at]!)));
		};
		assert.ok(batch.segments[changedAt] === batch.segments[changedAt - 1]);
		assert.ok((await largestBefore("causal")) <= 1e-6);
		assert.ok((await largestBefore("full")) > 1e-3); // and so the check above goes red on another program
	});
}

/** What each program and window lets a token see, by the words of the papers. */
function expectedBias(segments: Int32Array, sees: (query: number, key: number) => boolean): Float32Array {
	const size = sequenceLength;
	return Float32Array.from({ length: 2 * size * size }, (_, at) => {
		const [row, query, key] = [Math.floor(at / size / size), Math.floor(at / size) % size, at % size];
		const same = segments[row * size + query] === segments[row * size + key];
		return same && sees(query, key) ? 0 : -30_000;
	});
}

test("a program's bias composes with packing and windows", async () => {
	const { segments } = batch;
	const bias = async (program: AttentionProgramName) => {
		const graph = new Graph();
		const { global, local } = attentionBias(configs.ModernBERT, graph.input("segments", [2, 24], "int32"), program);
		return await evaluate({ global, local }, { segments });
	};
	const near = (query: number, key: number): boolean => Math.abs(query - key) <= 2;
	const [full, causal] = [await bias("full"), await bias("causal")];
	assert.deepEqual(
		full["global"],
		expectedBias(segments, () => true),
	);
	assert.deepEqual(full["local"], expectedBias(segments, near));
	assert.deepEqual(
		causal["global"],
		expectedBias(segments, (query, key) => key <= query),
	);
	assert.deepEqual(
		causal["local"],
		expectedBias(segments, (query, key) => key <= query && near(query, key)),
	);
	assert.notDeepEqual(full["global"], causal["global"]);
});

/** What is wrong with the labels of a causal batch, by a rule of its own: the next token of the same document, once each. */
function wrongLabels({ inputIds, segments, maskedPositions, labels, weights, maskedCount }: Batch): string[] {
	const wrong: string[] = [];
	const expected = [...segments.keys()].filter(
		(at) => segments[at]! >= 0 && (at + 1) % sequenceLength !== 0 && segments[at + 1] === segments[at],
	);
	if (maskedCount !== expected.length) wrong.push(`${maskedCount} labels, not ${expected.length}`);
	for (const [index, position] of expected.entries()) {
		if (maskedPositions[index] !== position) wrong.push(`label ${index} is at ${maskedPositions[index]}`);
		if (labels[index] !== inputIds[position + 1]) wrong.push(`label ${index} is ${labels[index]}`);
	}
	const sum = weights.reduce((total, weight) => total + weight, 0);
	if (Math.abs(sum - 1) > 1e-5) wrong.push(`the weights sum to ${sum}`);
	return wrong;
}

test("a causal label is the next token and nothing is masked; a masked label is the token itself", () => {
	for (const packed of [rows, padDocuments(randomDocuments(4, 9, 40), { sequenceLength, special })]) {
		const indices = Array.from({ length: packed.count }, (_, row) => row);
		const causal = collateCausal(packed, indices, collation);
		assert.deepEqual(causal.inputIds, packed.tokens);
		assert.deepEqual(wrongLabels(causal), []);
		const unshifted = causal.maskedPositions.map((position) => causal.inputIds[position]!);
		assert.ok(wrongLabels({ ...causal, labels: unshifted }).length > 0);
		const masked = collate(packed, indices, { ...collation, masking: evaluationMasking, pieces, maskId: special.mask });
		for (let i = 0; i < masked.maskedCount; i++) {
			const position = masked.maskedPositions[i]!;
			assert.equal(masked.inputIds[position], special.mask);
			assert.equal(masked.labels[i], packed.tokens[position]);
		}
	}
});

test("a share of the labels is drawn evenly, by seed, epoch and row alone", () => {
	const half = { ...collation, share: 0.5 };
	const one = collateCausal(rows, [0, 1, 2], half);
	assert.deepEqual(collateCausal(rows, [0, 1, 2], half), one);
	const chosen = [...one.maskedPositions.subarray(0, one.maskedCount)];
	assert.deepEqual(
		chosen,
		[...new Set(chosen)].toSorted((a, b) => a - b),
	);
	const other = collateCausal(rows, [0, 1, 2], { ...half, epoch: 1 });
	assert.notDeepEqual(other.maskedPositions, one.maskedPositions);
	assert.ok(one.maskedCount <= causalCapacity(3, sequenceLength, 0.5));
	const counts = new Map<number, number>();
	for (let epoch = 0; epoch < 400; epoch++) {
		const { maskedPositions, maskedCount } = collateCausal(rows, [0], { ...half, epoch });
		for (const position of maskedPositions.subarray(0, maskedCount))
			counts.set(position, (counts.get(position) ?? 0) + 1);
	}
	for (const [position, count] of counts) assert.ok(count > 140 && count < 260, `${position} stands ${count} times`);
	assert.equal(counts.size, collateCausal(rows, [0], collation).maskedCount);
});

test("an index of -1 is a row of padding that predicts nothing", () => {
	const padded = collateCausal(rows, [0, -1], collation);
	assert.ok(padded.inputIds.subarray(sequenceLength).every((id) => id === special.pad));
	assert.equal(padded.maskedCount, collateCausal(rows, [0], collation).maskedCount);
});

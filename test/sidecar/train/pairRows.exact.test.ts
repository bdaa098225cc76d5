import assert from "node:assert/strict";
import { test } from "node:test";
import { collate } from "../../../sidecar/data/collate.ts";
import { maskingSchema } from "../../../sidecar/data/masking/config.ts";
import { regionMark } from "../../../sidecar/data/masking/tokenMark.ts";
import type { PackedRows } from "../../../sidecar/data/packing.ts";
import { pieceTable } from "../../../sidecar/data/pieces.ts";
import { joinPair } from "../../../sidecar/data/readers/pairs.ts";
import { openScorer } from "../../../sidecar/inference/scorer.ts";
import { encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../../../sidecar/model/parameters.ts";
import { tensor } from "../../../sidecar/session/tensor.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";
import { bitextScores } from "../../../sidecar/train/bitext.ts";
import { maskedRows } from "../../../sidecar/train/tasks/maskedRows.ts";

const texts = ["the small house stands near the lake", "das kleine haus steht nahe dem see"] as const;
const tokenizer = trainByteLevelBpe([texts.join("\n").repeat(4)], { vocabularySize: 300, minFrequency: 2 });
const pieces = pieceTable(tokenizer);
const { special } = tokenizer;
const sequenceLength = 64;

/** The pair as one row, as a recipe with pairs makes it. */
async function pairRow(): Promise<PackedRows> {
	const pair = {
		path: "pairs.tsv:2",
		language: "text",
		hash: "",
		...joinPair(...texts, { join: "separator", long: "refuse" }),
	};
	const data = { sequenceLength, packing: "padded", pairPositions: "restarted" } as const;
	return await maskedRows([pair], { data, maskings: [] }, { tokenizer, corpus: "" });
}

const options = {
	masking: maskingSchema.parse({ replacement: { mask: 1, random: 0, keep: 0 } }),
	pieces,
	maskId: special.mask,
	padId: special.pad,
	seed: 1,
	epoch: 0,
};

test("A pair stands in one row as [cls] first [sep] second [sep], and positions restart with the second", async () => {
	const rows = await pairRow();
	const sides = texts.map((text) => [...tokenizer.encode(text).ids]);
	const expected = [special.cls, ...sides[0]!, special.sep, ...sides[1]!, special.sep];
	assert.deepEqual([...rows.tokens.subarray(0, expected.length)], expected);
	assert.ok(rows.tokens.subarray(expected.length).every((id) => id === special.pad));
	const bits = { first: regionMark("first"), second: regionMark("second") };
	const inside = (bit: number): number => rows.marks!.filter((mark) => (mark & bit) !== 0).length;
	assert.deepEqual([inside(bits.first), inside(bits.second)], [sides[0]!.length, sides[1]!.length]);
	const restarted = collate(rows, [0], { ...options, pairPositions: "restarted" });
	const second = sides[0]!.length + 2;
	const counted = [...Array(second).keys(), ...Array(sides[1]!.length + 1).keys()];
	assert.deepEqual([...restarted.positions.subarray(0, expected.length)], counted);
	const continued = collate(rows, [0], options);
	assert.deepEqual([...continued.positions.subarray(0, expected.length)], [...expected.keys()]);
	assert.deepEqual(restarted.inputIds, continued.inputIds, "the masks are the same");
});

test("A masked token of one side sees the other; with a segment for each side it would not", async () => {
	const rows = await pairRow();
	const config = encoderConfigSchema.parse({
		architecture: "bert",
		vocabularySize: tokenizer.vocabularySize,
		layers: 2,
		hiddenSize: 16,
		heads: 2,
		intermediateSize: 32,
		maxPositions: sequenceLength,
		paddingId: special.pad,
	});
	const specs = parameterSpecs(config);
	const values = initialParameters(specs, 5);
	const parameters = new Map(specs.map(({ name, shape }) => [name, tensor(values.get(name)!, shape)]));
	const scorer = await openScorer({
		config,
		shape: { rows: 1, sequenceLength, maskedRows: 2 },
		executionProvider: "cpu",
	});
	const second = tokenizer.encode(texts[0]).ids.length + 2;
	const { positions, segments } = collate(rows, [0], { ...options, pairPositions: "restarted" });
	const inputIds = rows.tokens.slice();
	const masked = Int32Array.of(2, second + 1); // one of each side
	for (const at of masked) inputIds[at] = special.mask;
	/** How far the probabilities of each masked token move when a token of the other side is another. */
	const moved = async (segmentsOfRow: Int32Array): Promise<number[]> => {
		const score = (ids: Int32Array) =>
			scorer.score({ inputIds: ids, segments: segmentsOfRow, positions, maskedPositions: masked }, parameters);
		const before = await score(inputIds);
		const width = before.length / 2;
		return await Promise.all(
			[second + 3, 4].map(async (other, side) => {
				const changed = inputIds.slice();
				changed[other] = changed[other]! + 1;
				const after = await score(changed);
				const own = (all: Float32Array) => all.subarray(side * width, (side + 1) * width);
				return own(after).reduce((most, value, at) => Math.max(most, Math.abs(value - own(before)[at]!)), 0);
			}),
		);
	};
	assert.ok((await moved(segments)).every((most) => most > 1e-7));
	const apart = segments.map((segment, at) => (segment >= 0 && at >= second ? 1 : segment));
	assert.deepEqual(await moved(apart), [0, 0], "broken: each side a document of its own");
	await scorer.release();
});

test("Bitext retrieval is the share of rows whose own is nearer than all others, both ways", () => {
	const unit = (...angles: number[]) =>
		Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
	assert.deepEqual(bitextScores(unit(0, 1, 2), unit(0.1, 1.1, 2.1), 2), { forward: 1, backward: 1, pairs: 3 });
	// The third finds the second, and of the other side the second finds the third.
	assert.deepEqual(bitextScores(unit(0, 1, 1.4), unit(0, 1.3, 3), 2), { forward: 2 / 3, backward: 2 / 3, pairs: 3 });
	assert.deepEqual(bitextScores(unit(0, 0), unit(0, 0), 2), { forward: 0, backward: 0, pairs: 2 });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { collate } from "../../../sidecar/data/collate.ts";
import type { Document } from "../../../sidecar/data/document.ts";
import { writeInstruction } from "../../../sidecar/data/instructions.ts";
import type { Masking } from "../../../sidecar/data/masking/config.ts";
import { type PieceTable, pieceTable } from "../../../sidecar/data/pieces.ts";
import { sumVariants } from "../../../sidecar/inference/classify.ts";
import { parameterSpecs } from "../../../sidecar/model/parameters.ts";
import { codeMlmSmall } from "../../../sidecar/recipes/codeMlmSmall.ts";
import { instruct } from "../../../sidecar/recipes/instruct.ts";
import type { Tokenizer } from "../../../sidecar/tokenizer/tokenizer.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";
import { encoderOf } from "../../../sidecar/train/encoderOf.ts";
import type { RecipeOf } from "../../../sidecar/train/recipe.ts";
import { maskedRows } from "../../../sidecar/train/tasks/maskedRows.ts";
import { trainedParameters } from "../../../sidecar/train/tasks/tasks.ts";

const recipe = instruct.recipe as RecipeOf<"maskedLm">;
const reader = recipe.data.reader!;
assert.ok(reader.name === "labelled" && reader.template !== undefined);
const { template } = reader;
const labels = ["bug", "feature", "docs"];

const documents: Document[] = Array.from({ length: 40 }, (_, at) => {
	const hash = String(at).padStart(8, "7");
	const text = `report number ${at} of module ${at * 7}`;
	const { answers: _answers, ...written } = writeInstruction(
		{ text, options: labels, hash, from: "end" },
		template,
		at % 3,
	);
	return { path: `d.jsonl:${at + 1}`, language: "text", hash, ...written };
});
const texts = documents.map(({ text }) => text);
const size = { vocabularySize: 340, minFrequency: 2 };
const plain = trainByteLevelBpe(texts, size);
const anchored = trainByteLevelBpe(texts, {
	...size,
	specialTokens: ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "[unused0]"],
});

function batchOf(
	tokenizer: Tokenizer,
	masking: Masking,
	rows: Awaited<ReturnType<typeof maskedRows>>,
	pieces: PieceTable,
) {
	const { mask: maskId, pad: padId } = tokenizer.special;
	return collate(rows, [...documents.keys()], { masking, pieces, maskId, padId, seed: 3, epoch: 0 });
}

/** The released `train.py` on one row: the last token before the last [SEP] is masked and is the label. */
function reference(ids: Int32Array, { sep, mask }: { sep: number; mask: number }) {
	const place = ids.lastIndexOf(sep) - 1;
	const input = Int32Array.from(ids);
	input[place] = mask;
	return { place, label: ids[place]!, input };
}

const answersAlone = recipe.masking;

for (const [name, tokenizer] of [
	["without the anchor", plain],
	["with [unused0]", anchored],
] as const) {
	test(`Exactly one token of a record is masked, the last before the final [SEP], and it is the label (${name})`, async () => {
		const options = { data: recipe.data, maskings: [answersAlone] };
		const rows = await maskedRows(documents, options, { tokenizer, corpus: "" });
		const batch = batchOf(tokenizer, answersAlone, rows, pieceTable(tokenizer));
		assert.equal(batch.maskedCount, documents.length);
		const { sequenceLength } = recipe.data;
		for (const [row, { text }] of documents.entries()) {
			const ids = rows.tokens.subarray(row * sequenceLength, (row + 1) * sequenceLength);
			const expected = reference(ids, tokenizer.special);
			assert.equal(batch.maskedPositions[row], row * sequenceLength + expected.place);
			assert.equal(batch.labels[row], expected.label);
			assert.deepEqual(batch.inputIds.subarray(row * sequenceLength, (row + 1) * sequenceLength), expected.input);
			assert.equal(tokenizer.tokenText(expected.label).trim(), text.at(-1));
			const anchor = tokenizer.idOf("[unused0]");
			if (anchor !== undefined) assert.equal(ids[expected.place - 1], anchor);
		}
	});
}

test("Broken: a mask one token early, or on a second token, turns the law above red", async () => {
	const rows = await maskedRows(
		documents,
		{ data: recipe.data, maskings: [answersAlone] },
		{ tokenizer: plain, corpus: "" },
	);
	const pieces = pieceTable(plain);
	const early = { ...rows, marks: Int32Array.from(rows.marks!, (_, at) => rows.marks![at + 1] ?? 0) };
	const twice = { ...rows, marks: rows.marks!.map((mark, at) => mark | (rows.marks![at + 1] ?? 0)) };
	const right = batchOf(plain, answersAlone, rows, pieces);
	assert.notDeepEqual(batchOf(plain, answersAlone, early, pieces).maskedPositions, right.maskedPositions);
	assert.equal(batchOf(plain, answersAlone, twice, pieces).maskedCount, 2 * documents.length);
});

test("Rows of the other objective ask for the mask itself on the dummy path and for the token on the real one", async () => {
	const rows = await maskedRows(
		documents,
		{ data: recipe.data, maskings: [answersAlone] },
		{ tokenizer: plain, corpus: "" },
	);
	const pieces = pieceTable(plain);
	const random = {
		strategies: [{ name: "random", weight: 1 }],
		rate: 0.3,
		replacement: { mask: 1, random: 0, keep: 0 },
	} as const;
	const of = (targets: "inputs" | "originals") =>
		batchOf(
			plain,
			{ ...recipe.masking, otherRows: [{ ...random, strategies: [...random.strategies], share: 0.5, targets }] },
			rows,
			pieces,
		);
	const [dummy, real] = [of("inputs"), of("originals")];
	assert.deepEqual(dummy.inputIds, real.inputIds);
	assert.deepEqual(dummy.maskedPositions, real.maskedPositions);
	const { sequenceLength } = recipe.data;
	const perRow = new Map<number, number[]>();
	for (let at = 0; at < real.maskedCount; at++) {
		const row = Math.floor(real.maskedPositions[at]! / sequenceLength);
		perRow.set(row, [...(perRow.get(row) ?? []), at]);
	}
	let others = 0;
	for (const [row, indices] of perRow) {
		const ordinary = rows.tokens
			.subarray(row * sequenceLength, (row + 1) * sequenceLength)
			.filter((id) => !plain.specialIds.has(id)).length;
		for (const at of indices) assert.equal(real.labels[at], rows.tokens[real.maskedPositions[at]!]);
		if (indices.length === 1) assert.equal(dummy.labels[indices[0]!], real.labels[indices[0]!]);
		else {
			others++;
			assert.equal(indices.length, Math.round(0.3 * ordinary));
			for (const at of indices) assert.equal(dummy.labels[at], plain.special.mask);
		}
	}
	assert.ok(others > 8 && others < 32);
});

test("A label of several tokens is refused by its name and place", async () => {
	const { answers: _answers, ...written } = writeInstruction(
		{ text: "x", options: ["unheardOfWord", "zq"], hash: "0", from: "end" },
		{ ...template, listing: "words" },
		0,
	);
	const document = { path: "d.jsonl:7", language: "text", hash: "0", ...written };
	await assert.rejects(
		maskedRows([document], { data: recipe.data, maskings: [answersAlone] }, { tokenizer: plain, corpus: "" }),
		/d\.jsonl:7: the answer "unheardOfWord" is \d+ tokens .* letters/,
	);
});

test("The probabilities of a label's variants are summed, and the argmax can differ from that of single tokens", () => {
	const row = Float32Array.of(0.1, 0.3, 0.25, 0.2, 0.15);
	const sums = sumVariants(row, [[1], [2, 3], [0, 4]]);
	assert.deepEqual(
		sums.map((value) => Number(value.toFixed(6))),
		[0.3, 0.45, 0.25],
	);
	assert.equal(sums.indexOf(Math.max(...sums)), 1);
	assert.equal(row.indexOf(Math.max(...row)), 1); // without summing, label 0 would win
});

test("The recipe adds no parameter to the model of plain masked language modelling", () => {
	const config = encoderOf(recipe, plain);
	const [own, mlm] = [trainedParameters(recipe, config), trainedParameters(codeMlmSmall.recipe, config)];
	assert.deepEqual(own, mlm);
	assert.deepEqual(own, parameterSpecs(config));
});

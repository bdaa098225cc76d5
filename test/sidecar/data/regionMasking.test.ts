import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../sidecar/base/random.ts";
import { collate, maskedCapacity, packedRow } from "../../../sidecar/data/collate.ts";
import type { Document } from "../../../sidecar/data/document.ts";
import { encodeDocument } from "../../../sidecar/data/encodeDocument.ts";
import { type Masking, maskingSchema } from "../../../sidecar/data/masking/config.ts";
import { maskRow } from "../../../sidecar/data/masking/maskRow.ts";
import { isSpecial, pieceTable } from "../../../sidecar/data/pieces.ts";
import { joinPair } from "../../../sidecar/data/readers/pairs.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";
import { maskedRows } from "../../../sidecar/train/tasks/maskedRows.ts";

const words = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split(" ");
const tokenizer = trainByteLevelBpe([`${words.join(" ")} `.repeat(3)], { vocabularySize: 300, acrossLines: false });
const pieces = pieceTable(tokenizer);
const { mask: maskId, pad: padId, sep } = tokenizer.special;
const masksAlone = { mask: 1, random: 0, keep: 0 };
const second = maskingSchema.parse({ strategies: [{ name: "region", region: "second" }], replacement: masksAlone });

function pair(first: string, other: string, join: "blank" | "separator" = "blank", long = "refuse"): Document {
	const joined = joinPair(first, other, { join, long: long as "refuse" });
	return { path: "p.csv:2", language: "text", hash: "", ...joined };
}

const documents = Array.from({ length: 30 }, (_, at) =>
	pair(words.slice(0, 1 + (at % 9)).join(" "), words.slice(at % 7, 1 + (at % 7) + (at % 3)).join(" ")),
);
const data = { sequenceLength: 64, packing: "padded" } as const;

/** The tokens of the second part, found from the text alone. */
function suffixTokens({ text, regions }: Document): number[] {
	const { start, end } = regions!.at(-1)!;
	return [...tokenizer.encode(text.slice(start - 1, end)).ids];
}

test("A region is masked whole and nothing else is, whatever the rate says", async () => {
	for (const rate of [0.01, 0.5]) {
		const rows = await maskedRows(documents, { data, maskings: [{ ...second, rate }] }, { tokenizer, corpus: "" });
		assert.equal(rows.count, documents.length);
		const batch = collate(rows, [...documents.keys()], {
			masking: { ...second, rate },
			pieces,
			maskId,
			padId,
			seed: 1,
			epoch: 0,
		});
		let at = 0;
		for (const [row, document] of documents.entries()) {
			const expected = suffixTokens(document);
			const labels = [...batch.labels.subarray(at, at + expected.length)];
			assert.deepEqual(labels, expected);
			const [ids, inputs] = [rows.tokens, batch.inputIds].map((all) => [...all.subarray(row * 64, row * 64 + 64)]);
			const length = ids!.lastIndexOf(sep);
			const masked = inputs!.flatMap((id, column) => (id === maskId ? [column] : []));
			assert.deepEqual(
				masked,
				[...expected.keys()].map((index) => length - expected.length + index),
			);
			assert.deepEqual(
				inputs!.filter((_, column) => !masked.includes(column)),
				ids!.filter((_, column) => !masked.includes(column)),
			);
			at += expected.length;
		}
		assert.equal(batch.maskedCount, at);
	}
});

test("Broken: marks one token further or a rate that counts for a region turn the law above red", async () => {
	const rows = await maskedRows(documents, { data, maskings: [second] }, { tokenizer, corpus: "" });
	const shifted = { ...rows, marks: Int32Array.from(rows.marks!, (_, at) => rows.marks![at - 1] ?? 0) };
	const ofRow = (source: typeof rows): number[] => [
		...maskRow(packedRow(source, 8, pieces), second, { maskId, random: createRandom(1) }).positions,
	];
	assert.notDeepEqual(ofRow(shifted), ofRow(rows));
	assert.notEqual(ofRow(rows).length, Math.round(second.rate * suffixTokens(documents[8]!).length));
});

test("The capacity of a batch is that of its longest region, and no batch needs more", async () => {
	const rows = await maskedRows(documents, { data, maskings: [second] }, { tokenizer, corpus: "" });
	const longest = Math.max(...documents.map((document) => suffixTokens(document).length));
	assert.equal(maskedCapacity(8, 64, second, rows), 8 * longest);
	const both = maskingSchema.parse({
		strategies: [{ name: "region", region: "second" }, { name: "random" }],
		rate: 0.3,
	});
	const capacity = maskedCapacity(1, 64, both, rows);
	for (let row = 0; row < rows.count; row++) {
		const { positions } = maskRow(packedRow(rows, row, pieces), both, { maskId, random: createRandom(1, 0, row) });
		assert.ok(positions.length <= capacity);
	}
});

test("Beside a region the other strategies choose the rate's share of what is left", async () => {
	const both = maskingSchema.parse({
		strategies: [{ name: "region", region: "second" }, { name: "random" }],
		rate: 0.5,
	});
	const rows = await maskedRows(documents, { data, maskings: [both] }, { tokenizer, corpus: "" });
	for (const [index, document] of documents.entries()) {
		const row = packedRow(rows, index, pieces);
		const ordinary = row.tokens.filter((id, at) => row.segments[at]! >= 0 && !isSpecial(pieces, id)).length;
		const region = suffixTokens(document).length;
		const { strategies } = maskRow(row, both, { maskId, random: createRandom(3, 0, index) });
		assert.equal(strategies.filter((name) => name === "region").length, region);
		assert.equal(strategies.filter((name) => name === "random").length, Math.round(0.5 * (ordinary - region)));
	}
});

const random = { strategies: [{ name: "random" }], rate: 0.3, replacement: masksAlone };

function mixture(other: Record<string, unknown>): Masking {
	return maskingSchema.parse({ ...second, otherRows: [{ ...random, ...other }] });
}

test("A mixture by row masks its share of the rows otherwise, drawn anew every epoch", async () => {
	const many = Array.from({ length: 40 }, () => documents).flat();
	const masking = mixture({ share: 0.25 });
	const rows = await maskedRows(many, { data, maskings: [masking] }, { tokenizer, corpus: "" });
	const other = (epoch: number): number[] =>
		[...many.keys()].filter((row) => {
			const found = maskRow(packedRow(rows, row, pieces), masking, { maskId, random: createRandom(5, epoch, row) });
			assert.equal(new Set(found.strategies).size, 1);
			return found.strategies[0] === "random";
		});
	const [first, next] = [other(0), other(1)];
	// Binomial with p = 0.25: 99.9% within 3.3 standard deviations.
	assert.ok(Math.abs(first.length / many.length - 0.25) < 3.3 * Math.sqrt((0.25 * 0.75) / many.length));
	assert.notDeepEqual(first, next);
});

test("Dummy rows ask for what the model sees, real ones for what stood there; the answer's rows are untouched", async () => {
	const [real, dummy] = [mixture({ share: 0.5 }), mixture({ share: 0.5, targets: "inputs" })];
	const rows = await maskedRows(documents, { data, maskings: [real] }, { tokenizer, corpus: "" });
	let dummies = 0;
	for (const index of documents.keys()) {
		const row = packedRow(rows, index, pieces);
		const [one, two] = [real, dummy].map((masking) =>
			maskRow(row, masking, { maskId, random: createRandom(7, 0, index) }),
		);
		assert.deepEqual(one!.positions, two!.positions);
		assert.deepEqual(one!.inputs, two!.inputs);
		const originals = [...one!.positions].map((at) => row.tokens[at]!);
		assert.deepEqual([...one!.targets], originals);
		const isDummy = two!.strategies[0] === "random";
		assert.deepEqual([...two!.targets], isDummy ? originals.map(() => maskId) : originals);
		dummies += isDummy ? 1 : 0;
	}
	assert.ok(dummies > 5 && dummies < 25);
});

test("A separator stands between two texts, and no token straddles the edge of a region", () => {
	const { ids, starts, ends } = encodeDocument(pair("alpha beta", "gamma", "separator"), tokenizer);
	const expected = [...tokenizer.encode("alpha beta").ids, sep, ...tokenizer.encode("gamma").ids];
	assert.deepEqual([...ids], expected);
	assert.ok([...starts].every((start, token) => start >= 10 || ends[token]! <= 10));
});

test("A record longer than its row is refused, or loses tokens of its first part alone", async () => {
	const short = { ...data, sequenceLength: 10 };
	const long = (cut: string): Document => pair(words.join(" "), "iota kappa", "blank", cut);
	await assert.rejects(
		maskedRows([long("refuse")], { data: short, maskings: [second] }, { tokenizer, corpus: "" }),
		/p\.csv:2: the record has/,
	);
	for (const cut of ["cutStart", "cutEnd"]) {
		const rows = await maskedRows([long(cut)], { data: short, maskings: [second] }, { tokenizer, corpus: "" });
		assert.equal(rows.count, 1);
		assert.equal(rows.wasted, 0);
		const text = tokenizer.decode(rows.tokens.subarray(1, 9));
		assert.ok(text.endsWith("iota kappa"), text);
		assert.equal(text.startsWith("alpha"), cut === "cutEnd");
	}
	const huge = pair("alpha", words.join(" "), "blank", "cutEnd");
	await assert.rejects(
		maskedRows([huge], { data: short, maskings: [second] }, { tokenizer, corpus: "" }),
		/too short to lose them/,
	);
});

test("A region that must be one token is refused where it is more", async () => {
	const one = maskingSchema.parse({ strategies: [{ name: "region", region: "second", tokens: "one" }] });
	await assert.rejects(
		maskedRows([pair("beta", "alpha7")], { data, maskings: [one] }, { tokenizer, corpus: "" }),
		/the second "alpha7" is 2 tokens/,
	);
	const rows = await maskedRows([pair("beta", "alpha")], { data, maskings: [one] }, { tokenizer, corpus: "" });
	assert.equal(maskedCapacity(8, 64, one, rows), 8);
});

test("Rows of different answers are alike but for the answer, though the vocabulary joins a blank to some alone", async () => {
	const known = trainByteLevelBpe(["Answer: A\n".repeat(9)], { vocabularySize: 267 });
	const asked = ["A", "C"].map((answer): Document => {
		const text = `Is it A or C?\nAnswer: ${answer}`;
		const regions = [{ start: text.length - 1, end: text.length, name: "answer" }] as const;
		return { path: "a.csv:2", language: "text", hash: "", text, regions };
	});
	assert.deepEqual(
		["A", "C"].map((answer) => known.encode(` ${answer}`).ids.length),
		[1, 2],
	);
	const [one, other] = asked.map((document) => encodeDocument(document, known));
	assert.equal(one!.ids.length, other!.ids.length);
	assert.deepEqual(one!.ids.slice(0, -1), other!.ids.slice(0, -1));
	assert.equal(known.tokenText(other!.ids.at(-1)!), "C");
	assert.deepEqual([other!.starts.at(-1), other!.ends.at(-1)], [asked[1]!.text.length - 1, asked[1]!.text.length]);
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom } from "../../../sidecar/base/random.ts";
import { packedRow } from "../../../sidecar/data/collate.ts";
import { type Masking, maskingSchema } from "../../../sidecar/data/masking/config.ts";
import { type MaskedRow, maskRow } from "../../../sidecar/data/masking/maskRow.ts";
import { classMark, tokenMark } from "../../../sidecar/data/masking/tokenMark.ts";
import { packDocuments, padDocuments, withMarks } from "../../../sidecar/data/packing.ts";
import { identifierUnits, isSpecial, pieceTable, type TokenRow } from "../../../sidecar/data/pieces.ts";
import { marksOf } from "../../../sidecar/data/tokenMarks.ts";
import { spanClasses } from "../../../sidecar/syntax/namedSpans.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";

/** Real code: the room under test. */
const folder = join(import.meta.dirname, "../../../sidecar/data");
const documents = readdirSync(folder)
	.filter((name) => name.endsWith(".ts"))
	.sort()
	.map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
const tokenizer = trainByteLevelBpe(
	documents.map(({ text }) => text),
	{ vocabularySize: 900 },
);
const pieces = pieceTable(tokenizer);
const { special } = tokenizer;

/** The rows of documents; without marks where their names tell no language. */
async function rowsOf(named: readonly { path: string; text: string }[], pack = packDocuments) {
	const encodings = named.map(({ text }) => tokenizer.encode(text));
	const marks = await Promise.all(named.map((document, index) => marksOf(document, encodings[index]!)));
	const ids = encodings.map((encoding) => encoding.ids);
	return withMarks(pack(ids, { sequenceLength: 128, special }), marks, pack);
}

const rows = await rowsOf(documents);
const unmarked = await rowsOf(documents.map(({ path, text }) => ({ path: `${path}.txt`, text })));

function masking(strategy: Record<string, unknown>, rate = 0.15): Masking {
	return maskingSchema.parse({ strategies: [strategy], rate });
}

function maskOf(row: TokenRow, config: Masking, seed = 1): MaskedRow {
	return maskRow(row, config, { maskId: special.mask, random: createRandom(seed) });
}

function everyRow(of: typeof rows): TokenRow[] {
	return Array.from({ length: of.count }, (_, index) => packedRow(of, index, pieces));
}

/** The texts of the runs of tokens with some bits, found by the bits alone. */
function written(row: TokenRow, bits: number, begins: number): string[] {
	const texts: string[] = [];
	row.tokens.forEach((token, at) => {
		const mark = row.marks![at]!;
		if ((mark & bits) === 0) return;
		const text = tokenizer.decode([token]);
		if ((mark & begins) !== 0) texts.push(text.trim());
		else texts[texts.length - 1] += text;
	});
	return texts;
}

test("Each token carries the class of the span and the data flow that it stands in", async () => {
	const text =
		"function total(counts: Rows) {\n\tlet sum = 0; // so far\n\tfor (const one of counts) sum += one;\n\treturn sum;\n}\n";
	for (const pack of [packDocuments, padDocuments]) {
		const row = packedRow(await rowsOf([{ path: "a.ts", text }], pack), 0, pieces);
		assert.deepEqual(written(row, tokenMark.spanClass, tokenMark.spanBegins).slice(0, 9), [
			...["function", "total", "counts", "Rows", "let", "sum", "=", "0", "// so far"],
		]);
		const classes = new Set(row.marks!.map((mark) => mark & tokenMark.spanClass));
		const expected = ["comment", "identifier", "keyword", "number", "operator", "parameter", "type"] as const;
		assert.deepEqual(
			[...classes].sort((a, b) => a - b),
			[0, ...expected.map(classMark).sort((a, b) => a - b)],
		);
		assert.deepEqual(written(row, tokenMark.uses, tokenMark.variableBegins), [
			"sum",
			"one",
			"counts",
			"sum",
			"one",
			"sum",
		]);
		assert.equal(row.marks![0], 0);
	}
});

test("A document without a grammar has no marks", () => {
	assert.ok(unmarked.marks!.every((mark) => mark === 0));
	assert.ok(rows.marks!.filter((mark) => mark !== 0).length > 0.6 * rows.marks!.length);
});

const configs = [
	masking({ name: "syntax" }),
	masking({ name: "syntax", classes: { comment: 1 }, longest: 4 }),
	masking({ name: "syntax", classes: { string: 2, number: 1 }, tokens: "one" }, 0.4),
	masking({ name: "dataflow" }),
	masking({ name: "dataflow", ends: "uses" }, 0.5),
];

test("Counts are exact whatever the grammar found, the same seed gives the same masks, and another gives others", () => {
	for (const config of configs) {
		for (const row of [...everyRow(rows), ...everyRow(unmarked)]) {
			const maskable = row.tokens.filter((id, at) => row.segments[at]! >= 0 && !isSpecial(pieces, id)).length;
			const { positions } = maskOf(row, config);
			assert.equal(positions.length, Math.round(config.rate * maskable));
			assert.ok(positions.every((at, index) => index === 0 || at > positions[index - 1]!));
			assert.deepEqual(maskOf(row, config).positions, positions);
		}
		const row = packedRow(rows, 1, pieces);
		assert.notDeepEqual(maskOf(row, config, 2).positions, maskOf(row, config).positions);
	}
});

/** The runs [start, end) of tokens that one span covers, found from the text's own spans. */
function unitsOf(row: TokenRow, bits: number, begins: number): { start: number; end: number; mark: number }[] {
	const units: { start: number; end: number; mark: number }[] = [];
	row.marks!.forEach((marks, at) => {
		const mark = marks & bits;
		const last = units.at(-1);
		if (mark === 0) return;
		if (last?.end === at && last.mark === mark && (marks & begins) === 0 && row.segments[at] === row.segments[at - 1])
			last.end++;
		else units.push({ start: at, end: at + 1, mark });
	});
	return units;
}

test("Spans of the chosen classes are masked whole but for one that reaches the count, and nothing else", () => {
	const chosen = (["identifier", "call", "type"] as const).map(classMark);
	let several = 0;
	for (const row of everyRow(rows)) {
		const masked = new Set(maskOf(row, configs[0]!).positions);
		const units = unitsOf(row, tokenMark.spanClass, tokenMark.spanBegins).filter(({ mark }) => chosen.includes(mark));
		const tokens = units.reduce((sum, { start, end }) => sum + end - start, 0);
		if (tokens < masked.size) continue;
		let [inside, cut] = [0, 0];
		for (const { start, end } of units) {
			let count = 0;
			for (let at = start; at < end; at++) if (masked.has(at)) count++;
			inside += count;
			if (count > 1) several++;
			// Longer ones are masked in parts, by the default of `longest`.
			if (count > 0 && count < end - start && end - start <= 16) cut++;
		}
		assert.equal(inside, masked.size);
		assert.ok(cut <= 1);
	}
	assert.ok(several > 200);
});

test("With tokens: one, no span has two masks while there are spans enough", () => {
	const config = masking({ name: "syntax", tokens: "one" }, 0.08);
	for (const row of everyRow(rows)) {
		const chosen = (["identifier", "call", "type"] as const).map(classMark);
		const masked = new Set(maskOf(row, config).positions);
		const units = unitsOf(row, tokenMark.spanClass, tokenMark.spanBegins).filter(({ mark }) => chosen.includes(mark));
		if (units.length < masked.size) continue;
		const counts = units.map(({ start, end }) => [...masked].filter((at) => at >= start && at < end).length);
		assert.ok(counts.every((count) => count <= 1));
		assert.equal(
			counts.reduce((sum, count) => sum + count, 0),
			masked.size,
		);
	}
});

test("Long spans are masked in parts, drawn apart from each other", () => {
	const config = masking({ name: "syntax", classes: { comment: 1 }, longest: 4 }, 0.06);
	const comment = classMark("comment");
	let rowsWithParts = 0;
	for (const row of everyRow(rows)) {
		const masked = new Set(maskOf(row, config).positions);
		// Where parts are no parts, a mask in a comment goes on to its end, but for the one that reaches the count.
		const partly = unitsOf(row, tokenMark.spanClass, tokenMark.spanBegins).filter(
			({ start, end, mark }) =>
				mark === comment && !masked.has(end - 1) && [...masked].some((at) => at >= start && at < end),
		);
		if (partly.length > 1) rowsWithParts++;
	}
	assert.ok(rowsWithParts > 5, `${rowsWithParts}`);
});

test("Spans of one class side by side are drawn one by one", async () => {
	const text = "export default async function f() {}\n".repeat(12);
	const row = packedRow(await rowsOf([{ path: "a.ts", text }]), 0, pieces);
	const config = masking({ name: "syntax", classes: { keyword: 1 } }, 0.008); // one token
	const keywords = new Set<string>();
	for (let seed = 0; seed < 100; seed++) {
		keywords.add(tokenizer.decode([row.tokens[maskOf(row, config, seed).positions[0]!]!]).trim());
	}
	assert.ok(keywords.has("function") && keywords.has("export"), [...keywords].join(" "));
});

test("Data flow masks variables on edges, and with ends: uses none that only gives", () => {
	for (const [ends, bits] of [
		["both", tokenMark.uses | tokenMark.gives],
		["uses", tokenMark.uses],
	] as const) {
		const config = masking({ name: "dataflow", ends }, 0.05);
		let masks = 0;
		for (const row of everyRow(rows)) {
			const { positions } = maskOf(row, config);
			if (row.marks!.filter((mark) => (mark & bits) !== 0).length < positions.length) continue;
			masks += positions.length;
			assert.ok(positions.every((at) => (row.marks![at]! & bits) !== 0));
		}
		assert.ok(masks > 300);
	}
});

test("A span of weight 3 is drawn first three times as often as one of weight 1", () => {
	const [identifier, call] = [classMark("identifier"), classMark("call")];
	const count = (row: TokenRow, wanted: number): number =>
		unitsOf(row, tokenMark.spanClass, tokenMark.spanBegins).filter(({ mark }) => mark === wanted).length;
	const row = everyRow(rows).find((candidate) => count(candidate, call) >= 5)!;
	const [identifiers, calls] = [count(row, identifier), count(row, call)];
	assert.ok(identifiers >= 5);
	const config = masking({ name: "syntax", classes: { identifier: 1, call: 3 }, tokens: "one" }, 0.008); // one token
	const draws = 4000;
	let drawn = 0;
	for (let seed = 0; seed < draws; seed++) {
		const { positions } = maskOf(row, config, seed);
		assert.equal(positions.length, 1);
		if ((row.marks![positions[0]!]! & tokenMark.spanClass) === call) drawn++;
	}
	const share = (3 * calls) / (3 * calls + identifiers);
	assert.ok(
		Math.abs(drawn / draws - share) < 4 * Math.sqrt((share * (1 - share)) / draws),
		`${drawn / draws} of ${share}`,
	);
});

test("Where no grammar reads a row, identifiers are masked", () => {
	for (const row of everyRow(unmarked)) {
		const inIdentifier = new Set(
			identifierUnits(row).flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at)),
		);
		for (const config of [configs[0]!, configs[3]!]) {
			const { positions } = maskOf(row, config);
			if (inIdentifier.size >= positions.length) assert.ok(positions.every((at) => inIdentifier.has(at)));
		}
	}
});

test("Bad settings are refused with their place", () => {
	const refused = (strategy: Record<string, unknown>) =>
		maskingSchema.safeParse({ strategies: [strategy] }).error?.issues[0]?.path.join(".");
	assert.equal(refused({ name: "syntax", classes: {} }), "strategies.0.classes");
	assert.equal(refused({ name: "syntax", classes: { noun: 1 } }), "strategies.0.classes");
	assert.equal(refused({ name: "syntax", classes: { call: 0 } }), "strategies.0.classes.call");
	assert.equal(refused({ name: "dataflow", ends: "none" }), "strategies.0.ends");
	assert.ok(spanClasses.length < 16, "four bits hold a class");
});

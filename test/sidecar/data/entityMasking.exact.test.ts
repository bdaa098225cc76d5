import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, type Random } from "../../../sidecar/base/random.ts";
import { type Masking, maskingSchema } from "../../../sidecar/data/masking/config.ts";
import { maskRow, mostMasked } from "../../../sidecar/data/masking/maskRow.ts";
import { classMark, type MarkClass, tokenMark } from "../../../sidecar/data/masking/tokenMark.ts";
import { type PieceSource, pieceTable, type TokenRow } from "../../../sidecar/data/pieces.ts";

const vocabulary = 60;
const maskId = 4;
const source: PieceSource = {
	kind: "wordpiece",
	vocabularySize: vocabulary,
	specialIds: new Set([0, 1, 2, 3, 4]),
	tokenText: (id) => `t${id}`,
	token: (id) => `t${id}`,
};
const pieces = pieceTable(source);
const length = 64;

interface Span {
	readonly start: number;
	readonly end: number;
	readonly spanClass: MarkClass;
}

/** A row that says of itself where its spans are: they touch, have one to five tokens, and stand between special tokens. */
function randomRow(random: Random): { row: TokenRow; spans: Span[] } {
	const classes = ["namedEntity", "noun", "verb", "string"] as const;
	const tokens = Int32Array.from({ length }, () => 5 + random.below(vocabulary - 5));
	const segments = new Int32Array(length);
	const marks = new Int32Array(length);
	[tokens[0], tokens[length - 9]] = [1, 2];
	tokens.fill(3, length - 8);
	segments.fill(-1, length - 8);
	const spans: Span[] = [];
	for (let at = 1; at < length - 9; ) {
		const end = Math.min(length - 9, at + 1 + random.below(5));
		if (random.uniform() < 0.5) {
			const spanClass = classes[random.below(classes.length)]!;
			spans.push({ start: at, end, spanClass });
			marks.fill(classMark(spanClass), at, end);
			marks[at]! |= tokenMark.spanBegins;
		}
		at = end;
	}
	return { row: { tokens, segments, pieces, marks }, spans };
}

const rates: Partial<Record<MarkClass, number>> = { namedEntity: 1, noun: 0.15, verb: 0.3 };

function entity(changes: Record<string, unknown> = {}): Masking {
	const replacement = { mask: 1, random: 0, keep: 0 };
	return maskingSchema.parse({ strategies: [{ name: "entity", rates, most: 1, ...changes }], replacement });
}

/** The bounds within which a count of `n` draws with probability `p` falls 99 times in 100 (normal approximation). */
function binomial99(n: number, p: number): [low: number, high: number] {
	const half = 2.576 * Math.sqrt(n * p * (1 - p)) + 0.5;
	return [n * p - half, n * p + half];
}

/** What is wrong with the masks of so many rows; nothing for Linguistic Entity Masking. */
function faults(masking: Masking, rows: number): Set<string> {
	const found = new Set<string>();
	const spansOf = new Map<MarkClass, number>();
	const chosenOf = new Map<MarkClass, number>();
	const places = [0, 0, 0]; // of the chosen token in spans of three
	for (let index = 0; index < rows; index++) {
		const { row, spans } = randomRow(createRandom(77, index));
		const { positions, inputs, targets } = maskRow(row, masking, { maskId, random: createRandom(1, 0, index) });
		const chosen = new Set(positions);
		for (const { start, end, spanClass } of spans) {
			spansOf.set(spanClass, (spansOf.get(spanClass) ?? 0) + 1);
			const inside = [...chosen].filter((at) => at >= start && at < end);
			for (const at of inside) chosen.delete(at);
			if (inside.length === 0) continue;
			if (inside.length > 1) found.add("more than one token of a span");
			chosenOf.set(spanClass, (chosenOf.get(spanClass) ?? 0) + 1);
			if (end - start === 3) places[inside[0]! - start]!++;
		}
		if (chosen.size > 0) found.add("a token outside of all spans");
		if (inputs.some((id) => id !== maskId)) found.add("not the mask token");
		if (targets.some((id, at) => id !== row.tokens[positions[at]!])) found.add("not the token that stood there");
	}
	for (const [spanClass, spans] of spansOf) {
		const [low, high] = binomial99(spans, rates[spanClass] ?? 0);
		const chosen = chosenOf.get(spanClass) ?? 0;
		if (chosen < low || chosen > high) found.add(`${spanClass}: ${chosen} of ${spans}`);
	}
	const ofThree = places.reduce((sum, count) => sum + count, 0);
	const [low, high] = binomial99(ofThree, 1 / 3);
	if (places.some((count) => count < low || count > high)) found.add(`places in spans of three: ${places}`);
	return found;
}

test("10,000 rows: masks in tagged spans alone, one token of each, evenly, and every class at its rate", () => {
	assert.deepEqual([...faults(entity(), 10_000)], []);
});

test("A masker that ignores spans, takes all of a span or has another rate is found out", () => {
	const ignoring = maskingSchema.parse({
		strategies: [{ name: "random" }],
		replacement: { mask: 1, random: 0, keep: 0 },
	});
	assert.ok(faults(ignoring, 500).has("a token outside of all spans"));
	assert.ok(faults(entity({ tokens: "all" }), 500).has("more than one token of a span"));
	assert.match([...faults(entity({ rates: { ...rates, noun: 0.2 } }), 3000)].join(), /^noun: /);
	assert.match([...faults(entity({ rates: { ...rates, string: 0.01 } }), 3000)].join(), /string: /);
	assert.match([...faults(entity({ rates: { namedEntity: 1, noun: 0.15 } }), 500)].join(), /verb: 0 of/);
	const counted = maskingSchema.parse({
		strategies: [{ name: "syntax", tokens: "one", classes: { string: 1 } }],
		replacement: { mask: 1, random: 0, keep: 0 },
	});
	assert.ok(faults(counted, 500).has("a token outside of all spans"));
});

test("Spans of one token can be chosen, and rows without a span stay as they are", () => {
	const { row } = randomRow(createRandom(3));
	const marks = new Int32Array(length);
	const choose = () => [...maskRow({ ...row, marks }, entity(), { maskId, random: createRandom(1) }).positions];
	assert.deepEqual(choose(), []);
	marks[7] = classMark("namedEntity") | tokenMark.spanBegins;
	assert.deepEqual(choose(), [7]);
	marks[0] = marks[length - 1] = marks[7]!;
	assert.deepEqual(choose(), [7], "special tokens and padding stay");
});

test("No row has more chosen tokens than a batch has room for, and which spans are left out is drawn", () => {
	const dense = entity({ rates: { namedEntity: 1, noun: 1, verb: 1, string: 1 }, most: 0.1 });
	const most = mostMasked(dense, length);
	const left = new Set<number>();
	for (let index = 0; index < 200; index++) {
		const { row } = randomRow(createRandom(77, index % 2));
		const { positions } = maskRow(row, dense, { maskId, random: createRandom(1, 0, index) });
		assert.ok(positions.length <= most && positions.length === Math.floor(0.1 * 54));
		assert.ok(positions.every((at, place) => place === 0 || at > positions[place - 1]!));
		if (index % 2 === 0) for (const at of positions) left.add(at);
	}
	assert.ok(left.size > 15, "different spans of one row");
});

test("Beside entities, other strategies choose their rate of what is left", () => {
	const masking = maskingSchema.parse({
		strategies: [{ name: "entity", rates: { namedEntity: 1 }, most: 1 }, { name: "random" }],
		rate: 0.2,
	});
	for (let index = 0; index < 100; index++) {
		const { row } = randomRow(createRandom(78, index));
		const { strategies } = maskRow(row, masking, { maskId, random: createRandom(1, 0, index) });
		const entities = strategies.filter((name) => name === "entity").length;
		assert.equal(strategies.length - entities, Math.round(0.2 * (54 - entities)));
	}
});

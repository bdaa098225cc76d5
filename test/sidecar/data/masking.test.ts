import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRandom } from "../../../sidecar/base/random.ts";
import { packedRow } from "../../../sidecar/data/collate.ts";
import { type Masking, maskingSchema } from "../../../sidecar/data/masking/config.ts";
import { type MaskedRow, maskRow } from "../../../sidecar/data/masking/maskRow.ts";
import { geometricLength } from "../../../sidecar/data/masking/strategies.ts";
import { identifierUnits, isSpecial, type TokenRow, wordUnits } from "../../../sidecar/data/pieces.ts";
import { idsOf, pieces, randomRows, special } from "./fixtures.ts";

const rows = randomRows(100_000);

function masking(config: Record<string, unknown> = {}): Masking {
	return maskingSchema.parse(config);
}

/** Masks all 100,000 tokens, row by row. */
function maskAll(config: Masking, seed = 1): { row: TokenRow; masked: MaskedRow }[] {
	return Array.from({ length: rows.count }, (_, index) => {
		const row = packedRow(rows, index, pieces);
		return { row, masked: maskRow(row, config, { maskId: special.mask, random: createRandom(seed, 0, index) }) };
	});
}

function maskable(row: TokenRow): number[] {
	return Array.from(row.tokens.keys()).filter((at) => row.segments[at]! >= 0 && !isSpecial(pieces, row.tokens[at]!));
}

const everyStrategy = ["random", "wholeWord", "span", "suffix", "identifier"].map((name) =>
	masking({ strategies: [{ name }] }),
);
const mixture = masking({
	strategies: [
		{ name: "random", weight: 1 },
		{ name: "span", weight: 2 },
		{ name: "identifier", weight: 1 },
	],
	rate: 0.3,
});

test("Every strategy chooses exactly the rate's share of each row, ascending, and never a special token", () => {
	for (const config of [...everyStrategy, mixture]) {
		for (const { row, masked } of maskAll(config)) {
			const allowed = new Set(maskable(row));
			assert.equal(masked.positions.length, Math.round(config.rate * allowed.size));
			assert.ok(
				masked.positions.every((at, index) => allowed.has(at) && (index === 0 || at > masked.positions[index - 1]!)),
			);
			assert.equal(masked.strategies.length, masked.positions.length);
		}
	}
});

test("Counts are exact at every rate, from one token of a row to all but one", () => {
	fc.assert(
		fc.property(
			fc.constantFrom(...everyStrategy),
			fc.double({ min: 0.001, max: 0.999, noNaN: true }),
			fc.nat({ max: rows.count - 1 }),
			(config, rate, index) => {
				const row = packedRow(rows, index, pieces);
				const masked = maskRow(row, { ...config, rate }, { maskId: special.mask, random: createRandom(5, index) });
				assert.equal(masked.positions.length, Math.round(rate * maskable(row).length));
			},
		),
		{ numRuns: 300 },
	);
});

test("The replacement policy holds on 100,000 tokens: 80% mask, 10% random, 10% the same", () => {
	const counts = { mask: 0, random: 0, same: 0 };
	let total = 0;
	for (const { row, masked } of maskAll(masking({ rate: 0.5 }))) {
		masked.positions.forEach((at, index) => {
			const action = masked.actions[index]!;
			counts[action]++;
			total++;
			const input = masked.inputs[index]!;
			if (action === "mask") assert.equal(input, special.mask);
			if (action === "same") assert.equal(input, row.tokens[at]);
			if (action === "random") assert.ok(!isSpecial(pieces, input));
		});
	}
	// Four standard errors of a share of some 50,000 draws.
	const near = (count: number, share: number): void =>
		assert.ok(Math.abs(count / total - share) < 4 * Math.sqrt((share * (1 - share)) / total), `${count / total}`);
	assert.ok(total > 45_000);
	near(counts.mask, 0.8);
	near(counts.random, 0.1);
	near(counts.same, 0.1);
});

test("Other policies are followed: all masked, none masked", () => {
	for (const [policy, action] of [
		[{ mask: 1, random: 0, keep: 0 }, "mask"],
		[{ mask: 0, random: 1, keep: 0 }, "random"],
		[{ mask: 0, random: 0, keep: 1 }, "same"],
	] as const) {
		const actions = new Set(maskAll(masking({ replacement: policy })).flatMap(({ masked }) => masked.actions));
		assert.deepEqual([...actions], [action]);
	}
});

test("Random replacements are drawn evenly from all ordinary tokens", () => {
	const seen = new Map<number, number>();
	let total = 0;
	for (const { masked } of maskAll(masking({ rate: 0.9, replacement: { mask: 0, random: 1, keep: 0 } }))) {
		for (const input of masked.inputs) seen.set(input, (seen.get(input) ?? 0) + 1);
		total += masked.inputs.length;
	}
	assert.deepEqual(
		Array.from(seen.keys()).sort((a, b) => a - b),
		Array.from(pieces.ordinary),
	);
	const expected = total / pieces.ordinary.length;
	for (const count of seen.values()) assert.ok(Math.abs(count - expected) < 5 * Math.sqrt(expected));
});

test("The random strategy chooses every place of a row equally often", () => {
	const row = packedRow(rows, 3, pieces);
	const places = maskable(row);
	const counts = new Map<number, number>();
	const draws = 4000;
	for (let seed = 0; seed < draws; seed++) {
		const masked = maskRow(row, masking(), { maskId: special.mask, random: createRandom(seed) });
		for (const at of masked.positions) counts.set(at, (counts.get(at) ?? 0) + 1);
	}
	const rate = Math.round(0.15 * places.length) / places.length;
	for (const at of places) {
		assert.ok(Math.abs((counts.get(at) ?? 0) / draws - rate) < 5 * Math.sqrt((rate * (1 - rate)) / draws));
	}
});

test("Whole words and identifiers are masked whole, but for one that reaches the exact count", () => {
	for (const name of ["wholeWord", "identifier"]) {
		let broken = 0;
		let multiple = 0;
		for (const { row, masked } of maskAll(masking({ strategies: [{ name }] }))) {
			const chosen = new Set(masked.positions);
			let cut = 0;
			for (const unit of wordUnits(row)) {
				let inside = 0;
				for (let at = unit.start; at < unit.end; at++) if (chosen.has(at)) inside++;
				if (inside > 0 && inside < unit.end - unit.start) cut++;
				if (inside > 1) multiple++;
			}
			assert.ok(cut <= 1);
			broken += cut;
		}
		assert.ok(multiple > 500 && broken > 0);
	}
});

test("The identifier strategy masks identifiers alone while a row has enough of them", () => {
	for (const { row, masked } of maskAll(masking({ strategies: [{ name: "identifier" }], rate: 0.1 }))) {
		const inside = new Set<number>();
		for (const unit of identifierUnits(row)) for (let at = unit.start; at < unit.end; at++) inside.add(at);
		const outside = masked.positions.filter((at) => !inside.has(at)).length;
		assert.equal(outside, Math.max(0, masked.positions.length - inside.size));
	}
});

test("Span lengths follow SpanBERT's geometric distribution: p = 0.2, at most 10, 3.8 words on average", () => {
	const random = createRandom(11);
	const counts = new Array<number>(11).fill(0);
	const draws = 100_000;
	for (let draw = 0; draw < draws; draw++) counts[geometricLength({ probability: 0.2, maximum: 10 }, random)]!++;
	assert.equal(counts[0], 0);
	let mean = 0;
	for (let length = 1; length <= 10; length++) {
		const share = (0.2 * 0.8 ** (length - 1)) / (1 - 0.8 ** 10);
		assert.ok(Math.abs(counts[length]! / draws - share) < 5 * Math.sqrt(share / draws));
		mean += (length * counts[length]!) / draws;
	}
	assert.ok(Math.abs(mean - 3.797) < 0.03, String(mean));
});

test("The suffix strategy masks the last tokens of a document, as many as were drawn, and spans elsewhere", () => {
	const lengths = new Map<number, number>();
	const strategies = [{ name: "suffix", shortest: 2, longest: 5 }];
	for (const { row, masked } of maskAll(masking({ strategies, rate: 0.5 }))) {
		const chosen = new Set(masked.positions);
		// Documents whose end was masked; the rate does not suffice for all of a row of many short ones.
		for (const last of maskable(row).filter(
			(at) => row.segments[at + 1] !== row.segments[at] || !inside(row, at + 1),
		)) {
			let start = last + 1;
			while (chosen.has(start - 1) && row.segments[start - 1] === row.segments[last]) start--;
			lengths.set(last + 1 - start, (lengths.get(last + 1 - start) ?? 0) + 1);
		}
	}
	// A span may touch a suffix, so the shares of 2 to 5 are not exactly even; 0 are ends that got nothing.
	for (const length of [2, 3, 4, 5]) assert.ok((lengths.get(length) ?? 0) > 50, `${length}`);
	const all = Array.from({ length: rows.count }, (_, index) => packedRow(rows, index, pieces));
	const row = all.find(({ segments }) => segments.every((segment) => segment === segments[0]))!;
	const few = maskRow(row, masking({ strategies: [{ name: "suffix", shortest: 8 }], rate: 3 / maskable(row).length }), {
		maskId: special.mask,
		random: createRandom(1),
	});
	const end = few.positions.at(-1)!;
	assert.deepEqual([...few.positions], [end - 2, end - 1, end]); // the end itself, not the start of a longer suffix
	assert.ok(!inside(row, end + 1) || row.segments[end + 1] !== row.segments[end]);
});

/** Whether a place of a row may be masked. */
function inside(row: TokenRow, at: number): boolean {
	return at < row.tokens.length && row.segments[at]! >= 0 && !isSpecial(pieces, row.tokens[at]!);
}

test("The span strategy masks runs of neighbouring words that end with their document", () => {
	let runs = 0;
	let masked = 0;
	for (const { row, masked: found } of maskAll(masking({ strategies: [{ name: "span" }] }))) {
		masked += found.positions.length;
		found.positions.forEach((at, index) => {
			const joined = index > 0 && found.positions[index - 1] === at - 1 && row.segments[at] === row.segments[at - 1];
			if (!joined) runs++;
		});
	}
	const random = maskAll(masking()).reduce((sum, { masked: found }) => {
		return sum + found.positions.filter((at, index) => index === 0 || found.positions[index - 1] !== at - 1).length;
	}, 0);
	// 3.8 words of 1.2 pieces, less where documents and counts end; lone tokens come in runs of 1.2.
	assert.ok(masked / runs > 2.8 && masked / runs < 5.5, String(masked / runs));
	assert.ok(masked / random < 1.4);
});

test("A mixture shares the tokens between its strategies by weight", () => {
	const counts: Record<string, number> = {};
	let total = 0;
	for (const { masked } of maskAll(mixture)) {
		for (const name of masked.strategies) counts[name] = (counts[name] ?? 0) + 1;
		total += masked.positions.length;
	}
	assert.ok(Math.abs(counts["span"]! / total - 0.5) < 0.01);
	assert.ok(Math.abs(counts["random"]! / total - 0.25) < 0.01);
	assert.ok(Math.abs(counts["identifier"]! / total - 0.25) < 0.01);
});

test("Masks depend on the generator alone", () => {
	assert.deepEqual(maskAll(mixture, 4), maskAll(mixture, 4));
	assert.notDeepEqual(maskAll(mixture, 4), maskAll(mixture, 5));
});

test("A row of special tokens and padding alone gets no masks", () => {
	const row = { tokens: Int32Array.of(0, 2, 1, 1), segments: Int32Array.of(0, 0, -1, -1), pieces };
	for (const config of everyStrategy) {
		const masked = maskRow(row, { ...config, rate: 0.9 }, { maskId: special.mask, random: createRandom(1) });
		assert.equal(masked.positions.length, 0);
	}
});

test("Unknown keys, impossible rates and policies that do not sum to 1 are rejected", () => {
	for (const config of [
		{ ratee: 0.2 },
		{ rate: 0 },
		{ rate: 1 },
		{ strategies: [] },
		{ strategies: [{ name: "wordle" }] },
		{ strategies: [{ name: "random", weight: 0 }] },
		{ strategies: [{ name: "random", maximum: 3 }] },
		{ replacement: { mask: 0.8, random: 0.1, keep: 0.2 } },
	]) {
		assert.equal(maskingSchema.safeParse(config).success, false, JSON.stringify(config));
	}
	assert.deepEqual(masking(), {
		strategies: [{ name: "random", weight: 1 }],
		rate: 0.15,
		replacement: { mask: 0.8, random: 0.1, keep: 0.1 },
	});
});

test("Words are runs of word pieces; identifiers are those that are whole, no keyword and no number", () => {
	const tokens = Int32Array.from([
		...idsOf(" return", " get", "Name", "(", "self", ".", "parse", "File", ",", "2", "count", "._", "x", ")", " if"),
		...idsOf(" _tmp", "_id", "\n", "x"),
	]);
	const row = { tokens, segments: new Int32Array(tokens.length), pieces };
	const written = (units: { start: number; end: number }[]): string[] =>
		units.map(({ start, end }) => Array.from(tokens.subarray(start, end), (id) => pieces.texts[id]).join(""));
	assert.deepEqual(written(wordUnits(row)), [
		...["return", "getName", "(", "self", ".", "parseFile", ",", "2count", "._", "x", ")", "if", "_tmp_id", "", "x"],
	]);
	// `x` after `._` is the rest of `_x`; the last one may go on in the next row.
	assert.deepEqual(written(identifierUnits(row)), ["getName", "parseFile", "_tmp_id"]);
});

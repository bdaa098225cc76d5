import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRandom } from "../../../sidecar/base/random.ts";
import { evaluateBaselines, evaluationGaps } from "../../../sidecar/data/baselines.ts";
import { identifierSites } from "../../../sidecar/data/identifierSites.ts";
import { type ContextCounts, findPair, KeyCounter, pruneCounts } from "../../../sidecar/data/ngramCounts.ts";
import { countNgrams, ngramArrays, ngramsFromArrays } from "../../../sidecar/data/ngrams.ts";
import type { PackedRows } from "../../../sidecar/data/packing.ts";
import { packDocuments } from "../../../sidecar/data/packing.ts";
import { identifierUnits, isSpecial, isWordPiece } from "../../../sidecar/data/pieces.ts";
import { defaultMixture, type Gap, gapProbabilities, type Mixture, propose } from "../../../sidecar/data/proposals.ts";
import { pieces, randomDocuments, randomRows, special } from "./fixtures.ts";

const rows = randomRows(6_000, 32);
const model = countNgrams(rows, pieces);

/** The same counts by maps of strings: "before,after" with "" for a neighbour that is not asked for. */
function naiveCounts(packed: PackedRows): Map<string, Map<number, number>> {
	const counts = new Map<string, Map<number, number>>();
	const count = (key: string, token: number): void => {
		const entry = counts.get(key) ?? new Map<number, number>();
		counts.set(key, entry.set(token, (entry.get(token) ?? 0) + 1));
	};
	for (let at = 0; at < packed.tokens.length; at++) {
		const token = packed.tokens[at]!;
		if (packed.segments[at]! < 0 || isSpecial(pieces, token)) continue;
		const here = (other: number): boolean =>
			Math.floor(other / packed.sequenceLength) === Math.floor(at / packed.sequenceLength) &&
			packed.segments[other] === packed.segments[at];
		const before = here(at - 1) ? packed.tokens[at - 1] : undefined;
		const after = here(at + 1) ? packed.tokens[at + 1] : undefined;
		count(",", token);
		if (before !== undefined) count(`${before},`, token);
		if (after !== undefined) count(`,${after}`, token);
		if (before !== undefined && after !== undefined) count(`${before},${after}`, token);
	}
	return counts;
}

const naive = naiveCounts(rows);

function entriesOf(table: ContextCounts, context: number): Map<number, number> {
	const entries = new Map<number, number>();
	for (let at = table.starts[context]!; at < table.starts[context + 1]!; at++) {
		entries.set(table.tokens[at]!, table.counts[at]!);
	}
	return entries;
}

test("Counts agree with maps for every context there is", () => {
	const size = pieces.vocabularySize;
	const none = new Map<number, number>();
	const sorted = (map: Map<number, number>): [number, number][] => [...map].sort((a, b) => a[0] - b[0]);
	for (let one = 0; one < size; one++) {
		assert.deepEqual([...entriesOf(model.left, one)], sorted(naive.get(`${one},`) ?? none));
		assert.deepEqual([...entriesOf(model.right, one)], sorted(naive.get(`,${one}`) ?? none));
		assert.equal(model.unigram[one], naive.get(",")?.get(one) ?? 0);
		for (let two = 0; two < size; two++) {
			const pair = findPair(model.both, one, two);
			const found = pair < 0 ? none : entriesOf(model.both, pair);
			assert.deepEqual([...found], sorted(naive.get(`${one},${two}`) ?? none));
		}
	}
});

/** The mixture of `propose`, written from its definition with maps and a value for every token. */
function naiveProbabilities(gap: Gap, mixture: Mixture): number[] {
	const tokens = Array.from({ length: pieces.vocabularySize }, (_, token) => token);
	const see = (at: number): number | undefined =>
		gap.segments[at] === gap.segments[gap.position] && gap.hidden[at] === 0 ? gap.tokens[at] : undefined;
	const before = see(gap.position - 1);
	const after = see(gap.position + 1);
	const mix = (key: string, weight: number, backOff: number[]): number[] => {
		const counts = naive.get(key);
		if (counts === undefined) return backOff;
		const pseudo = weight * counts.size;
		const total = [...counts.values()].reduce((sum, count) => sum + count, 0) + pseudo;
		return tokens.map((token) => ((counts.get(token) ?? 0) + pseudo * backOff[token]!) / total);
	};
	const singles = naive.get(",")!;
	const total = [...singles.values()].reduce((sum, count) => sum + count, 0) + tokens.length / 2;
	let result = tokens.map((token) => ((singles.get(token) ?? 0) + 0.5) / total);
	const bigrams: number[][] = [];
	if (before !== undefined) bigrams.push(mix(`${before},`, mixture.single, result));
	if (after !== undefined) bigrams.push(mix(`,${after}`, mixture.single, result));
	if (bigrams.length > 0) {
		result = tokens.map((token) => bigrams.reduce((sum, bigram) => sum + bigram[token]!, 0) / bigrams.length);
	}
	if (bigrams.length === 2) result = mix(`${before},${after}`, mixture.both, result);
	const cache = new Array<number>(tokens.length).fill(0);
	for (let at = 0; at < gap.tokens.length; at++) {
		const token = see(at);
		if (token === undefined) continue;
		const left = before !== undefined && see(at - 1) === before;
		const right = after !== undefined && see(at + 1) === after;
		cache[token]! += 1 + (Number(left) + Number(right)) * mixture.match + (left && right ? mixture.matchBoth : 0);
	}
	const weight = cache.reduce((sum, part) => sum + part, 0);
	if (weight === 0) return result;
	const share = (mixture.cache * weight) / (weight + mixture.cacheHalf);
	return tokens.map((token) => (1 - share) * result[token]! + (share * cache[token]!) / weight);
}

/** A gap of a row that was not counted, with other hidden tokens around it. */
function randomGap(seed: number): Gap {
	const packed = packDocuments(randomDocuments(seed, 6, 20), { sequenceLength: 32, special });
	const random = createRandom(seed, 1);
	const hidden = Uint8Array.from({ length: 32 }, () => (random.uniform() < 0.3 ? 1 : 0));
	const open = Array.from(hidden.keys()).filter((at) => packed.segments[at]! >= 0);
	const position = open[random.below(open.length)]!;
	hidden[position] = 1;
	return { tokens: packed.tokens.subarray(0, 32), segments: packed.segments.subarray(0, 32), position, hidden };
}

test("Probabilities follow the definition of the mixture and sum to 1, whatever is hidden", () => {
	fc.assert(
		fc.property(fc.nat(), (seed) => {
			const gap = randomGap(seed);
			const expected = naiveProbabilities(gap, defaultMixture);
			const actual = gapProbabilities(model, gap);
			assert.ok(Math.abs(actual.reduce((sum, one) => sum + one, 0) - 1) < 1e-9);
			expected.forEach((probability, token) => {
				assert.ok(Math.abs(actual[token]! - probability) < 1e-12);
			});
		}),
	);
});

test("Proposals are the likeliest ordinary tokens, likeliest first, and do not peek at the hidden token", () => {
	fc.assert(
		fc.property(fc.nat(), fc.integer({ min: 1, max: 50 }), (seed, k) => {
			const gap = randomGap(seed);
			const all = gapProbabilities(model, gap);
			const expected = Array.from(pieces.ordinary)
				.sort((a, b) => all[b]! - all[a]! || a - b)
				.slice(0, k);
			const proposals = propose(model, gap, { k, pieces });
			assert.deepEqual(
				proposals.map(({ probability }) => probability),
				expected.map((token) => all[token]!),
			);
			const tokens = gap.tokens.slice();
			tokens[gap.position] = pieces.ordinary[seed % pieces.ordinary.length]!;
			assert.deepEqual(propose(model, { ...gap, tokens }, { k, pieces }), proposals);
		}),
	);
});

test("A window that repeats itself outweighs the counts", () => {
	const [a, b, c] = [10, 11, 12];
	const tokens = Int32Array.of(special.cls, a, c, b, 20, a, c, b, 21, a, c, b);
	const gap = {
		tokens,
		segments: new Int32Array(12),
		position: 10,
		hidden: Uint8Array.of(...new Array(10).fill(0), 1, 0),
	};
	assert.equal(propose(model, gap, { k: 1, pieces })[0]?.token, c);
});

test("Counting in chunks and merging them is counting", () => {
	fc.assert(
		fc.property(fc.array(fc.integer({ min: 0, max: 30 })), fc.integer({ min: 1, max: 9 }), (keys, expectedKeys) => {
			const counter = new KeyCounter({ maximumEntries: 1e9, expectedKeys });
			for (const key of keys) counter.add(key);
			const { keys: found, counts } = counter.finish();
			const expected = [...new Set(keys)].sort((a, b) => a - b);
			assert.deepEqual(Array.from(found), expected);
			assert.deepEqual(
				Array.from(counts),
				expected.map((key) => keys.filter((other) => other === key).length),
			);
		}),
	);
});

test("Pruning keeps the most frequent entries, in order", () => {
	const counted = { keys: Float64Array.of(1, 2, 3, 4, 5, 6), counts: Int32Array.of(1, 5, 2, 2, 9, 1) };
	const pruned = (limit: number): number[] => Array.from(pruneCounts(counted, limit).keys);
	assert.deepEqual(
		[pruned(9), pruned(4), pruned(3), pruned(2), pruned(0)],
		[[1, 2, 3, 4, 5, 6], [2, 3, 4, 5], [2, 3, 5], [2, 5], []],
	);
	const small = countNgrams(rows, pieces, { maximumEntries: 50 });
	assert.ok(small.both.tokens.length <= 50 && small.left.tokens.length <= 50);
	const all = gapProbabilities(small, randomGap(1));
	assert.ok(Math.abs(all.reduce((sum, one) => sum + one, 0) - 1) < 1e-9);
});

test("A vocabulary of 60,000 is counted exactly: keys pass 32 bits", () => {
	const size = 60_000;
	const wide = { ...pieces, vocabularySize: size, flags: new Uint8Array(size) };
	const tokens = Int32Array.of(59_999, 59_998, 59_997, 59_999, 59_998, 59_997);
	const packed = { tokens, segments: new Int32Array(6), count: 1, sequenceLength: 6, wasted: 0, repeated: 0 };
	const { both } = countNgrams(packed, wide);
	const pair = findPair(both, 59_999, 59_997);
	assert.deepEqual([both.tokens[both.starts[pair]!], both.counts[both.starts[pair]!]], [59_998, 2]);
});

test("A model survives its arrays, and arrays that do not fit are refused", () => {
	const arrays = ngramArrays(model);
	assert.deepEqual(ngramsFromArrays(arrays), model);
	const { unigram: _, ...lacking } = arrays;
	assert.throws(() => ngramsFromArrays(lacking), { name: "modelInvalid" });
	assert.throws(() => ngramsFromArrays({ ...arrays, "both.tokens": arrays["both.tokens"]!.subarray(1) }), {
		name: "modelInvalid",
	});
	assert.throws(() => ngramsFromArrays({ ...arrays, "left.tokens": arrays["left.tokens"]!.map(() => 1e6) }), {
		name: "modelInvalid",
	});
});

test("Baselines are shares of the evaluation masks, and know a corpus that repeats itself", () => {
	const loop = Int32Array.from({ length: 4000 }, (_, at) => 5 + (at % 20));
	const packed = packDocuments([loop], { sequenceLength: 64, special });
	const baselines = evaluateBaselines(countNgrams(packed, pieces), packed, { pieces });
	assert.ok(baselines.cacheTop1 > 0.9 && baselines.cacheTop5 >= baselines.cacheTop1 && baselines.cacheWordTop1 > 0.9);
	// The one before is hidden in 15% of cases.
	assert.ok(baselines.bigramTop1 > 0.75 && baselines.bigramTop1 < 0.95);
	assert.ok(baselines.unigramTop1 > 0.02 && baselines.unigramTop1 < 0.1);
	const gaps = [...evaluationGaps(packed, pieces)];
	const naiveTop1 = gaps.filter((gap) => propose(model, gap, { k: 1, pieces })[0]?.token === gap.tokens[gap.position]);
	assert.equal(evaluateBaselines(model, packed, { pieces }).cacheTop1, naiveTop1.length / gaps.length);
	assert.equal([...evaluationGaps(packed, pieces, [0])].length, Math.round(0.15 * 63));
});

test("Identifier sites are whole identifiers of at most six pieces, drawn by the seed", () => {
	const sites = identifierSites(rows, pieces, { perRow: 3, seed: 1 });
	const byRow = new Map<number, number>();
	for (const { row, start, end } of sites) {
		byRow.set(row, (byRow.get(row) ?? 0) + 1);
		const at = row * 32;
		const view = { tokens: rows.tokens.subarray(at, at + 32), segments: rows.segments.subarray(at, at + 32), pieces };
		assert.ok(identifierUnits(view).some((unit) => unit.start === start && unit.end === end));
		assert.ok(end - start >= 1 && end - start <= 6);
		for (let place = start; place < end; place++) assert.ok(isWordPiece(pieces, view.tokens[place]!));
	}
	assert.ok(sites.length > rows.count && Math.max(...byRow.values()) === 3);
	assert.deepEqual(identifierSites(rows, pieces, { perRow: 3, seed: 1 }), sites);
	assert.notDeepEqual(identifierSites(rows, pieces, { perRow: 3, seed: 2 }), sites);
});

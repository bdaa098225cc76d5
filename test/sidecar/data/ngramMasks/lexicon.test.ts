import assert from "node:assert/strict";
import { test } from "node:test";
import {
	buildNgramLexicon,
	type LexiconOptions,
	ngramBarriers,
	ngramTokens,
	tStatistic,
} from "../../../../sidecar/data/ngramMasks/lexicon.ts";
import { trainByteLevelBpe } from "../../../../sidecar/tokenizer/trainer.ts";

const sizes = { bigrams: 10, trigrams: 10, criticalValue: 0 };
/** Tokens 0 to 9; 9 is a barrier. */
const barriers = Uint8Array.from({ length: 10 }, (_, id) => (id === 9 ? 1 : 0));

test("the t-statistic is that of a hand calculation", () => {
	// 1 2 3 1 2 4 | 1 2: 8 tokens in two runs, 6 bigrams, of which three are 1 2; p = 1/2, p' = (3/8)(3/8).
	const lexicon = lexiconOf([[1, 2, 3, 1, 2, 4, 9, 1, 2]]);
	const expected = (1 / 2 - 9 / 64) / Math.sqrt((1 / 2) * (1 / 2) * (1 / 6));
	assert.deepEqual([...ngramTokens(lexicon, 0)], [1, 2]);
	assert.ok(Math.abs(lexicon.statistics[0]! - expected) < 1e-6, `${lexicon.statistics[0]} is not ${expected}`);
	// Without the root of N, or with the variance left out, it is another number.
	assert.ok(Math.abs(tStatistic(1 / 2, 9 / 64, 6) - expected) < 1e-12);
	assert.ok(Math.abs(tStatistic(1 / 2, 9 / 64, 1) - expected) > 0.1);
});

test("every statistic is that of plain counting in thirty lines, for bigrams and trigrams", () => {
	const documents = [
		[1, 2, 3, 4, 1, 2, 3, 5, 6, 1, 2, 3, 9, 4, 5, 6, 7, 8, 1, 2],
		[3, 4, 5, 9, 1, 2, 3, 4, 5, 6, 6, 6, 6, 7, 1, 2, 3],
	];
	const expected = plainStatistics(documents);
	const lexicon = lexiconOf(documents, { bigrams: 100, trigrams: 100, criticalValue: 0 });
	const found = new Map<string, number>();
	for (let ngram = 0; ngram < lexicon.count; ngram++) {
		found.set(ngramTokens(lexicon, ngram).join(" "), lexicon.statistics[ngram]!);
	}
	const positive = [...expected].filter(([, t]) => t > 0);
	assert.equal(found.size, positive.length);
	for (const [ngram, t] of positive) assert.ok(Math.abs(found.get(ngram)! - t) < 1e-5, ngram);
	const critical = 1.2;
	const passing = positive.filter(([, t]) => t > critical).map(([ngram]) => ngram);
	const chosen = lexiconOf(documents, { bigrams: 100, trigrams: 100, criticalValue: critical });
	const names = Array.from({ length: chosen.count }, (_, ngram) => ngramTokens(chosen, ngram).join(" "));
	assert.deepEqual(names.sort(), passing.sort());
});

test("the highest are taken, as many as are asked for, equal ones by their tokens, and the same each time", () => {
	const documents = [[5, 6, 9, 3, 4, 9, 5, 6, 9, 3, 4, 9, 1, 2, 9, 7, 8, 9, 1, 2, 9, 7, 8]];
	const lexicon = lexiconOf(documents, { bigrams: 3, trigrams: 0, criticalValue: 0 });
	const names = Array.from({ length: lexicon.count }, (_, ngram) => ngramTokens(lexicon, ngram).join(" "));
	assert.deepEqual(names, ["1 2", "3 4", "5 6"]);
	assert.deepEqual(lexiconOf(documents, { bigrams: 3, trigrams: 0, criticalValue: 0 }), lexicon);
});

test("no n-gram holds a special token, a line break or a blank, nor crosses documents", () => {
	const text = "if (err) return;\n\tif (err) throw err;\n".repeat(20);
	const tokenizer = trainByteLevelBpe([text], { vocabularySize: 272, minFrequency: 2, acrossLines: false });
	const { cls } = tokenizer.special;
	const ids = tokenizer.encode(text).ids;
	const lexicon = buildNgramLexicon([Int32Array.from([...ids, cls]), Int32Array.from([cls, ...ids])], {
		bigrams: 500,
		trigrams: 500,
		criticalValue: 0,
		barriers: ngramBarriers(tokenizer),
	});
	assert.ok(lexicon.count > 5);
	for (let ngram = 0; ngram < lexicon.count; ngram++) {
		for (const id of ngramTokens(lexicon, ngram)) {
			assert.ok(!tokenizer.specialIds.has(id));
			assert.ok(tokenizer.tokenText(id).trim() !== "" && !tokenizer.tokenText(id).includes("\n"));
		}
	}
	assert.equal(lexiconOf([[1], [2], [1], [2]]).count, 0);
	assert.equal(
		lexiconOf([
			[1, 2],
			[1, 2],
		]).count,
		1,
	);
});

function lexiconOf(documents: readonly number[][], options: Omit<LexiconOptions, "barriers"> = sizes) {
	return buildNgramLexicon(
		documents.map((ids) => Int32Array.from(ids)),
		{ ...options, barriers },
	);
}

/** t of every run of two and three tokens, by its tokens. */
function plainStatistics(documents: readonly number[][]): Map<string, number> {
	const runs = documents.flatMap((ids) =>
		ids
			.join(" ")
			.split("9")
			.map((run) => run.trim().split(" ").filter(Boolean)),
	);
	const count = (length: number): string[] =>
		runs.flatMap((run) =>
			run.flatMap((_, at) => (at + length > run.length ? [] : run.slice(at, at + length).join(" "))),
		);
	const tokens = count(1);
	const share = (id: string): number => tokens.filter((one) => one === id).length / tokens.length;
	const result = new Map<string, number>();
	for (const length of [2, 3]) {
		const all = count(length);
		for (const ngram of new Set(all)) {
			const p = all.filter((one) => one === ngram).length / all.length;
			const chance = ngram.split(" ").reduce((product, id) => product * share(id), 1);
			result.set(ngram, (p - chance) / Math.sqrt((p * (1 - p)) / all.length));
		}
	}
	return result;
}

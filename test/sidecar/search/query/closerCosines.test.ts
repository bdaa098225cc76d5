import assert from "node:assert/strict";
import { test } from "node:test";
import { onScaleOf } from "../../../../sidecar/search/query/closerCosines.ts";
import { evaluateSearch } from "../../../../sidecar/search/query/evaluateSearch.ts";
import { closeTo } from "../../../support/closeTo.ts";

test("closer cosines take the mean and the deviation of the rough ones of the same contents; others stay", () => {
	const rough = new Map(Object.entries({ a: 0.1, b: 0.3, c: 0.5, far: -0.2 }));
	const closer = new Map(Object.entries({ a: 0.9, b: 0.7, c: 0.5, unknown: 1 }));
	const cosineOf = onScaleOf((hash) => rough.get(hash), closer);
	closeTo(
		["a", "b", "c"].map((hash) => cosineOf(hash)!),
		[0.5, 0.3, 0.1],
		1e-12,
	);
	assert.equal(cosineOf("far"), -0.2);
	assert.equal(cosineOf("unknown"), undefined);
	const even = onScaleOf((hash) => rough.get(hash), new Map(Object.entries({ a: 1, b: 1 })));
	assert.equal(even("a"), 0.1);
});

test("the evaluation ranks the first candidates by the large vectors too", async () => {
	// No word is shared, and no digit: the last two letters say which function it is.
	const letters = (at: number): string => String.fromCharCode(97 + (at >> 3), 97 + (at & 7));
	const pairs = Array.from({ length: 40 }, (_, at) => {
		return { docstring: `q${letters(at)}`, code: `c${letters(at)}`, name: `n${letters(at)}` };
	});
	// Small vectors know an eighth of a circle, large ones every place of it.
	const vectors = (parts: number) => async (_: string, texts: readonly string[]) => {
		const turned = texts.map((text) => {
			const at = (text.charCodeAt(1) - 97) * 8 + text.charCodeAt(2) - 97;
			const angle = (Math.floor((at / 40) * parts) / parts) * 2 * Math.PI;
			return [Math.cos(angle), Math.sin(angle)];
		});
		return Float32Array.from(turned.flat());
	};
	const options = { pairs, maskNames: true, weight: 1 };
	const scores = await evaluateSearch({ ...options, embed: vectors(8), closer: vectors(40) });
	assert.ok(scores.hybrid!.mrr < 0.6, `${scores.hybrid!.mrr}`);
	assert.equal(scores.closer!.mrr, 1);
	assert.equal((await evaluateSearch({ ...options, embed: vectors(8) })).closer, undefined);
});

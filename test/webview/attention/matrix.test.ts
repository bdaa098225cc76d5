import assert from "node:assert/strict";
import { test } from "node:test";
import { Matrix } from "../../../webview/attention/matrix.ts";
import { strongestPairs } from "../../../webview/attention/tables.ts";
import { filterTokens } from "../../../webview/attention/tokenFilter.ts";
import { viewFrom } from "../../../webview/attention/view.ts";
import { attentionWeights } from "../../../webview/attention/weights.ts";

const base64 = (bytes: ArrayLike<number>) => Buffer.from(Uint8Array.from(bytes)).toString("base64");
const shares = [0, 255, 0, 102, 51, 204, 153, 0, 102]; // [query][key], rows of about one
const whole = new Matrix(3, { cell: 1, bytes: base64(shares), strongest: null });
const keys = new Uint8Array(Uint16Array.of(1, 0, 2, 0, 0, 2).buffer);
const long = new Matrix(3, {
	cell: 2,
	bytes: base64([255, 204, 153, 102]),
	strongest: { count: 2, keys: base64(keys), bytes: base64([255, 0, 204, 102, 153, 102]) },
});
const tokens = ["[CLS]", "left", "Over"].map((text, at) => {
	return { text, start: at, end: at + 1, special: at === 0, syntaxClass: at === 0 ? null : ("identifier" as const) };
});
const all = filterTokens(tokens, { filter: "", syntaxClass: "", hideSpecial: false });

const from = (matrix: Matrix, query: number, least = 1) => {
	const seen: [number, number][] = [];
	matrix.from(query, least, (key, byte) => seen.push([key, byte]));
	return seen;
};
const to = (matrix: Matrix, key: number, least = 1) => {
	const seen: [number, number][] = [];
	matrix.to(key, least, (query, byte) => seen.push([query, byte]));
	return seen;
};

test("a whole matrix is read by rows and by columns, from a least share", () => {
	assert.deepEqual(from(whole, 1), [
		[0, 102],
		[1, 51],
		[2, 204],
	]);
	assert.deepEqual(from(whole, 1, 100), [
		[0, 102],
		[2, 204],
	]);
	assert.deepEqual(to(whole, 0), [
		[1, 102],
		[2, 153],
	]);
});

test("a long matrix is read by the strongest keys of each query, and by cells", () => {
	assert.deepEqual(from(long, 2), [
		[0, 153],
		[2, 102],
	]);
	assert.deepEqual(to(long, 2), [
		[1, 204],
		[2, 102],
	]);
	assert.equal(long.side, 2);
	assert.equal(long.at(0, 2), 204);
	assert.equal(long.at(2, 2), 102);
});

test("weights are the shares of one token, or the mean over those that the filter means", () => {
	const share = (byte: number) => (byte / 255) ** 2;
	const one = attentionWeights(whole, { token: 1, direction: "from", filtered: all });
	assert.deepEqual([...one.values], [102, 51, 204].map(share));
	const seenBy = attentionWeights(whole, { token: 0, direction: "to", filtered: all });
	assert.deepEqual([...seenBy.values], [0, share(102), share(153)]);
	const names = filterTokens(tokens, { filter: "", syntaxClass: "identifier", hideSpecial: true });
	const mean = attentionWeights(whole, { token: null, direction: "from", filtered: names });
	assert.deepEqual([...mean.values], [0, share(51) / 2, share(204) / 2 + share(102) / 2]);
	assert.equal(mean.largest, mean.values[2]);
	const looked = attentionWeights(long, { token: null, direction: "to", filtered: all });
	assert.ok(Math.abs(looked.values[1]! - (share(204) + share(102)) / 3) < 1e-12);
});

test("the strongest pairs come first, above the threshold and within the filter", () => {
	const view = { ...viewFrom(undefined), threshold: 60 };
	assert.deepEqual(
		strongestPairs(whole, { view, filtered: all }).map(({ query, key }) => [query, key]),
		[
			[0, 1],
			[1, 2],
			[2, 0],
			[1, 0],
			[2, 2],
		],
	);
	const filtered = filterTokens(tokens, { filter: "left", syntaxClass: "", hideSpecial: true });
	const pairs = strongestPairs(whole, { view, filtered });
	assert.deepEqual(pairs, [
		{ query: 1, key: 2, byte: 204 },
		{ query: 2, key: 2, byte: 102 }, // a piece of the same word
	]);
});

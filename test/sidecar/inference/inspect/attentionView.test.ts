import assert from "node:assert/strict";
import { test } from "node:test";
import { quantized, seeAttention } from "../../../../sidecar/inference/inspect/attention.ts";
import { attentionView } from "../../../../sidecar/inference/inspect/attentionReport.ts";
import { inspectedRow } from "../../../../sidecar/inference/inspect/textTokens.ts";
import { attentionViewSchema } from "../../../../sidecar/protocol/inspect/attention.ts";
import { inspectedConfigs, inspectedModel, inspectedText } from "../../../support/inspectedModel.ts";

const cpu = { executionProvider: "cpu", threads: 1 } as const;
const { model, tokenizer } = inspectedModel(inspectedConfigs["ModernBERT"]!);
const named = { name: "small", model };
const question = {
	text: inspectedText,
	path: "area.py",
	matrices: [{ layer: 1, head: 1 }],
	rollouts: [],
	thumbnails: false,
	dataflow: true,
};
const row = inspectedRow(tokenizer, inspectedText, { range: undefined, longest: 128 });
const n = row.ids.length;
const wish = { matrices: question.matrices, rollouts: [], thumbnails: false, pairs: [] };
const whole = (await seeAttention(model, row, { wish, ...cpu })).matrices[0]!;
const unpack = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

test("a part of a matrix has the largest probability of each of its cells", async () => {
	const [queries, keys] = [
		{ start: 3, end: 20 },
		{ start: 5, end: 1000 },
	];
	const view = attentionViewSchema.parse(await attentionView(named, { ...question, queries, keys, cell: 4 }, cpu));
	const [matrix] = view.matrices;
	assert.deepEqual(matrix!.keys, { start: 5, end: n });
	const width = Math.ceil((n - 5) / 4);
	const expected = new Float32Array(Math.ceil(17 / 4) * width);
	whole.forEach((share, at) => {
		const [query, key] = [Math.floor(at / n) - 3, (at % n) - 5];
		if (query < 0 || query >= 17 || key < 0) return;
		const cell = Math.floor(query / 4) * width + Math.floor(key / 4);
		expected[cell] = Math.max(expected[cell]!, share);
	});
	assert.deepEqual(unpack(matrix!.bytes), quantized(expected));
});

test("the strongest keys of each query come best first", async () => {
	const view = await attentionView(named, { ...question, strongest: 6 }, cpu);
	const { count, keys, bytes } = view.matrices[0]!.strongest!;
	assert.equal(count, 6);
	const indices = new Uint16Array(unpack(keys).buffer);
	const shares = unpack(bytes);
	for (let query = 0; query < n; query++) {
		const sorted = whole.slice(query * n, (query + 1) * n).sort((one, other) => other - one);
		assert.deepEqual(shares.slice(query * 6, query * 6 + 6), quantized(sorted.slice(0, 6)));
		const own = Float32Array.from(indices.slice(query * 6, query * 6 + 6), (key) => whole[query * n + key]!);
		assert.deepEqual(own, sorted.slice(0, 6));
	}
});

test("each token has its class in the grammar, and none without a grammar", async () => {
	const { tokens } = await attentionView(named, question, cpu);
	const classAt = (place: number) =>
		tokens.find(({ start, end, special }) => !special && start <= place && place < end);
	assert.equal(classAt(inspectedText.indexOf("def"))?.syntaxClass, "keyword");
	assert.equal(classAt(inspectedText.indexOf("width"))?.syntaxClass, "parameter");
	assert.equal(classAt(inspectedText.indexOf("*"))?.syntaxClass, "operator");
	const other = await attentionView(named, { ...question, path: "area.unknown" }, cpu);
	assert.ok(other.tokens.every(({ syntaxClass }) => syntaxClass === null));
	assert.match(other.noDataflow ?? "", /python/);
});

test("of a text that is too long the tokens around a place are seen, where one is named", async () => {
	const text = inspectedText.repeat(10);
	await assert.rejects(attentionView(named, { ...question, text }, cpu), { name: "tooLong" });
	for (const around of [0, text.lastIndexOf("depth"), text.length]) {
		const { tokens } = await attentionView(named, { ...question, text, around }, cpu);
		assert.equal(tokens.length, 128);
		assert.ok(tokens[0]!.start <= around && around <= tokens.at(-1)!.end);
	}
	const { tokens } = await attentionView(named, { ...question, text, around: text.length >> 1 }, cpu);
	const middle = (tokens[0]!.start + tokens.at(-1)!.end) / 2;
	assert.ok(Math.abs(middle - text.length / 2) < 30, String(middle));
});

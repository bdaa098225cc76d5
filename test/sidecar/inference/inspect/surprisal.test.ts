import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { counted } from "../../../../sidecar/inference/countedModel.ts";
import type { Judgement } from "../../../../sidecar/inference/inspect/judgement.ts";
import {
	bitsOf,
	judgeTokens,
	judgingOrder,
	lineSurprisals,
	pseudoPerplexityOf,
} from "../../../../sidecar/inference/inspect/surprisal.ts";
import { tokensOfText } from "../../../../sidecar/inference/inspect/textTokens.ts";
import { inspectedConfigs, inspectedModel, inspectedText, referenceRow } from "../../../support/inspectedModel.ts";
import { referenceLogits } from "../../../support/referenceEncoder.ts";
import { logSumExp } from "../../../support/referenceMath.ts";

/** No window of it is like another. */
const longText = Array.from({ length: 200 }, (_, line) => `size${line} = width * ${line * line}\n`).join("");

for (const [name, config] of Object.entries(inspectedConfigs)) {
	describe(name, () => {
		test("surprisal, rank and what was expected are those of the float64 reference", async () => {
			const { model, tokenizer, tensors } = inspectedModel(config);
			const text = inspectedText.slice(0, 40);
			const tokens = tokensOfText(tokenizer, text);
			const judgements = new Map<number, Judgement>();
			const indices = judgingOrder(tokens, [], undefined);
			assert.equal(await judgeTokens(model, tokens, { indices, into: judgements }), tokens.ids.length);
			let nats = 0;
			for (const index of indices) {
				const ids = Int32Array.of(tokenizer.special.cls, ...tokens.ids, tokenizer.special.sep);
				ids[index + 1] = tokenizer.special.mask;
				const logits = referenceLogits(config, tensors, referenceRow(ids));
				const size = config.vocabularySize;
				const row = logits.subarray((index + 1) * size, (index + 2) * size);
				const total = logSumExp(row);
				const truth = tokens.ids[index]!;
				const judgement = judgements.get(index)!;
				const loss = total - row[truth]!;
				nats += loss;
				assert.ok(Math.abs(bitsOf(judgement) - loss / Math.LN2) < 1e-5 * Math.max(1, loss));
				assert.equal(judgement.rank, 1 + row.filter((value) => value > row[truth]!).length);
				const best = [...row.keys()].filter((id) => !tokenizer.specialIds.has(id)).sort((a, b) => row[b]! - row[a]!);
				assert.deepEqual([...judgement.ids], best.slice(0, 5));
				best.slice(0, 5).forEach((id, at) => {
					assert.ok(Math.abs(judgement.probabilities[at]! - Math.exp(row[id]! - total)) < 1e-5);
				});
			}
			const expected = Math.exp(nats / tokens.ids.length);
			assert.ok(Math.abs(pseudoPerplexityOf(judgements)! / expected - 1) < 1e-5);
			await model.release();
		});
	});
}

test("a token of a long text is judged in a window that reaches to both sides of it", async () => {
	const config = inspectedConfigs["ModernBERT"]!;
	const { model, tokenizer, tensors } = inspectedModel(config, { sequenceLength: 32 });
	const tokens = tokensOfText(tokenizer, inspectedText);
	const stream = Int32Array.of(tokenizer.special.cls, ...tokens.ids, tokenizer.special.sep);
	for (const [index, start] of [
		[0, 0],
		[40, 25],
		[tokens.ids.length - 1, stream.length - 32],
	] as const) {
		const ids = stream.slice(start, start + 32);
		ids[index + 1 - start] = tokenizer.special.mask;
		const size = config.vocabularySize;
		const logits = referenceLogits(config, tensors, referenceRow(ids));
		const row = logits.subarray((index + 1 - start) * size, (index + 2 - start) * size);
		const bits = (logSumExp(row) - row[tokens.ids[index]!]!) / Math.LN2;
		const judgements = new Map<number, Judgement>();
		await judgeTokens(model, tokens, { indices: [index], into: judgements });
		assert.ok(Math.abs(bitsOf(judgements.get(index)!) - bits) < 1e-4, `token ${index}`);
	}
	await model.release();
});

test("what is known is not computed again: an edit costs the tokens whose window it is in", async () => {
	const { model, tokenizer } = inspectedModel(inspectedConfigs["ModernBERT"]!, { sequenceLength: 32 });
	const use = { runs: 0, milliseconds: 0 };
	const judge = async (text: string): Promise<Map<number, Judgement>> => {
		const tokens = tokensOfText(tokenizer, text);
		const into = new Map<number, Judgement>();
		await judgeTokens(counted(model, use), tokens, { indices: judgingOrder(tokens, [], undefined), into });
		return into;
	};
	const text = longText;
	const whole = await judge(text);
	const runs = use.runs;
	assert.ok(runs > 15, `${runs} runs`);
	assert.deepEqual(await judge(text), whole);
	assert.equal(use.runs, runs);
	const edited = await judge(`${text}x`);
	assert.equal(use.runs, runs + 1); // the last tokens' windows
	assert.deepEqual(edited.get(5), whole.get(5));
	await model.release();
});

test("the ranges come first, each token once, within the part that is meant", () => {
	const { tokenizer } = inspectedModel(inspectedConfigs["BERT"]!);
	const tokens = tokensOfText(tokenizer, inspectedText);
	const count = tokens.ids.length;
	const middle = { start: tokens.starts[20]!, end: tokens.ends[24]! };
	const order = judgingOrder(tokens, [middle, middle], undefined);
	assert.deepEqual(order.slice(0, 5), [20, 21, 22, 23, 24]);
	assert.deepEqual(
		[...order].sort((a, b) => a - b),
		[...Array(count).keys()],
	);
	const part = { start: tokens.starts[22]!, end: tokens.ends[30]! };
	assert.deepEqual(judgingOrder(tokens, [middle], part), [22, 23, 24, 25, 26, 27, 28, 29, 30]);
	assert.deepEqual(judgingOrder(tokens, [], { start: 5, end: 5 }), []);
});

test("an abort stops before the next run of the model, and enough after it", async () => {
	const { model, tokenizer } = inspectedModel(inspectedConfigs["ModernBERT"]!, { sequenceLength: 32 });
	const use = { runs: 0, milliseconds: 0 };
	const tokens = tokensOfText(tokenizer, longText);
	const indices = judgingOrder(tokens, [], undefined);
	const abort = new AbortController();
	setTimeout(() => abort.abort(), 1);
	const into = new Map<number, Judgement>();
	await assert.rejects(judgeTokens(counted(model, use), tokens, { indices, into, signal: abort.signal }), {
		name: "interrupted",
	});
	assert.ok(use.runs < 8, `${use.runs} runs`);
	const done = await judgeTokens(model, tokens, { indices, into, enough: () => true });
	assert.ok(done >= into.size && done < indices.length);
	await model.release();
});

test("lines are ranked by the mean of their tokens, and end at \\r\\n, \\n and \\r", () => {
	const text = "ab\r\nc\rd\ne";
	const tokens = { text, ids: new Int32Array(4), starts: Int32Array.of(0, 4, 6, 8), ends: Int32Array.of(2, 5, 7, 9) };
	const judgement = (probability: number) => ({ probability }) as Judgement;
	const judged = new Map([0.5, 0.25, 0.5, 0].map((probability, at) => [at, judgement(probability)]));
	assert.deepEqual(lineSurprisals(tokens, judged), [
		{ line: 4, surprisal: 126 }, // what a float32 cannot hold is told as 126 bits
		{ line: 2, surprisal: 2 },
		{ line: 1, surprisal: 1 },
		{ line: 3, surprisal: 1 },
	]);
	assert.equal(pseudoPerplexityOf(new Map()), null);
});

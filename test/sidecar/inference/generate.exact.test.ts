import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { counted } from "../../../sidecar/inference/countedModel.ts";
import { bootstrap } from "../../../sidecar/inference/generate/bootstrap.ts";
import { type ContinuationQuestion, continueText } from "../../../sidecar/inference/generate/continueText.ts";
import { parseTemplate } from "../../../sidecar/inference/generate/demonstrations.ts";
import { generate } from "../../../sidecar/inference/generate/generate.ts";
import { infillText } from "../../../sidecar/inference/generate/infillText.ts";
import { drawToken, greedy } from "../../../sidecar/inference/generate/sampling.ts";
import type { LoadedModel } from "../../../sidecar/inference/loadedModel.ts";
import { generateParams } from "../../../sidecar/protocol/generate.ts";
import { inspectedConfigs, inspectedModel } from "../../support/inspectedModel.ts";

const { model } = inspectedModel(inspectedConfigs["ModernBERT"]!);
const { cls, sep, mask } = model.tokenizer.special;
after(() => model.release());

const surroundings = { before: "def area(width, height):\n", after: "\n    return size\n" };
const encode = (text: string): number[] => [...model.tokenizer.encode(text).ids];

function question(change: Partial<ContinuationQuestion> = {}): ContinuationQuestion {
	return { prompts: [surroundings], masks: 3, tokens: 6, sampling: greedy, seed: 1, ...change };
}

/** Probabilities of one row at one place, without any of the code under test. */
async function probabilitiesAt(row: readonly number[], at: number): Promise<Float32Array> {
	const scorer = await model.scorer({ rows: 1, sequenceLength: row.length, maskedRows: 1 });
	return scorer.score({
		inputIds: Int32Array.from(row),
		segments: new Int32Array(row.length),
		positions: Int32Array.from(row.keys()),
		maskedPositions: Int32Array.of(at),
	});
}

function argmax(values: Float32Array, allowed: (id: number) => boolean): number {
	let best = -1;
	values.forEach((value, id) => {
		if (allowed(id) && (best < 0 || value > values[best]!)) best = id;
	});
	return best;
}

const drawable = (id: number): boolean => id === sep || !model.tokenizer.specialIds.has(id);

/** SAP by hand: `taken` of `masks` predictions is appended; 0 is the leftmost. */
async function reference(tokens: number, masks: number, taken = 0): Promise<number[]> {
	const emitted: number[] = [];
	while (emitted.length < tokens) {
		const left = [cls, ...encode(surroundings.before), ...emitted];
		const row = [...left, ...new Array<number>(masks).fill(mask), ...encode(surroundings.after), sep];
		emitted.push(argmax(await probabilitiesAt(row, left.length + taken), drawable));
	}
	return emitted;
}

test("each token is the leftmost of the masks in front of the text behind, and a rightmost one would differ", async () => {
	const { ids, runs } = await continueText(model, question());
	assert.deepEqual(ids, await reference(6, 3));
	assert.notDeepEqual(ids, await reference(6, 3, 2)); // the broken variant
	assert.equal(runs, 6);
});

test("with one mask it is greedy left-to-right, which with three it is not", async () => {
	const { ids } = await continueText(model, question({ masks: 1 }));
	assert.deepEqual(ids, await reference(6, 1));
	assert.notDeepEqual(ids, await reference(6, 3));
});

test("what was generated never changes, in parts or at once, drawn or not", async () => {
	const sampling = { topK: 20, temperature: 2 };
	const whole = await continueText(model, question({ sampling, tokens: 8 }));
	assert.deepEqual((await continueText(model, question({ sampling, tokens: 5 }))).ids, whole.ids.slice(0, 5));
	let emitted: readonly number[] = [];
	let parts = 0;
	for (let stopped: string | null = null; stopped === null; parts++) {
		const part = await continueText(model, question({ sampling, tokens: 8, emitted }), { enough: () => true });
		assert.deepEqual(part.ids.slice(0, emitted.length), emitted);
		({ ids: emitted, stopped } = part);
	}
	assert.deepEqual([emitted, parts], [whole.ids, 8]);
	assert.notDeepEqual((await continueText(model, question({ sampling, tokens: 8, seed: 2 }))).ids, whole.ids);
	assert.notDeepEqual((await continueText(model, question({ sampling, tokens: 8, candidate: 1 }))).ids, whole.ids);
});

test("distributions of several prompts are averaged", async () => {
	const prompts = ["size = ", "return "].map((before) => ({ before, after: "" }));
	const { ids } = await continueText(model, question({ prompts, tokens: 1, masks: 2 }));
	const rows = await Promise.all(
		prompts.map(({ before }) => {
			const left = [cls, ...encode(before.trimEnd())];
			return probabilitiesAt([...left, mask, mask, sep], left.length);
		}),
	);
	const mean = rows[0]!.map((value, id) => (value + rows[1]![id]!) / 2);
	const blank = (id: number): boolean => drawable(id) && model.tokenizer.tokenText(id).startsWith(" ");
	assert.deepEqual(ids, [argmax(mean, blank)]);
});

/** The model with predictions of our own: `next` gives the likeliest id for the ids before a place. */
function scripted(next: (before: readonly number[]) => number, sure: (at: number) => number = () => 0.9): LoadedModel {
	const size = model.config.vocabularySize;
	return {
		...model,
		scorer: async (shape) => ({
			shape,
			release: async () => {},
			score: async ({ inputIds, maskedPositions }) => {
				const found = new Float32Array(shape.maskedRows * size);
				maskedPositions.forEach((flat, slot) => {
					const from = Math.floor(flat / shape.sequenceLength) * shape.sequenceLength;
					const share = sure(flat - from);
					found.fill((1 - share) / (size - 1), slot * size, (slot + 1) * size);
					found[slot * size + next([...inputIds.subarray(from, flat)])] = share;
				});
				return found;
			},
		}),
	};
}

/** Says these ids one after the other behind a text. */
function saying(ids: readonly number[], before: string): LoadedModel {
	const length = encode(before).length + 1;
	return scripted((row) => ids[row.length - length] ?? sep);
}

test("it ends at the stop text, at a blank line, at [SEP] and at the limit, with one run of the model for each token and the end", async () => {
	const before = "size:";
	const said = encode("\n    base = depth\n   \nreturn");
	const check = async (change: Partial<ContinuationQuestion>, expected: [string, string, number]): Promise<void> => {
		const use = { runs: 0, milliseconds: 0 };
		const asked = question({ prompts: [{ before, after: "" }], tokens: 60, ...change });
		const { text, stopped, runs } = await continueText(counted(saying(said, before), use), asked);
		assert.deepEqual([text, stopped, runs], expected);
		assert.equal(use.runs, runs);
	};
	const tokensOf = (text: string): number => encode(text).length;
	await check({ stop: "depth" }, ["\n    base = ", "stop", tokensOf("\n    base = depth")]);
	await check({ stop: "\n\n" }, ["\n    base = depth", "stop", tokensOf("\n    base = depth\n   \n")]);
	await check({}, ["\n    base = depth\n   \nreturn", "end", said.length + 1]);
	await check({ tokens: 3 }, [model.tokenizer.decode(said.slice(0, 3)), "limit", 3]);
});

test("draws are those of the top-k shares of p^(1/temperature), by inversion of one uniform number", () => {
	const probabilities = Float32Array.of(0.05, 0.4, 0.3, 0.2, 0.05);
	const allowed = Uint8Array.of(1, 1, 0, 1, 1);
	const order = [1, 3, 0]; // allowed, likeliest first; of equals the smaller id
	for (let seed = 0; seed < 200; seed++) {
		const weights = order.map((id) => probabilities[id]! ** (1 / 0.7));
		let left = createRandom(seed).uniform() * weights.reduce((a, b) => a + b);
		const expected = order.find((_, at) => {
			left -= weights[at]!;
			return left < 0;
		});
		const drawn = drawToken(probabilities, { topK: 3, temperature: 0.7, allowed, random: createRandom(seed) });
		assert.equal(drawn, expected);
	}
	const random = createRandom(1);
	assert.equal(drawToken(probabilities, { topK: 5, temperature: 0, allowed, random }), 1);
});

test("an infill draws every position by itself from one run, and ranks by masking each alone", async () => {
	const use = { runs: 0, milliseconds: 0 };
	const sampling = { topK: 3, temperature: 1 };
	const asked = { ...surroundings, tokens: 4, candidates: 3, sampling, seed: 5 };
	const found = await infillText(counted(model, use), asked);
	assert.equal(use.runs, 1 + found.length); // four tokens a candidate are rows of one run
	const left = [cls, ...encode(surroundings.before)];
	const right = [...encode(surroundings.after), sep];
	const masked = [...left, mask, mask, mask, mask, ...right];
	const likely = await Promise.all(
		[0, 1, 2, 3].map(async (at) => {
			const values = await probabilitiesAt(masked, left.length + at);
			const ids = [...values.keys()].filter((id) => drawable(id) && !model.tokenizer.tokenText(id).includes("\uFFFD"));
			ids.splice(ids.indexOf(sep), 1);
			return ids.sort((a, b) => values[b]! - values[a]!).slice(0, 3);
		}),
	);
	for (const { ids, text, pseudoPerplexity } of found) {
		assert.ok(ids.every((id, at) => likely[at]!.includes(id)));
		assert.equal(text, model.tokenizer.decode(ids));
		const losses = await Promise.all(
			ids.map(async (id, at) => {
				const row = [...left, ...ids.with(at, mask), ...right];
				return -Math.log((await probabilitiesAt(row, left.length + at))[id]!);
			}),
		);
		const mean = losses.reduce((a, b) => a + b) / losses.length;
		assert.ok(Math.abs(pseudoPerplexity - Math.exp(mean)) < 1e-4 * pseudoPerplexity);
		// The broken variant: all masked at once.
		const together = await Promise.all(
			ids.map(async (id, at) => -Math.log((await probabilitiesAt(masked, left.length + at))[id]!)),
		);
		assert.ok(Math.abs(Math.exp(together.reduce((a, b) => a + b) / 4) - pseudoPerplexity) > 1e-3 * pseudoPerplexity);
	}
	const scores = found.map(({ pseudoPerplexity }) => pseudoPerplexity);
	assert.deepEqual(
		scores,
		scores.toSorted((a, b) => a - b),
	);
	assert.deepEqual(await infillText(model, asked), found);
	assert.notDeepEqual(await infillText(model, { ...asked, seed: 6 }), found);
});

test("what does not fit is refused with a sentence: more tokens than the model holds, and a text that must be whole", async () => {
	const sampling = greedy;
	const long = { before: "size = width\n".repeat(60), after: "", candidates: 1, sampling, seed: 1 };
	await assert.rejects(infillText(model, { ...long, tokens: 127 }), (error) => isError(error, "tooLong"));
	await assert.rejects(infillText(model, { ...long, tokens: 5, whole: true }), /nothing is cut off/);
	assert.equal((await infillText(model, { ...long, tokens: 5 })).length, 1);
});

test("bootstrapping keeps the likelier half of what the model made up, in order, and what was given", async () => {
	const template = parseTemplate("{input} -> {output}\n");
	// It repeats the input; the longer the prompt, the surer it is.
	const model = scripted(
		(before) => {
			let said = 0;
			if (before.length === 0) return sep; // an unused place of the run
			while (!modelText(before.slice(0, before.length - said)).endsWith("->")) said++;
			const input = /([^\n]*) ->$/.exec(modelText(before.slice(0, before.length - said)))![1]!;
			return encode(` ${input}\n`)[said] ?? sep;
		},
		(at) => Math.min(0.99, 0.5 + at / 1000),
	);
	const inputs = ["a", "size", "width height", "depth base size"];
	const examples = [{ input: "b", output: "c" }, ...inputs.map((input) => ({ input }))];
	const options = { template, masks: 1, tokens: 20, seed: 1, sampling: greedy, candidates: 1 };
	const found = await bootstrap(model, examples, options);
	assert.deepEqual(
		found.map(({ input, output }) => [input, output]),
		[
			["b", "c"],
			["size", "size"], // as likely as "width height", and before it
			["depth base size", "depth base size"],
		],
	);
	assert.equal(found[0]!.pseudoPerplexity, null);
	const all = await bootstrap(model, examples, { ...options, keptShare: 1 });
	assert.equal(all.length, 5);
});

function modelText(ids: readonly number[]): string {
	return model.tokenizer.decode(ids.filter((id) => !model.tokenizer.specialIds.has(id)));
}

test("options that contradict each other are refused with a sentence", async () => {
	const check = async (change: object, sentence: RegExp): Promise<void> => {
		const asked = generateParams.parse({ before: "a", ...change });
		await assert.rejects(
			generate({ name: "m", model }, asked),
			(error) => isError(error, "usage") && sentence.test(error.message),
		);
	};
	await check({ mode: "infill", stop: "x" }, /Infilling knows neither/);
	await check({ candidates: 2, milliseconds: 5 }, /one candidate/);
	await check({ examples: [{ input: "a", output: "b\nc" }] }, /output of example 1 contains "\\n"/);
	await check({ examples: [{ input: "a", output: "b" }], template: "{output}{input}" }, /template/);
});

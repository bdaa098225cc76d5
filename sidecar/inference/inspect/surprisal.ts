/** How unlikely a model finds each token of a text when it alone is masked. */
import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../../base/errors.ts";
import type { Span } from "../../protocol/masks.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { type Judgement, judge, leastProbability } from "./judgement.ts";
import { judgementsOf, windowKey } from "./surprisalCache.ts";
import { between, lineAt, lineStarts, type TextTokens, tokenRange } from "./textTokens.ts";

/** Tokens of one run of the model: some tenths of a second on two cores, after which another request comes in. */
const tokensPerRun = 2048;

/** Rows are padded to a multiple of this, so that a model needs few sessions. */
const lengthStep = 32;

/** The likeliest tokens kept for each place. */
const top = 5;

export interface JudgeOptions {
	/** Checked between runs of the model; throws `interrupted`. */
	readonly signal?: AbortSignal;
	/** Asked after each run; the rest is left when it says so. */
	readonly enough?: () => boolean;
}

/**
 * Judges the tokens at `indices` in turn, each masked alone in a window that reaches as far to both sides as the
 * model and the text allow. Returns how many were judged. What is known of the same window is not computed again.
 */
export async function judgeTokens(
	model: LoadedModel,
	tokens: TextTokens,
	{ indices, into, signal, enough }: JudgeOptions & { indices: readonly number[]; into: Map<number, Judgement> },
): Promise<number> {
	const known = judgementsOf(model);
	const { cls, sep } = model.tokenizer.special;
	const stream = between(cls, tokens.ids, sep);
	const length = Math.min(model.sequenceLength, Math.ceil(stream.length / lengthStep) * lengthStep);
	const rows = Math.max(1, Math.floor(tokensPerRun / length));
	let done = 0;
	let batch: HiddenToken[] = [];
	const flush = async (): Promise<void> => {
		if (batch.length === 0) return;
		const judged = await judgeRun(model, stream, { batch, rows, length });
		judged.forEach((judgement, slot) => {
			const { index, key } = batch[slot]!;
			known.set(key, judgement);
			into.set(index, judgement);
		});
		batch = [];
		await setImmediate(); // lets a message in that cancels
	};
	for (const index of indices) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
		const hidden = hide(stream, index, length);
		const judgement = known.get(hidden.key);
		done++;
		if (judgement !== undefined) {
			into.set(index, judgement);
			continue;
		}
		batch.push(hidden);
		if (batch.length < rows) continue;
		await flush();
		if (enough?.() === true) return done;
	}
	await flush();
	return done;
}

/** The indices of all tokens, those that touch a range first, each once. */
export function judgingOrder(tokens: TextTokens, ranges: readonly Span[], within: Span | undefined): number[] {
	const whole = tokenRange(tokens, within);
	const taken = new Uint8Array(tokens.ids.length);
	const order: number[] = [];
	for (const part of [...ranges.map((range) => tokenRange(tokens, range)), whole]) {
		for (let at = Math.max(part.first, whole.first); at < Math.min(part.end, whole.end); at++) {
			if (taken[at] === 0) order.push(at);
			taken[at] = 1;
		}
	}
	return order;
}

/** -log2 p: bits, at most 126, beyond which float32 has no exact numbers. */
export function bitsOf({ probability }: Judgement): number {
	return Math.max(0, -Math.log2(Math.max(probability, leastProbability)));
}

/** 2^(mean bits): exp of the mean negative log-likelihood (Salazar et al. 2020, eq. 2); null without tokens. */
export function pseudoPerplexityOf(judgements: ReadonlyMap<number, Judgement>): number | null {
	if (judgements.size === 0) return null;
	let sum = 0;
	for (const judgement of judgements.values()) sum += bitsOf(judgement);
	return 2 ** (sum / judgements.size);
}

/** The mean surprisal of each line that a token begins in, largest first. */
export function lineSurprisals(
	tokens: TextTokens,
	judgements: ReadonlyMap<number, Judgement>,
): { line: number; surprisal: number }[] {
	const starts = lineStarts(tokens.text);
	const sums = new Map<number, { bits: number; tokens: number }>();
	for (const [index, judgement] of judgements) {
		const line = lineAt(starts, tokens.starts[index]!);
		const sum = sums.get(line) ?? { bits: 0, tokens: 0 };
		sum.bits += bitsOf(judgement);
		sum.tokens++;
		sums.set(line, sum);
	}
	return [...sums]
		.map(([line, { bits, tokens: size }]) => ({ line, surprisal: bits / size }))
		.sort((a, b) => b.surprisal - a.surprisal || a.line - b.line);
}

/** A token and the window in which it is masked. */
interface HiddenToken {
	/** Among the tokens of the text. */
	readonly index: number;
	/** Of the window, in the stream [CLS] text [SEP]. */
	readonly start: number;
	readonly end: number;
	/** Of the token, within the window. */
	readonly place: number;
	readonly key: string;
}

function hide(stream: Int32Array, index: number, length: number): HiddenToken {
	const at = index + 1;
	const size = Math.min(length, stream.length);
	const start = Math.max(0, Math.min(at - Math.floor(size / 2), stream.length - size));
	const end = start + size;
	return { index, start, end, place: at - start, key: windowKey(stream.subarray(start, end), at - start) };
}

async function judgeRun(
	model: LoadedModel,
	stream: Int32Array,
	{ batch, rows, length }: { batch: readonly HiddenToken[]; rows: number; length: number },
): Promise<Judgement[]> {
	const { mask, pad } = model.tokenizer.special;
	const scorer = await model.scorer({ rows, sequenceLength: length, maskedRows: rows }, "float32");
	const inputIds = new Int32Array(rows * length).fill(pad);
	const segments = new Int32Array(rows * length).fill(-1);
	const positions = new Int32Array(rows * length);
	const maskedPositions = new Int32Array(rows);
	batch.forEach(({ start, end, place }, slot) => {
		const from = slot * length;
		inputIds.set(stream.subarray(start, end), from);
		inputIds[from + place] = mask;
		segments.fill(0, from, from + end - start);
		for (let at = 0; at < end - start; at++) positions[from + at] = at;
		maskedPositions[slot] = from + place;
	});
	const probabilities = await scorer.score({ inputIds, segments, positions, maskedPositions });
	const size = model.config.vocabularySize;
	return batch.map(({ index }, slot) =>
		judge(model, probabilities.subarray(slot * size, (slot + 1) * size), { truth: stream[index + 1]!, top }),
	);
}

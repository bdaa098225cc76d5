import { collate, maskedCapacity } from "../data/collate.ts";
import { evaluationMasking, evaluationSeed } from "../data/masking/config.ts";
import { type PackedRows, rowOrder } from "../data/packing.ts";
import { isWordPiece } from "../data/pieces.ts";
import type { ScorerShape } from "../inference/scorer.ts";
import { type EvaluationOptions, share } from "./evaluationOptions.ts";
import { identifierAccuracy } from "./identifierAccuracy.ts";
import { pseudoPerplexity } from "./pseudoPerplexity.ts";

/** Scores of a model on held-out rows, without the baselines. Shares are in [0, 1]; null where there was nothing to score. */
export interface ModelScores {
	loss: number;
	top1: number;
	top5: number;
	wordTop1: number | null;
	wordTop5: number | null;
	identifierTop1: number | null;
	identifierTop5: number | null;
	pseudoPerplexity: number;
	/** Masked tokens scored. */
	tokens: number;
}

/** Rows that a scorer takes at a time while evaluating. */
const evaluationRows = 16;

/** The shape of a scorer for evaluation on rows of `sequenceLength` tokens. */
export function evaluationShape(sequenceLength: number): ScorerShape {
	return {
		rows: evaluationRows,
		sequenceLength,
		maskedRows: Math.max(evaluationRows * 6, maskedCapacity(evaluationRows, sequenceLength, evaluationMasking)),
	};
}

/**
 * The measure of `heldOut` that is the same for every recipe: 15% of the tokens of each row, chosen by a fixed
 * seed, all replaced by the mask token; whole identifiers one at a time; single tokens for pseudo-perplexity
 * (Salazar et al. 2020).
 */
export async function evaluate(options: EvaluationOptions): Promise<ModelScores> {
	const masked = await maskedAccuracy(options);
	const identifiers = await identifierAccuracy(options);
	return { ...masked, ...identifiers, pseudoPerplexity: await pseudoPerplexity(options) };
}

/**
 * At most `maximumRows` of the held-out rows, drawn by the fixed evaluation seed: the same for every model, and the
 * rows that the baselines are scored on.
 */
export function evaluationSample(rows: PackedRows, maximumRows: number): PackedRows {
	const order = rowOrder(rows.count, evaluationSeed, 0).subarray(0, maximumRows);
	const { sequenceLength } = rows;
	const tokens = new Int32Array(order.length * sequenceLength);
	const segments = new Int32Array(order.length * sequenceLength);
	order.forEach((row, index) => {
		tokens.set(rows.tokens.subarray(row * sequenceLength, (row + 1) * sequenceLength), index * sequenceLength);
		segments.set(rows.segments.subarray(row * sequenceLength, (row + 1) * sequenceLength), index * sequenceLength);
	});
	const wasted = segments.reduce((count, segment) => count + (segment < 0 ? 1 : 0), 0);
	return { tokens, segments, count: order.length, sequenceLength, wasted, repeated: 0 };
}

async function maskedAccuracy(options: EvaluationOptions) {
	const { scorer, pieces } = options;
	const hits = { top1: 0, top5: 0, words: 0, wordTop1: 0, wordTop5: 0 };
	let loss = 0;
	let tokens = 0;
	for (const indices of chunks(options.rows.count, scorer.shape.rows)) {
		const batch = collate(options.rows, indices, {
			masking: evaluationMasking,
			pieces,
			maskId: options.maskId,
			padId: options.padId,
			seed: evaluationSeed,
			epoch: 0,
		});
		const maskedPositions = padTo(batch.maskedPositions, scorer.shape.maskedRows);
		const probabilities = await scorer.score({ ...batch, maskedPositions }, options.parameters);
		const width = probabilities.length / scorer.shape.maskedRows;
		for (let i = 0; i < batch.maskedCount; i++) {
			const label = batch.labels[i]!;
			const row = probabilities.subarray(i * width, (i + 1) * width);
			const rank = rankOf(row, label);
			loss -= Math.log(Math.max(row[label]!, 1e-30));
			tokens++;
			if (rank < 1) hits.top1++;
			if (rank < 5) hits.top5++;
			if (!isWordPiece(pieces, label)) continue;
			hits.words++;
			if (rank < 1) hits.wordTop1++;
			if (rank < 5) hits.wordTop5++;
		}
	}
	return {
		loss: loss / tokens,
		top1: hits.top1 / tokens,
		top5: hits.top5 / tokens,
		wordTop1: share(hits.wordTop1, hits.words),
		wordTop5: share(hits.wordTop5, hits.words),
		tokens,
	};
}

/** How many entries are larger than the one at `index`. */
function rankOf(row: Float32Array, index: number): number {
	const own = row[index]!;
	let rank = 0;
	for (const value of row) if (value > own) rank++;
	return rank;
}

/** Row indices 0 to `count` in groups of `size`; the last is filled up with -1, which makes rows of padding. */
export function* chunks(count: number, size: number): Generator<Int32Array> {
	for (let start = 0; start < count; start += size) {
		yield Int32Array.from({ length: size }, (_, slot) => (start + slot < count ? start + slot : -1));
	}
}

/** `values` followed by zeros. */
function padTo(values: Int32Array, length: number): Int32Array {
	const padded = new Int32Array(length);
	padded.set(values.subarray(0, length));
	return padded;
}

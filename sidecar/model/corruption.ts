/**
 * Corrupters: what stands at the positions that a masking strategy chose, and which tokens a detector is to find. They
 * are part of the graph, since a generator is; their randomness is an input.
 */
import {
	add,
	cast,
	equal,
	gather,
	greater,
	mul,
	not,
	reduceMax,
	reshape,
	scatterElementsAdd,
	sub,
	where,
} from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";

/** Positions of a batch of B rows of T tokens, M of them at most. */
export interface ChosenPositions {
	/** The tokens as they were, [B, T] int32. */
	readonly original: Value;
	/** Flat indices b*T+t, then zeros, [M] int32. */
	readonly positions: Value;
	/** Above 0 where a place of `positions` counts, [M]. */
	readonly weights: Value;
}

/** A batch in which some tokens are others. */
export interface Corrupted {
	/** [B, T] int32. */
	readonly inputIds: Value;
	/** 1 where the token is another than before, else 0: a proposal that hits the true token counts as 0. [B * T] */
	readonly replaced: Value;
}

/** What a corrupter draws from. */
export interface Proposals {
	/** Of a generator, [M, vocabulary]. */
	readonly logits: Value;
	/** Standard Gumbel noise, [M, vocabulary]. */
	readonly noise: Value;
}

/** Every corrupter by its name in a recipe: token ids [M] as float32, of which no gradient flows back. */
export const corrupters = {
	/** A draw from what the generator finds likely (Clark et al. 2020, section 2). */
	generator: ({ logits, noise }: Proposals): Value => largestIndex(add(logits, noise)),
	/** Any token alike: the released code's `uniform_generator`, which needs none. */
	uniform: ({ noise }: Pick<Proposals, "noise">): Value => largestIndex(noise),
} as const;

export type CorrupterName = keyof typeof corrupters;

/** Puts `tokens` [M] float32 at the chosen positions. */
export function corrupt({ original, positions, weights }: ChosenPositions, tokens: Value): Corrupted {
	const before = reshape(original, [original.shape[0]! * original.shape[1]!]);
	const numbers = cast(before, "float32");
	const counts = cast(greater(weights, 0), "float32");
	const change = mul(sub(tokens, gather(numbers, positions)), counts);
	// Ids are below 2^24, so that float32 adds them exactly.
	const after = cast(scatterElementsAdd(numbers, positions, change, 0), "int32");
	return { inputIds: reshape(after, original.shape), replaced: cast(not(equal(after, before)), "float32") };
}

/**
 * The index [rows] float32 of the largest of each row [rows, width], the last one where several are: Gumbel-max, a
 * draw from softmax(logits), where the row is logits and Gumbel noise. ArgMax would give int64, which is not portable.
 */
function largestIndex(scores: Value): Value {
	const width = scores.shape[1]!;
	const indices = scores.graph.constant(
		Float32Array.from({ length: width }, (_, index) => index),
		[1, width],
	);
	return reduceMax(where(greater(reduceMax(scores, [1], true), scores), 0, indices), [1]);
}

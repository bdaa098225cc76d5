/**
 * Attention programs and attention itself. A program yields an additive bias [batch, 1, query, key] that is 0 where a
 * token may look and `forbidden` where it may not; packing, padding, windows and any other structure are this one
 * mechanism.
 */
import { matMulTransposed } from "../autodiff/composites.ts";
import { add, equal, matMul, min, mul, reshape, softmax, transpose, where } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { EncoderConfig } from "./config.ts";
import type { Module } from "./module.ts";
import { pickQueries } from "./places.ts";
import { rotate } from "./rope.ts";

/** The biases of the two kinds of layers, each [batch, 1, query, key]. */
export interface AttentionBias {
	readonly global: Value;
	readonly local: Value;
}

/**
 * What is added to a score that must not count: exp(-30000) is exactly 0 beside any score a model makes, and the
 * number itself is within float16.
 */
export const forbidden = -30_000;

/**
 * What a token may see of its own document, beside packing, padding and windows: a bias that broadcasts to
 * [batch, 1, query, key], or nothing where it sees all. `rows` is the bias of packed rows, [batch, 1, query, key].
 */
type AttentionProgram = (rows: Value) => Value | undefined;

/** The table of attention programs that an objective names; what a row forbids is forbidden beside all else. */
export const attentionPrograms = {
	full: () => undefined,
	causal: causalBias,
} satisfies Record<string, AttentionProgram>;

export type AttentionProgramName = keyof typeof attentionPrograms;

/**
 * The bias of packed and padded rows for `config`: documents do not see each other, local layers see a window, and
 * within both a token sees what the program lets it see.
 */
export function attentionBias(
	config: EncoderConfig,
	segments: Value,
	program: AttentionProgramName = "full",
): AttentionBias {
	const rows = segmentBias(segments);
	const further = (attentionPrograms[program] as AttentionProgram)(rows);
	const global = further === undefined ? rows : min(rows, further);
	return { global, local: localWindow(global, config.localAttention) };
}

/** A token sees itself and what stands before it (Vaswani et al. 2017, section 3.2.3), [1, 1, query, key]. */
function causalBias(rows: Value): Value {
	return positionsBias(rows, (query, key) => key <= query);
}

/** The bias [1, 1, query, key] that lets a position see another where `sees` says so. */
function positionsBias(rows: Value, sees: (query: number, key: number) => boolean): Value {
	const length = rows.shape[3]!;
	const bias = new Float32Array(length * length);
	for (let query = 0; query < length; query++) {
		for (let key = 0; key < length; key++) {
			if (!sees(query, key)) bias[query * length + key] = forbidden;
		}
	}
	return rows.graph.constant(bias, [1, 1, length, length]);
}

/**
 * Tokens see their own document only: `segments` [batch, length] int32 is the document's number within the row.
 * Padding, -1, sees padding only, so that no row of the softmax is empty.
 */
export function segmentBias(segments: Value): Value {
	const [batch, length] = segments.shape as [number, number];
	const query = reshape(segments, [batch, 1, length, 1]);
	const key = reshape(segments, [batch, 1, 1, length]);
	return where(equal(query, key), 0, forbidden);
}

/**
 * Narrows a bias to tokens at most half a `window` apart, as ModernBERT's sliding layers (`local_attention` is the
 * whole window). Returns the bias itself when every pair is that near.
 */
function localWindow(bias: Value, window: number): Value {
	const length = bias.shape[3]!;
	const reach = Math.floor(window / 2);
	if (reach >= length - 1) return bias;
	return min(
		bias,
		positionsBias(bias, (query, key) => Math.abs(query - key) <= reach),
	);
}

/** The rows of a batch and how its positions are turned. */
export interface AttentionContext {
	readonly batch: number;
	readonly length: number;
	readonly bias: Value;
	/** The base of the rotary wavelengths; absent where positions are in the embedding. */
	readonly ropeTheta: number | undefined;
	/** The positions that are turned by, [batch, length] int32, where they are not those within the row. */
	readonly places?: Value;
	/** The places of the queries, [batch, count] int32, where some tokens ask alone. */
	readonly asking?: Value | undefined;
}

/** Query, key and value, each [batch, heads, length, head]; queries may be fewer. */
export interface Heads {
	readonly query: Value;
	readonly key: Value;
	readonly value: Value;
}

/** Further terms of the scores, such as those of relative positions. */
export interface FurtherScores {
	/** How many terms there are: the variance of their sum is divided out with that of the first. */
	readonly terms: number;
	/** Their sum [batch, heads, query, key] for queries that are multiplied by `scale`. */
	readonly sum: (scale: number) => Value;
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017, eq. 1) with an additive bias. Observes the probabilities
 * [batch, heads, query, key] as `probabilities` and returns the mixed values [batch * query, hidden].
 */
export function attend(module: Module, heads: Heads, context: AttentionContext, further?: FurtherScores): Value {
	const [batch, count, length, width] = heads.query.shape as [number, number, number, number];
	const scale = (width * (1 + (further?.terms ?? 0))) ** -0.5;
	const { ropeTheta: theta, places, asking } = context;
	const bias = asking === undefined ? context.bias : pickQueries(context.bias, asking);
	// A rotation is linear: the query's takes the scale along.
	const query =
		theta === undefined
			? mul(heads.query, scale)
			: rotate(heads.query, theta, { scale, places: asking ?? places, length: context.length });
	const key = theta === undefined ? heads.key : rotate(heads.key, theta, { scale: 1, places, length: context.length });
	const content = matMulTransposed(query, key); // [batch, heads, query, key]
	const scores = further === undefined ? content : add(content, further.sum(scale));
	const probabilities = softmax(add(scores, bias), -1);
	module.observe("probabilities", probabilities);
	const mixed = transpose(matMul(probabilities, heads.value), [0, 2, 1, 3]); // [batch, length, heads, head]
	return reshape(mixed, [batch * length, count * width]);
}

/** Splits rows [batch * length, hidden] into heads [batch, heads, length, head]. */
export function splitHeads(rows: Value, config: EncoderConfig, context: AttentionContext): Value {
	const width = config.hiddenSize / config.heads;
	return transpose(reshape(rows, [context.batch, -1, config.heads, width]), [0, 2, 1, 3]);
}

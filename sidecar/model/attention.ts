/**
 * Attention programs and attention itself. A program yields an additive bias [batch, 1, query, key] that is 0 where a
 * token may look and `forbidden` where it may not; packing, padding, windows and any other structure are this one
 * mechanism.
 */
import { add, equal, matMul, min, mul, reshape, softmax, transpose, where } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { EncoderConfig } from "./config.ts";
import type { Module } from "./module.ts";
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
const forbidden = -30_000;

/** The bias of packed and padded rows for `config`: documents do not see each other, local layers see a window. */
export function attentionBias(config: EncoderConfig, segments: Value): AttentionBias {
	const global = segmentBias(segments);
	return { global, local: localWindow(global, config.localAttention) };
}

/**
 * Tokens see their own document only: `segments` [batch, length] int32 is the document's number within the row.
 * Padding, -1, sees padding only, so that no row of the softmax is empty.
 */
function segmentBias(segments: Value): Value {
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
	const band = new Float32Array(length * length);
	for (let query = 0; query < length; query++) {
		for (let key = 0; key < length; key++) {
			if (Math.abs(query - key) > reach) band[query * length + key] = forbidden;
		}
	}
	return min(bias, bias.graph.constant(band, [1, 1, length, length]));
}

/** The rows of a batch and how its positions are turned. */
export interface AttentionContext {
	readonly batch: number;
	readonly length: number;
	readonly bias: Value;
	/** The base of the rotary wavelengths; absent where positions are in the embedding. */
	readonly ropeTheta: number | undefined;
}

/** Query, key and value, each [batch, heads, length, head]. */
export interface Heads {
	readonly query: Value;
	readonly key: Value;
	readonly value: Value;
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017, eq. 1) with an additive bias. Observes the probabilities
 * [batch, heads, query, key] as `probabilities` and returns the mixed values [batch * length, hidden].
 */
export function attend(module: Module, heads: Heads, context: AttentionContext): Value {
	const [batch, count, length, width] = heads.query.shape as [number, number, number, number];
	const scale = width ** -0.5;
	const { bias, ropeTheta: theta } = context;
	// A rotation is linear: the query's takes the scale along.
	const query = theta === undefined ? mul(heads.query, scale) : rotate(heads.query, theta, scale);
	const key = theta === undefined ? heads.key : rotate(heads.key, theta, 1);
	const scores = matMul(query, transpose(key, [0, 1, 3, 2])); // [batch, heads, query, key]
	const probabilities = softmax(add(scores, bias), -1);
	module.observe("probabilities", probabilities);
	const mixed = transpose(matMul(probabilities, heads.value), [0, 2, 1, 3]); // [batch, length, heads, head]
	return reshape(mixed, [batch * length, count * width]);
}

/** Splits rows [batch * length, hidden] into heads [batch, heads, length, head]. */
export function splitHeads(rows: Value, config: EncoderConfig, context: AttentionContext): Value {
	const width = config.hiddenSize / config.heads;
	return transpose(reshape(rows, [context.batch, context.length, config.heads, width]), [0, 2, 1, 3]);
}

/**
 * The disentangled attention of DeBERTa (He et al. 2021, section 3.1), with the logarithmic buckets of distances of its
 * second version: queries meet embeddings of distances (content to position), and these meet keys (position to content).
 */
import { add, gather, matMul, mul, pad, reshape, slice, transpose } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { FurtherScores, Heads } from "./attention.ts";
import type { DebertaConfig } from "./config.ts";
import type { EncoderInputs } from "./inputs.ts";
import { layerNorm, linear } from "./layers.ts";
import type { Module } from "./module.ts";
import { layerNames, relativeProjections } from "./names.ts";
import { relativeSpan } from "./parameters.ts";

type Term = "c2p" | "p2c";

/** The embeddings of the distances that occur in rows of `length` tokens. */
export interface DistanceRows {
	readonly config: DebertaConfig;
	readonly length: number;
	/**
	 * [2 * length - 1, hidden]: of query - key for the term, for content to position from length - 1 down to
	 * -(length - 1), for position to content from there up.
	 */
	readonly rows: (term: Term) => Value;
}

/** Normalises the embeddings of distances, the same for all layers. */
export function distanceRows(module: Module, inputs: EncoderInputs, config: DebertaConfig): DistanceRows {
	const length = inputs.positions.shape[1]!;
	const normal = module.within("encoder", (encoder) => {
		const table = encoder.parameter("rel_embeddings.weight"); // [2 * span, hidden]
		return config.relativeNorm ? layerNorm(encoder, "LayerNorm", table, config) : table;
	});
	const rising = Int32Array.from({ length: 2 * length - 1 }, (_, at) => distanceId(at - (length - 1), config));
	const ids = { c2p: rising.toReversed(), p2c: rising };
	const gathered = new Map<Term, Value>();
	for (const term of config.relativeAttention) {
		gathered.set(term, gather(normal, normal.graph.constant(ids[term], [rising.length])));
	}
	return { config, length, rows: (term) => gathered.get(term)! };
}

/**
 * The row of the embedding for query - key. Small distances have one each; larger ones share by their logarithm, as
 * `make_log_bucket_position` of the reference has it, which computes in float32 and rounds up.
 */
function distanceId(distance: number, config: DebertaConfig): number {
	const { positionBuckets: buckets, maxRelativePositions } = config;
	const span = relativeSpan(config);
	const middle = Math.floor(buckets / 2);
	const size = Math.abs(distance);
	let bucket = size;
	if (buckets > 0 && size > middle) {
		const log = (x: number): number => Math.fround(Math.log(Math.fround(x)));
		const share = Math.fround(log(size / middle) / log((maxRelativePositions - 1) / middle));
		bucket = Math.ceil(Math.fround(share * (middle - 1))) + middle;
	}
	return Math.max(0, Math.min(2 * span - 1, Math.sign(distance) * bucket + span));
}

/** The two terms for the heads of a layer, whose projections of the distances are in `module`. */
export function disentangledScores(module: Module, heads: Heads, distances: DistanceRows): FurtherScores {
	const { config, length, rows } = distances;
	const [, count, , width] = heads.query.shape as [number, number, number, number];
	const own = layerNames["deberta-v2"];
	const shared = { c2p: own.key, p2c: own.query } as const;
	const names = config.sharedRelativeKeys ? shared : relativeProjections;
	/** The projected distances as columns, [1, heads, head, 2 * length - 1]. */
	const columns = (term: Term): Value => {
		const projected = linear(module, names[term], rows(term));
		return transpose(reshape(projected, [1, 2 * length - 1, count, width]), [0, 2, 3, 1]);
	};
	const terms: Readonly<Record<Term, (scale: number) => Value>> = {
		c2p: (scale) => onePerPair(matMul(mul(heads.query, scale), columns("c2p"))),
		p2c: (scale) => transpose(onePerPair(matMul(heads.key, mul(columns("p2c"), scale))), [0, 1, 3, 2]),
	};
	const used = config.relativeAttention;
	return { terms: used.length, sum: (scale) => used.map((term) => terms[term](scale)).reduce((a, b) => add(a, b)) };
}

/**
 * From scores by distance [batch, heads, length, 2 * length - 1] those of pairs, [batch, heads, length, length]: entry
 * (i, j) is column length - 1 - i + j of row i. One column of padding and another width make this a slice: (2 length) i
 * + (length - 1 - i + j) is (2 length - 1) i + (length - 1 + j) (the shift of Transformer-XL, Dai et al. 2019, appendix B).
 */
function onePerPair(scores: Value): Value {
	const [batch, heads, length] = scores.shape as [number, number, number, number];
	const flat = reshape(pad(scores, 3, 0, 1), [batch, heads, 2 * length * length]);
	const shifted = slice(flat, 2, length - 1, length - 1 + (2 * length - 1) * length);
	return slice(reshape(shifted, [batch, heads, length, 2 * length - 1]), 3, 0, length);
}

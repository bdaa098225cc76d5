/**
 * The terms of DeBERTa's attention beside content to content, pair by pair: a query meets the embedding of the distance
 * from query to key, a key meets that of the distance from key to query (He et al. 2021, eq. 4; the buckets of the
 * second version by its published code).
 */
import type { DebertaConfig } from "../../sidecar/model/config.ts";
import type { Reader } from "./referenceReader.ts";

/** `score(start, i, j)` of query i and key j over the units of the head that begins at `start`, not yet scaled. */
export interface DistanceScores {
	readonly terms: number;
	readonly score: (start: number, i: number, j: number) => number;
}

export function distanceScores(
	model: Reader,
	config: DebertaConfig,
	given: { query: Float64Array; key: Float64Array; module: string },
): DistanceScores {
	const { hiddenSize, heads, relativeAttention: terms } = config;
	const width = hiddenSize / heads;
	const table = model.get("deberta.encoder.rel_embeddings.weight");
	const rows = config.relativeNorm ? model.norm(table, "deberta.encoder.LayerNorm") : table;
	const [keyName, queryName] = config.sharedRelativeKeys
		? ["key_proj", "query_proj"]
		: ["pos_key_proj", "pos_query_proj"];
	const project = (name: string, term: "c2p" | "p2c"): Float64Array =>
		terms.includes(term) ? model.dense(rows, `${given.module}.${name}`) : rows;
	const [keys, queries] = [project(keyName!, "c2p"), project(queryName!, "p2c")];
	const span = config.positionBuckets > 0 ? config.positionBuckets : config.maxRelativePositions;
	const rowOf = (distance: number): number => Math.min(Math.max(distance + span, 0), 2 * span - 1) * hiddenSize;
	const dot = (a: Float64Array, aAt: number, b: Float64Array, bAt: number): number => {
		let sum = 0;
		for (let unit = 0; unit < width; unit++) sum += a[aAt + unit]! * b[bAt + unit]!;
		return sum;
	};
	return {
		terms: terms.length,
		score: (start, i, j) => {
			const forth = rowOf(bucket(i - j, config)) + start;
			const back = rowOf(-bucket(j - i, config)) + start;
			const c2p = terms.includes("c2p") ? dot(given.query, i * hiddenSize + start, keys, forth) : 0;
			const p2c = terms.includes("p2c") ? dot(given.key, j * hiddenSize + start, queries, back) : 0;
			return c2p + p2c;
		},
	};
}

/** Up to half of the buckets a distance is its own; beyond, the buckets grow with its logarithm. */
function bucket(distance: number, { positionBuckets, maxRelativePositions }: DebertaConfig): number {
	const middle = Math.floor(positionBuckets / 2);
	if (positionBuckets === 0 || Math.abs(distance) <= middle) return distance;
	const share = Math.log(Math.abs(distance) / middle) / Math.log((maxRelativePositions - 1) / middle);
	return Math.sign(distance) * (Math.ceil(share * (middle - 1)) + middle);
}

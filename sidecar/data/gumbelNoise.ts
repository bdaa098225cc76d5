import { createRandom } from "../base/random.ts";

/** Noise for draws in a graph: rows of independent draws from the standard Gumbel distribution. */
export interface GumbelNoise {
	/**
	 * One row for each of `places`, then zeros: [capacity, width]. A pure function of the seed, the step and the place,
	 * such as a position in the batch, so that a batch that is divided has the noise of the whole one.
	 */
	rows(step: number, places: ArrayLike<number>, capacity: number): Float32Array;
}

/** The streams that keep the noise apart from masks and orders. */
const poolStream = 0x67756d62;
const placeStream = 0x706c6163;

/** Beginnings of rows to draw from. A row is one of a million windows of the pool. */
const windows = 1 << 20;

/**
 * Draws one pool for a run and gives each row a window of it, at an offset of its own: a step of 160 rows over 8192
 * tokens would spend longer on 1.3 million draws than on itself.
 */
export function gumbelNoise(seed: number, width: number): GumbelNoise {
	let pool: Float32Array | undefined;
	return {
		rows(step, places, capacity) {
			pool ??= draw(seed, windows + width - 1);
			const noise = new Float32Array(capacity * width);
			for (let row = 0; row < places.length; row++) {
				const offset = createRandom(seed, placeStream, step, places[row]!).below(windows);
				noise.set(pool.subarray(offset, offset + width), row * width);
			}
			return noise;
		},
	};
}

/** -ln(-ln u) for u uniform in (0, 1). */
function draw(seed: number, count: number): Float32Array {
	const random = createRandom(seed, poolStream);
	return Float32Array.from({ length: count }, () => -Math.log(-Math.log((random.uint32() + 0.5) / 2 ** 32)));
}

import type { Random } from "../../base/random.ts";

/** How a token is drawn from a distribution. */
export interface Sampling {
	/** Only the so many likeliest tokens can be drawn; 1 takes the likeliest always. */
	readonly topK: number;
	/** Above 1 flattens the distribution and below 1 sharpens it; 0 takes the likeliest always. */
	readonly temperature: number;
}

/** The likeliest token always. */
export const greedy: Sampling = { topK: 1, temperature: 0 };

/**
 * Draws one id of `probabilities` [V] among the `topK` likeliest that are `allowed` [V], each by its share of
 * p^(1/temperature). Ties go to the smaller id. One uniform number is taken, whatever comes of it.
 */
export function drawToken(
	probabilities: Float32Array,
	{ topK, temperature, allowed, random }: Sampling & { readonly allowed: Uint8Array; readonly random: Random },
): number {
	const draw = random.uniform();
	const ids = likeliest(probabilities, allowed, temperature === 0 ? 1 : topK);
	if (ids.length < 2) return ids[0] ?? 0;
	const best = Math.log(Math.max(probabilities[ids[0]!]!, smallest));
	const weights = ids.map((id) => Math.exp((Math.log(Math.max(probabilities[id]!, smallest)) - best) / temperature));
	let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
	for (const [at, id] of ids.entries()) {
		left -= weights[at]!;
		if (left < 0) return id;
	}
	return ids.at(-1)!;
}

/** What float32 softmax rounds to 0 is taken for this. */
const smallest = 1e-30;

/** The `count` likeliest allowed ids, likeliest first. */
function likeliest(probabilities: Float32Array, allowed: Uint8Array, count: number): number[] {
	const ids: number[] = [];
	for (let id = 0; id < allowed.length; id++) {
		if (allowed[id] === 0) continue;
		if (ids.length === count && probabilities[id]! <= probabilities[ids.at(-1)!]!) continue;
		let at = ids.length;
		while (at > 0 && probabilities[ids[at - 1]!]! < probabilities[id]!) at--;
		ids.splice(at, 0, id);
		if (ids.length > count) ids.pop();
	}
	return ids;
}

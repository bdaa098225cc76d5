import { subTokens } from "../../sidecar/search/subTokens.ts";

/**
 * Vectors [texts, dimension] of length 1 in which each sub-token adds one unit up or down, chosen by its hash: texts
 * that share words are near each other, without a model.
 */
export function hashedVectors(texts: readonly string[], dimension: number): Float32Array {
	const vectors = new Float32Array(texts.length * dimension);
	for (const [row, text] of texts.entries()) {
		const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
		for (const token of subTokens(text)) {
			const hash = hashOf(token);
			vector[hash % dimension]! += hash & 0x40000000 ? 1 : -1;
		}
		const length = Math.hypot(...vector);
		if (length > 0) for (let unit = 0; unit < dimension; unit++) vector[unit]! /= length;
		else vector[0] = 1;
	}
	return vectors;
}

/** FNV-1a. */
function hashOf(text: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
	return hash;
}

/** How often each of two sides of pairs finds the other. */
export interface BitextScores {
	readonly forward: number;
	readonly backward: number;
	readonly pairs: number;
}

/**
 * Bitext retrieval (accuracy at 1, both ways): the share of the rows of one side whose own row of the other side is
 * nearer than all others. Both are [pairs, width], rows of length 1, so that a product is the cosine; a tie is no hit.
 */
export function bitextScores(first: Float32Array, second: Float32Array, width: number): BitextScores {
	const pairs = first.length / width;
	const hits = (queries: Float32Array, others: Float32Array): number => {
		let count = 0;
		for (let query = 0; query < pairs; query++) {
			const own = product(queries, query, others, query, width);
			let isNearest = true;
			for (let other = 0; other < pairs && isNearest; other++) {
				isNearest = other === query || product(queries, query, others, other, width) < own;
			}
			if (isNearest) count++;
		}
		return count / pairs;
	};
	return { forward: hits(first, second), backward: hits(second, first), pairs };
}

function product(one: Float32Array, row: number, other: Float32Array, otherRow: number, width: number): number {
	let sum = 0;
	for (let unit = 0; unit < width; unit++) sum += one[row * width + unit]! * other[otherRow * width + unit]!;
	return sum;
}

/** Float64 mathematics on plain arrays, written from definitions: what the engine's float32 results are held against. */

export interface Affine {
	/** [outer, inner]. */
	readonly weight: Float64Array;
	/** [outer]. */
	readonly bias?: Float64Array | undefined;
	readonly inner: number;
}

/** x [rows, inner] W^T + b: [rows, outer]. */
export function affine(x: Float64Array, { weight, bias, inner }: Affine): Float64Array {
	const rows = x.length / inner;
	const outer = weight.length / inner;
	const y = new Float64Array(rows * outer);
	for (let row = 0; row < rows; row++) {
		for (let unit = 0; unit < outer; unit++) {
			let sum = bias?.[unit] ?? 0;
			for (let k = 0; k < inner; k++) sum += x[row * inner + k]! * weight[unit * inner + k]!;
			y[row * outer + unit] = sum;
		}
	}
	return y;
}

/** (x - mean) / sqrt(variance + epsilon) * scale + bias over rows of the scale's width. */
export function normalize(
	x: Float64Array,
	options: { scale: Float64Array; bias?: Float64Array | undefined; epsilon: number },
): Float64Array {
	const width = options.scale.length;
	const y = new Float64Array(x.length);
	for (let start = 0; start < x.length; start += width) {
		const row = x.subarray(start, start + width);
		const mean = row.reduce((sum, value) => sum + value, 0) / width;
		const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
		for (let k = 0; k < width; k++) {
			const unit = (row[k]! - mean) / Math.sqrt(variance + options.epsilon);
			y[start + k] = unit * options.scale[k]! + (options.bias?.[k] ?? 0);
		}
	}
	return y;
}

/** x Phi(x). */
export function geluExact(x: number): number {
	return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

/** The error function to double precision: its Maclaurin series below 3, the continued fraction of erfc above. */
export function erf(x: number): number {
	const size = Math.abs(x);
	if (size < 3) {
		let term = size;
		let sum = size;
		for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
			term *= -(size * size) / n;
			sum += term / (2 * n + 1);
			if (n > 200) break;
		}
		return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
	}
	let fraction = 0;
	for (let k = 60; k >= 1; k--) fraction = k / 2 / (size + fraction);
	const complement = Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction));
	return Math.sign(x) * (1 - complement);
}

/** log sum exp of a row. */
export function logSumExp(row: Float64Array): number {
	const top = row.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
	return top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** AdamW and Muon in float64 on plain arrays, written from the papers. */

export interface AdamWState {
	readonly m: Float64Array;
	readonly v: Float64Array;
}

export interface AdamWSettings {
	readonly learningRate: number;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	/** From 1, as in the paper. */
	readonly t: number;
}

/** One step of algorithm 2 of Loshchilov and Hutter 2019, in place. */
export function adamWStep(theta: Float64Array, gradient: Float64Array, options: AdamWSettings & AdamWState): void {
	const { learningRate, beta1, beta2, epsilon, weightDecay, t, m, v } = options;
	for (let i = 0; i < theta.length; i++) {
		m[i] = beta1 * m[i]! + (1 - beta1) * gradient[i]!;
		v[i] = beta2 * v[i]! + (1 - beta2) * gradient[i]! ** 2;
		const mHat = m[i]! / (1 - beta1 ** t);
		const vHat = v[i]! / (1 - beta2 ** t);
		theta[i] = theta[i]! - learningRate * (mHat / (Math.sqrt(vHat) + epsilon) + weightDecay * theta[i]!);
	}
}

export interface MuonSettings {
	readonly rows: number;
	readonly columns: number;
	readonly learningRate: number;
	readonly momentum: number;
	readonly weightDecay: number;
	readonly buffer: Float64Array;
}

/** One step of Muon on one matrix (Jordan 2024; the scale of Liu et al. 2025, eq. 4), in place. */
export function muonStep(theta: Float64Array, gradient: Float64Array, options: MuonSettings): void {
	const { rows, columns, learningRate, momentum, weightDecay, buffer } = options;
	const nesterov = new Float64Array(theta.length);
	for (let i = 0; i < theta.length; i++) {
		buffer[i] = momentum * buffer[i]! + gradient[i]!;
		nesterov[i] = gradient[i]! + momentum * buffer[i]!;
	}
	const direction = newtonSchulz(nesterov, rows, columns);
	const scale = 0.2 * Math.sqrt(Math.max(rows, columns));
	for (let i = 0; i < theta.length; i++) {
		theta[i] = theta[i]! - learningRate * (scale * direction[i]! + weightDecay * theta[i]!);
	}
}

/** Five quintic steps X <- a X + b (X X^T) X + c (X X^T)^2 X on X / |X|. */
export function newtonSchulz(matrix: Float64Array, rows: number, columns: number): Float64Array {
	const norm = Math.sqrt(matrix.reduce((sum, value) => sum + value * value, 0)) + 1e-7;
	let x = matrix.map((value) => value / norm);
	for (let step = 0; step < 5; step++) {
		const gram = product(x, transposed(x, rows, columns), columns);
		const cubic = product(gram, x, rows);
		const quintic = product(gram, cubic, rows);
		x = x.map((value, i) => 3.4445 * value - 4.775 * cubic[i]! + 2.0315 * quintic[i]!);
	}
	return x;
}

/** A [n, inner] times B [inner, m]. */
export function product(a: Float64Array, b: Float64Array, inner: number): Float64Array {
	const n = a.length / inner;
	const m = b.length / inner;
	const c = new Float64Array(n * m);
	for (let i = 0; i < n; i++) {
		for (let k = 0; k < inner; k++) {
			for (let j = 0; j < m; j++) c[i * m + j]! += a[i * inner + k]! * b[k * m + j]!;
		}
	}
	return c;
}

export function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
	return Float64Array.from(x, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);
}

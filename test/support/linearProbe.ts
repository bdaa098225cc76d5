/** What a linear classifier can read from frozen vectors. */

export interface Labelled {
	readonly vectors: readonly Float32Array[];
	readonly labels: readonly number[];
}

/**
 * Accuracy on `test` of multinomial logistic regression that was fitted on `train` by 200 steps of gradient descent with
 * momentum, on vectors whose units have mean 0 and deviation 1 over `train`.
 */
export function probeAccuracy(train: Labelled, test: Labelled, classes: number): number {
	const width = train.vectors[0]!.length;
	const scale = scaleOf(train.vectors, width);
	const inputs = train.vectors.map(scale);
	const size = (width + 1) * classes;
	const weights = new Float64Array(size);
	const speed = new Float64Array(size);
	for (let step = 0; step < 200; step++) {
		const gradient = new Float64Array(size);
		for (const [row, x] of inputs.entries()) {
			const p = softmax(scores(weights, x, classes));
			p[train.labels[row]!]! -= 1;
			for (let k = 0; k < classes; k++) {
				for (let unit = 0; unit <= width; unit++) gradient[k * (width + 1) + unit]! += p[k]! * x[unit]!;
			}
		}
		for (let i = 0; i < size; i++) {
			speed[i] = 0.9 * speed[i]! - 0.1 * (gradient[i]! / inputs.length + 1e-4 * weights[i]!);
			weights[i]! += speed[i]!;
		}
	}
	const right = test.vectors.filter((vector, row) => {
		const found = scores(weights, scale(vector), classes);
		return found.indexOf(Math.max(...found)) === test.labels[row];
	});
	return right.length / test.vectors.length;
}

/** Standardises a vector and puts a 1 behind it. */
function scaleOf(vectors: readonly Float32Array[], width: number): (vector: Float32Array) => Float64Array {
	const mean = new Float64Array(width);
	const square = new Float64Array(width);
	for (const vector of vectors) {
		vector.forEach((value, unit) => {
			mean[unit]! += value / vectors.length;
			square[unit]! += value ** 2 / vectors.length;
		});
	}
	return (vector) =>
		Float64Array.from({ length: width + 1 }, (_, unit) => {
			if (unit === width) return 1;
			return (vector[unit]! - mean[unit]!) / Math.sqrt(square[unit]! - mean[unit]! ** 2 + 1e-8);
		});
}

function scores(weights: Float64Array, x: Float64Array, classes: number): number[] {
	return Array.from({ length: classes }, (_, k) => {
		let sum = 0;
		for (let unit = 0; unit < x.length; unit++) sum += weights[k * x.length + unit]! * x[unit]!;
		return sum;
	});
}

function softmax(values: readonly number[]): number[] {
	const largest = Math.max(...values);
	const powers = values.map((value) => Math.exp(value - largest));
	const sum = powers.reduce((total, power) => total + power, 0);
	return powers.map((power) => power / sum);
}

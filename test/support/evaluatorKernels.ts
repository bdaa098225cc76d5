import { erf } from "./referenceMath.ts";

/** A tensor of the evaluator: bools are 0 and 1, all else are plain numbers. */
export interface Dense {
	readonly shape: readonly number[];
	readonly data: Float64Array;
}

export type Attributes = Readonly<Record<string, unknown>>;
export type Kernel = (inputs: readonly Dense[], attributes: Attributes) => Dense[];

/** Fills a tensor by calling `at` with each multi-index. */
export function build(shape: readonly number[], at: (index: readonly number[]) => number): Dense {
	const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
	const index = shape.map(() => 0);
	for (let flat = 0; flat < data.length; flat++) {
		data[flat] = at(index);
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			index[axis] = index[axis]! + 1;
			if (index[axis]! < shape[axis]!) break;
			index[axis] = 0;
		}
	}
	return { shape, data };
}

/** The element at `index`, aligned at the last axis; axes of size 1 repeat. */
export function read(x: Dense, index: readonly number[]): number {
	let flat = 0;
	const lead = index.length - x.shape.length;
	for (let axis = 0; axis < x.shape.length; axis++)
		flat = flat * x.shape[axis]! + (x.shape[axis] === 1 ? 0 : index[axis + lead]!);
	return x.data[flat]!;
}

function broadcast(...shapes: (readonly number[])[]): number[] {
	const rank = Math.max(...shapes.map((shape) => shape.length));
	return Array.from({ length: rank }, (_, axis) =>
		Math.max(...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)),
	);
}

const map =
	(f: (x: number, attributes: Attributes) => number): Kernel =>
	([x], attributes) => [{ shape: x!.shape, data: x!.data.map((value) => f(value, attributes)) }];

const zip =
	(f: (a: number, b: number) => number): Kernel =>
	([a, b]) => [build(broadcast(a!.shape, b!.shape), (index) => f(read(a!, index), read(b!, index)))];

const gelu = (x: number, { approximate }: Attributes): number =>
	approximate === "none"
		? (x * (1 + erf(x / Math.SQRT2))) / 2
		: (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2;

/** Elementwise operators by their mathematics. */
export const elementwise = {
	Identity: map((x) => x),
	Neg: map((x) => -x),
	Abs: map(Math.abs),
	Sqrt: map(Math.sqrt),
	Reciprocal: map((x) => 1 / x),
	Exp: map(Math.exp),
	Log: map(Math.log),
	Erf: map(erf),
	Tanh: map(Math.tanh),
	Sigmoid: map((x) => 1 / (1 + Math.exp(-x))),
	Relu: map((x) => Math.max(0, x)),
	Gelu: map(gelu),
	Cast: map((x, { to }) => (to === "int32" ? Math.trunc(x) : x)),
	Not: map((x) => 1 - x),
	Add: zip((a, b) => a + b),
	Sub: zip((a, b) => a - b),
	Mul: zip((a, b) => a * b),
	Div: zip((a, b) => a / b),
	Max: zip(Math.max),
	Min: zip(Math.min),
	Equal: zip((a, b) => Number(a === b)),
	Greater: zip((a, b) => Number(a > b)),
	And: zip((a, b) => a * b),
	Where: ([condition, a, b]: readonly Dense[]) => [
		build(broadcast(condition!.shape, a!.shape, b!.shape), (index) =>
			read(condition!, index) ? read(a!, index) : read(b!, index),
		),
	],
} satisfies Record<string, Kernel>;

function matMul(a: Dense, b: Dense): Dense {
	const inner = a.shape.at(-1)!;
	const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
	return build([...batch, a.shape.at(-2)!, b.shape.at(-1)!], (index) => {
		const lead = index.slice(0, -2);
		let sum = 0;
		for (let k = 0; k < inner; k++) sum += read(a, [...lead, index.at(-2)!, k]) * read(b, [...lead, k, index.at(-1)!]);
		return sum;
	});
}

function swapped(x: Dense): Dense {
	return build([x.shape[1]!, x.shape[0]!], ([i, j]) => read(x, [j!, i!]));
}

function reduce(x: Dense, { axes, keepDims }: Attributes, start: number, f: (a: number, b: number) => number): Dense {
	const reduced = (axes as number[]).map((axis) => (axis + x.shape.length) % x.shape.length);
	const kept = x.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
	const result = build(kept, () => start);
	let flat = 0;
	build(x.shape, (index) => {
		let target = 0;
		for (let axis = 0; axis < kept.length; axis++)
			target = target * kept[axis]! + (kept[axis] === 1 ? 0 : index[axis]!);
		result.data[target] = f(result.data[target]!, x.data[flat++]!);
		return 0;
	});
	const shape = keepDims ? kept : x.shape.filter((_, axis) => !reduced.includes(axis));
	return { shape, data: result.data };
}

function layerNormalization([x, scale, bias]: readonly Dense[], { epsilon }: Attributes): Dense[] {
	const axes = { axes: [x!.shape.length - 1], keepDims: true };
	const size = x!.shape.at(-1)!;
	const add = (a: number, b: number) => a + b;
	const sums = reduce(x!, axes, 0, add);
	const mean = { ...sums, data: sums.data.map((sum) => sum / size) };
	const squares = reduce(
		build(x!.shape, (index) => (read(x!, index) - read(mean, index)) ** 2),
		axes,
		0,
		add,
	);
	const inverse = { ...squares, data: squares.data.map((sum) => 1 / Math.sqrt(sum / size + (epsilon as number))) };
	const y = build(x!.shape, (index) => {
		const normalized = (read(x!, index) - read(mean, index)) * read(inverse, index);
		return normalized * scale!.data[index.at(-1)!]! + (bias?.data[index.at(-1)!] ?? 0);
	});
	return [y, mean, inverse];
}

function softmax(x: Dense, axis: number): Dense {
	const axes = { axes: [axis], keepDims: true };
	const top = reduce(x, axes, Number.NEGATIVE_INFINITY, Math.max);
	const powers = build(x.shape, (index) => Math.exp(read(x, index) - read(top, index)));
	const sums = reduce(powers, axes, 0, (a, b) => a + b);
	return build(x.shape, (index) => read(powers, index) / read(sums, index));
}

/** Operators that mix elements along axes. */
export const mixing = {
	MatMul: ([a, b]: readonly Dense[]) => [matMul(a!, b!)],
	Gemm: ([a, b, c]: readonly Dense[], { transA, transB }: Attributes) => {
		const product = matMul(transA ? swapped(a!) : a!, transB ? swapped(b!) : b!);
		return c === undefined ? [product] : [build(product.shape, (index) => read(product, index) + read(c, index))];
	},
	ReduceSum: ([x]: readonly Dense[], attributes: Attributes) => [reduce(x!, attributes, 0, (a, b) => a + b)],
	ReduceMean: ([x]: readonly Dense[], attributes: Attributes) => {
		const sum = reduce(x!, attributes, 0, (a, b) => a + b);
		return [{ ...sum, data: sum.data.map((value) => (value * sum.data.length) / x!.data.length) }];
	},
	ReduceMax: ([x]: readonly Dense[], attributes: Attributes) => [
		reduce(x!, attributes, Number.NEGATIVE_INFINITY, Math.max),
	],
	Softmax: ([x]: readonly Dense[], { axis }: Attributes) => [softmax(x!, axis as number)],
	LayerNormalization: layerNormalization,
} satisfies Record<string, Kernel>;

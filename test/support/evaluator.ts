import type { OpName } from "../../sidecar/autodiff/signatures.ts";
import type { Builder, Value } from "../../sidecar/autodiff/value.ts";
import { type Attributes, build, type Dense, elementwise, type Kernel, mixing, read } from "./evaluatorKernels.ts";

/**
 * What ONNX operators mean, in plain float64 arithmetic: a second opinion on the
 * shape rules, the encoding and the gradients. Slow, and shares no code with them.
 */
export function evaluate(
	graph: Builder,
	feeds: ReadonlyMap<string, ArrayLike<number>>,
	outputs: readonly Value[],
): Float64Array[] {
	const tensors = new Map<Value, Dense>();
	const needed = new Set(outputs);
	const nodes = [...graph.nodes].reverse().filter((node) => {
		if (!node.outputs.some((output) => needed.has(output))) return false;
		for (const input of node.inputs) needed.add(input);
		return true;
	});
	for (const value of needed) {
		const data = graph.constants.get(value) ?? feeds.get(value.name);
		if (data !== undefined) tensors.set(value, { shape: value.shape, data: Float64Array.from(data) });
	}
	for (const node of nodes.reverse()) {
		const inputs = node.inputs.map((input) => tensors.get(input)!);
		const results = kernels[node.op](inputs, node.attributes as Attributes);
		node.outputs.forEach((output, index) => {
			const result = results[index]!;
			if (String(result.shape) !== String(output.shape))
				throw new Error(`${node.name} gave [${result.shape}] and its rule says [${output.shape}]`);
			tensors.set(output, result);
		});
	}
	return outputs.map((output) => tensors.get(output)!.data);
}

function along(index: readonly number[], axis: number, value: number): number[] {
	return index.map((at, other) => (other === axis ? value : at));
}

function resized(x: Dense, axis: number, size: number): number[] {
	return along(x.shape, axis, size);
}

/** Positions [start, start + size) along the axis, zeros outside of x. */
function cut(x: Dense, axis: number, start: number, size: number): Dense {
	return build(resized(x, axis, size), (index) => {
		const at = index[axis]! + start;
		return at < 0 || at >= x.shape[axis]! ? 0 : read(x, along(index, axis, at));
	});
}

function gather([rows, ids]: readonly Dense[]): Dense[] {
	const rank = ids!.shape.length;
	return [
		build([...ids!.shape, ...rows!.shape.slice(1)], (index) =>
			read(rows!, [read(ids!, index.slice(0, rank)), ...index.slice(rank)]),
		),
	];
}

function scatter([x, indices, updates]: readonly Dense[], { axis }: Attributes): Dense[] {
	const result = Float64Array.from(x!.data);
	let flat = 0;
	build(indices!.shape, (index) => {
		const at = along(index, axis as number, indices!.data[flat]!);
		const target = at.reduce((sum, position, other) => sum * x!.shape[other]! + position, 0);
		result[target] = result[target]! + updates!.data[flat++]!;
		return 0;
	});
	return [{ shape: x!.shape, data: result }];
}

function concat(parts: readonly Dense[], { axis }: Attributes): Dense[] {
	const joint = axis as number;
	const total = parts.reduce((sum, part) => sum + part.shape[joint]!, 0);
	return [
		build(resized(parts[0]!, joint, total), (index) => {
			let at = index[joint]!;
			let part = 0;
			while (at >= parts[part]!.shape[joint]!) at -= parts[part++]!.shape[joint]!;
			return read(parts[part]!, along(index, joint, at));
		}),
	];
}

function split([x]: readonly Dense[], { axis, sizes }: Attributes): Dense[] {
	let start = 0;
	return (sizes as number[]).map((size) => {
		const part = cut(x!, axis as number, start, size);
		start += size;
		return part;
	});
}

const kernels: Record<OpName, Kernel> = {
	...elementwise,
	...mixing,
	Gather: gather,
	GatherElements: ([x, indices], { axis }) => [
		build(indices!.shape, (index) => read(x!, along(index, axis as number, read(indices!, index)))),
	],
	ScatterElements: scatter,
	Reshape: ([x], { shape }) => [{ shape: shape as number[], data: x!.data }],
	Transpose: ([x], { perm }) => {
		const order = perm as number[];
		return [
			build(
				order.map((axis) => x!.shape[axis]!),
				(index) =>
					read(
						x!,
						x!.shape.map((_, axis) => index[order.indexOf(axis)]!),
					),
			),
		];
	},
	Expand: ([x], { shape }) => [build(shape as number[], (index) => read(x!, index))],
	Concat: concat,
	Split: split,
	Slice: ([x], { axis, start, end }) => [cut(x!, axis as number, start as number, (end as number) - (start as number))],
	Pad: ([x], { axis, before, after }) => [
		cut(x!, axis as number, -(before as number), x!.shape[axis as number]! + (before as number) + (after as number)),
	],
};

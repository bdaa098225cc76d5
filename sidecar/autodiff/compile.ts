import { invariant } from "../base/errors.ts";
import { encodeModel } from "../onnx/encodeModel.ts";
import type { ModelDescription, NodeDescription, TensorDescription } from "../onnx/model.ts";
import { abs, identity, mul, reduceSum } from "./functions.ts";
import { operatorOf } from "./operators.ts";
import { sizeOf } from "./shapes.ts";
import type { Builder, GraphNode, TensorType, Value } from "./value.ts";

/** An ONNX model and the types of what it takes and gives, by name. */
export interface CompiledGraph {
	readonly model: Uint8Array;
	readonly inputs: Readonly<Record<string, TensorType>>;
	readonly outputs: Readonly<Record<string, TensorType>>;
}

export interface CompileOptions {
	/** The name of the ONNX graph. */
	readonly name?: string;
	/** Says the same in other operators before the model is encoded. */
	readonly rewrite?: (model: ModelDescription) => ModelDescription;
}

/**
 * Encodes what `outputs` need, and nothing else, as one ONNX model: an input
 * that no output depends on is absent from `inputs`. A key names its output.
 */
export function compile(outputs: Readonly<Record<string, Value>>, options: CompileOptions = {}): CompiledGraph {
	const graph = Object.values(outputs)[0]?.graph;
	invariant(graph !== undefined, "a graph was compiled without outputs.");
	const { named, names } = nameOutputs(graph, outputs);
	const { nodes, values } = reachable(graph, Object.values(named));
	const inputs = [...graph.inputs.values()].filter((input) => values.has(input));
	const constants = new ConstantPool();
	const nameOf = (value: Value): string => names.get(value) ?? value.name;
	const encoded = nodes.map((node) => encodeNode(node, nameOf, constants));
	const initializers = [...graph.constants].filter(([value]) => values.has(value));
	const description: ModelDescription = {
		name: options.name ?? "graph",
		nodes: encoded,
		initializers: [...initializers.map(([value, data]) => tensorOf(nameOf(value), value, data)), ...constants.tensors],
		inputs: inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
		outputs: Object.entries(named).map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
	};
	return {
		model: encodeModel(options.rewrite?.(description) ?? description),
		inputs: typesOf(inputs.map((input) => [input.name, input])),
		outputs: typesOf(Object.entries(named)),
	};
}

/**
 * For finding the first bad tensor of a step: what `compile` gives for `outputs`,
 * but with one number per float32 tensor that a node on the way makes, in the
 * order of computation and named by it: its mean absolute value, which is
 * NaN or infinite where the tensor holds such an element. Tensors that hold
 * finite numbers give a finite one.
 */
export function firstBadOutputs(outputs: readonly Value[]): CompiledGraph & { readonly order: readonly string[] } {
	const graph = outputs[0]?.graph;
	invariant(graph !== undefined, "a graph was diagnosed without outputs.");
	const { nodes } = reachable(graph, outputs);
	const tensors = nodes.flatMap((node) => node.outputs.filter((output) => output.dtype === "float32"));
	const flags = graph.isolate("diagnosis", () =>
		Object.fromEntries(
			tensors.map((value) => [`finite:${value.name}`, reduceSum(mul(abs(value), 1 / sizeOf(value.shape)))]),
		),
	);
	return { ...compile(flags, { name: "diagnosis" }), order: Object.keys(flags) };
}

/** The tensor that each key stands for, renamed to it; an Identity where it cannot be renamed. */
function nameOutputs(graph: Builder, outputs: Readonly<Record<string, Value>>) {
	const made = new Set(graph.nodes.flatMap((node) => node.outputs));
	const names = new Map<Value, string>();
	const named: Record<string, Value> = {};
	for (const [key, value] of Object.entries(outputs)) {
		invariant(value.graph === graph, `output ${key} belongs to another graph.`);
		invariant(!graph.inputs.has(key), `${key} would be both an input and an output.`);
		const free = made.has(value) && !names.has(value);
		const target = free ? value : graph.isolate(`output.${key}`, () => identity(value));
		names.set(target, key);
		named[key] = target;
	}
	return { named, names };
}

/** The nodes that `outputs` need, in order, and every value that those touch. */
function reachable(graph: Builder, outputs: readonly Value[]): { nodes: GraphNode[]; values: Set<Value> } {
	const values = new Set(outputs);
	const nodes: GraphNode[] = [];
	for (const node of [...graph.nodes].reverse()) {
		if (!node.outputs.some((output) => values.has(output))) continue;
		nodes.push(node);
		for (const input of node.inputs) values.add(input);
	}
	return { nodes: nodes.reverse(), values };
}

function encodeNode(node: GraphNode, nameOf: (value: Value) => string, constants: ConstantPool): NodeDescription {
	const { attributes, constants: extra = [] } = operatorOf(node.op).encode?.(node.attributes) ?? {};
	return {
		name: node.name,
		op: node.op,
		inputs: [...node.inputs.map(nameOf), ...extra.map((tensor) => constants.add(tensor))],
		outputs: node.outputs.map(nameOf),
		...(attributes === undefined ? {} : { attributes }),
	};
}

/** Constant inputs that come from attributes, such as shapes and axes; equal ones are stored once. */
class ConstantPool {
	readonly #byContent = new Map<string, TensorDescription>();

	get tensors(): TensorDescription[] {
		return [...this.#byContent.values()];
	}

	add(tensor: Omit<TensorDescription, "name">): string {
		const { buffer, byteOffset, byteLength } = tensor.data;
		const key = `${tensor.dtype}:${tensor.shape.join(",")}:${new Uint8Array(buffer, byteOffset, byteLength).join(",")}`;
		const known = this.#byContent.get(key) ?? { ...tensor, name: `attribute:${this.#byContent.size}` };
		this.#byContent.set(key, known);
		return known.name;
	}
}

function tensorOf(name: string, { dtype, shape }: Value, data: Float32Array | Int32Array): TensorDescription {
	return { name, dtype, shape, data: dtype === "bool" ? Uint8Array.from(data, (flag) => (flag === 0 ? 0 : 1)) : data };
}

function typesOf(entries: readonly (readonly [string, Value])[]): Record<string, TensorType> {
	return Object.fromEntries(entries.map(([name, { shape, dtype }]) => [name, { shape, dtype }]));
}

/**
 * Products with constant matrices in 8-bit integers: dynamic quantization, as graphs are served on a CPU. Written in the
 * standard operators; onnxruntime makes one kernel of each product (`DynamicQuantizeMatMul`, `MatMulIntegerToFloat`).
 */
import { fitsInt8, toInt8Rows } from "../base/int8Rows.ts";
import type { ModelDescription, NodeDescription, TensorDescription } from "./model.ts";
import { dropUnused } from "./unused.ts";

/** A constant matrix [rows, columns]. */
interface Matrix {
	readonly data: Float32Array;
	readonly rows: number;
	readonly columns: number;
}

/**
 * The model with every product x Wᵀ + b of a constant W [out, in] that `fitsInt8` computed from 8-bit numbers: W by its
 * rows, as `toInt8Rows`, and x by the range of all its elements. A row of x that no normalization has made like the
 * others is first divided by its largest element, and the result multiplied by it: behind an activation a few rows are a
 * hundred times as large as most, which would be left with a few steps of the range.
 */
export function withInt8Products(model: ModelDescription): ModelDescription {
	const rewrite = new Rewrite(model);
	const nodes = model.nodes.flatMap((node) => rewrite.product(node) ?? [node]);
	return dropUnused({ ...model, nodes, initializers: [...model.initializers, ...rewrite.initializers] });
}

class Rewrite {
	readonly initializers: TensorDescription[] = [];
	readonly #matrices: ReadonlyMap<string, Matrix>;
	readonly #makers: ReadonlyMap<string, NodeDescription>;
	/** The 8-bit form of a value, which products share. */
	readonly #quantized = new Map<string, Quantized>();

	constructor({ nodes, initializers }: ModelDescription) {
		this.#matrices = constantMatrices(nodes, initializers);
		this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
	}

	/** The constant of a product that is to be in 8 bits. */
	#matrixOf({ op, inputs, attributes }: NodeDescription): Matrix | undefined {
		const isProduct = op === "Gemm" && isSet(attributes?.["transB"]) && !isSet(attributes?.["transA"]);
		const matrix = isProduct ? this.#matrices.get(inputs[1]!) : undefined;
		return matrix !== undefined && fitsInt8([matrix.rows, matrix.columns]) ? matrix : undefined;
	}

	/** The nodes in place of a product; undefined for any other node. */
	product(node: NodeDescription): NodeDescription[] | undefined {
		const matrix = this.#matrixOf(node);
		if (matrix === undefined) return undefined;
		const { name, outputs } = node;
		const [input, , bias] = node.inputs as [string, string, string?];
		const { values, scales } = toInt8Rows(matrix.data, matrix.rows);
		const weights = this.#constant(`${name}.int8`, transposed(values, matrix), [matrix.columns, matrix.rows]);
		const steps = this.#constant(`${name}.scales`, scales, [matrix.rows]);
		const { nodes, quantized } = this.#quantize(input);
		const chain = new Chain(name, outputs[0]!);
		chain.add("MatMulInteger", (_) => [quantized.values, weights, quantized.zero]);
		chain.add("Cast", (sum) => [sum], { to: { int: 1 } });
		nodes.push({ name: `${name}.step`, op: "Mul", inputs: [quantized.scale, steps], outputs: [`${name}.step`] });
		chain.add("Mul", (sum) => [sum, `${name}.step`]);
		if (quantized.peaks !== undefined) chain.add("Mul", (sum) => [sum, quantized.peaks!]);
		if (bias !== undefined && bias !== "") chain.add("Add", (sum) => [sum, bias]);
		return [...nodes, ...chain.nodes];
	}

	/** The 8-bit form of a value, and the nodes that make it where none has yet. */
	#quantize(input: string): { nodes: NodeDescription[]; quantized: Quantized } {
		const known = this.#quantized.get(input);
		if (known !== undefined) return { nodes: [], quantized: known };
		const names = { values: `${input}.int8`, scale: `${input}.int8.scale`, zero: `${input}.int8.zero` };
		const outputs = [names.values, names.scale, names.zero];
		const plain = this.#isNormalized(input);
		const quantized = plain ? names : { ...names, peaks: `${input}.peaks` };
		this.#quantized.set(input, quantized);
		const nodes = plain ? [] : this.#dividedByPeaks(input);
		const divided = plain ? input : `${input}.divided`;
		nodes.push({ name: `${input}.quantize`, op: "DynamicQuantizeLinear", inputs: [divided], outputs });
		return { nodes, quantized };
	}

	#dividedByPeaks(input: string): NodeDescription[] {
		const lastAxis = this.#constant("int8.lastAxis", BigInt64Array.of(-1n), [1]);
		const least = this.#constant("int8.least", Float32Array.of(1e-30), []); // a row of zeros stays one
		const [sizes, largest, peaks] = [`${input}.abs`, `${input}.largest`, `${input}.peaks`];
		const call = (op: string, inputs: string[], output: string): NodeDescription => {
			return { name: output, op, inputs, outputs: [output] };
		};
		return [
			call("Abs", [input], sizes),
			{ ...call("ReduceMax", [sizes, lastAxis], largest), attributes: { keepdims: { int: 1 } } },
			call("Max", [largest, least], peaks),
			call("Div", [input, peaks], `${input}.divided`),
		];
	}

	/** Whether the rows of a value come from a normalization. */
	#isNormalized(value: string): boolean {
		const maker = this.#makers.get(value);
		if (maker === undefined) return false;
		if (maker.op === "LayerNormalization") return true;
		return (maker.op === "Gather" || maker.op === "Reshape") && this.#isNormalized(maker.inputs[0]!);
	}

	#constant(name: string, data: Int8Array | Float32Array | BigInt64Array, shape: readonly number[]): string {
		if (this.initializers.some((known) => known.name === name)) return name;
		const dtype = data instanceof Int8Array ? "int8" : data instanceof Float32Array ? "float32" : "int64";
		this.initializers.push({ name, dtype, shape, data });
		return name;
	}
}

/** A value as 8-bit numbers: (values - zero) * scale, times the row's peak where rows were divided by theirs. */
interface Quantized {
	readonly values: string;
	readonly scale: string;
	readonly zero: string;
	readonly peaks?: string;
}

/** Nodes that hand one value on; the last one's output has the name of what the chain replaces. */
class Chain {
	readonly #name: string;
	readonly #output: string;
	readonly #nodes: NodeDescription[] = [];

	constructor(name: string, output: string) {
		this.#name = name;
		this.#output = output;
	}

	add(op: string, inputs: (before: string) => string[], attributes?: NodeDescription["attributes"]): void {
		const name = `${this.#name}.${this.#nodes.length}`;
		const before = this.#nodes.at(-1)?.outputs[0] ?? "";
		this.#nodes.push({ name, op, inputs: inputs(before), outputs: [name], ...(attributes && { attributes }) });
	}

	get nodes(): NodeDescription[] {
		return this.#nodes.map((node, at) => (at < this.#nodes.length - 1 ? node : { ...node, outputs: [this.#output] }));
	}
}

/** Float32 matrices that are constants, or equal parts of one, split along its rows. */
function constantMatrices(
	nodes: readonly NodeDescription[],
	initializers: readonly TensorDescription[],
): ReadonlyMap<string, Matrix> {
	const matrices = new Map<string, Matrix>();
	for (const { name, dtype, shape, data } of initializers) {
		if (dtype !== "float32" || shape.length !== 2) continue;
		const floats = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
		matrices.set(name, { data: floats, rows: shape[0]!, columns: shape[1]! });
	}
	const sizes = new Map(initializers.map(({ name, data }) => [name, data]));
	for (const { op, inputs, outputs, attributes } of nodes) {
		const whole = op === "Split" ? matrices.get(inputs[0]!) : undefined;
		const [axis, rowsOf] = [attributes?.["axis"], sizes.get(inputs[1] ?? "")];
		const splitsRows = axis !== undefined && "int" in axis && axis.int === 0;
		if (whole === undefined || !splitsRows || !(rowsOf instanceof BigInt64Array)) continue;
		let start = 0;
		for (const [part, output] of outputs.entries()) {
			const rows = Number(rowsOf[part]);
			const end = start + rows * whole.columns;
			matrices.set(output, { data: whole.data.subarray(start, end), rows, columns: whole.columns });
			start = end;
		}
	}
	return matrices;
}

function transposed(values: Int8Array, { rows, columns }: Matrix): Int8Array {
	const turned = new Int8Array(values.length);
	for (let row = 0; row < rows; row++) {
		for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!;
	}
	return turned;
}

function isSet(attribute: NonNullable<NodeDescription["attributes"]>[string] | undefined): boolean {
	return attribute !== undefined && "int" in attribute && attribute.int === 1;
}

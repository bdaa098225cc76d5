/**
 * Graphs of any batch and length from our graphs, whose shapes are static: one graph is built for two sizes, and what
 * differs between the two is what depends on the size. Where both agree on everything else, it holds for every size.
 */
import { MaskwrightError } from "../../../base/errors.ts";
import { type DecodedModel, decodeModel } from "../../../onnx/decodeModel.ts";
import type { NodeDescription, TensorDescription } from "../../../onnx/model.ts";
import { formulaOf, isDistances, isLength, type LengthFormula, SizeNodes } from "./lengths.ts";
import { cut, sameBytes } from "./tensors.ts";

/** Rows of a batch and their length in tokens. */
export interface GraphSize {
	readonly rows: number;
	readonly length: number;
}

export interface AnySizeOptions {
	/** The ONNX bytes of the graph at a size; parameters and whatever depends on the size by itself are inputs. */
	readonly build: (size: GraphSize) => Uint8Array;
	/** The longest row, to which tables by position are cut. */
	readonly longest: number;
	/** Sizes that occur in the model: the two sizes keep clear of them, so that none is taken for the length. */
	readonly taken: ReadonlySet<number>;
	/** The tensor int64 [1] that holds the length when the graph runs. */
	readonly lengthName: string;
}

/** Nodes and initializers that hold for every batch and every length up to the longest. */
export interface AnySizeGraph {
	readonly nodes: readonly NodeDescription[];
	readonly initializers: readonly TensorDescription[];
}

/** A table of more elements (64 MB) is none by position but one by pairs of positions of a long model. */
const largestTable = 2 ** 24;

/** Throws `modelInvalid` where the two graphs differ in more than sizes and tables by position. */
export function anySizeGraph(options: AnySizeOptions): AnySizeGraph {
	const sizes = twoSizes(options);
	const [one, two] = sizes.map((size) => decodeModel(options.build(size))) as [DecodedModel, DecodedModel];
	if (one.nodes.length !== two.nodes.length) refuse("the count of operators");
	const tensors = [one, two].map(({ initializers }) => new Map(initializers.map((tensor) => [tensor.name, tensor])));
	const merger = new Merger(options, sizes);
	const nameInOne = new Map<string, string>(); // of the second graph's tensors
	one.nodes.forEach((node, at) => {
		const twin = two.nodes[at]!;
		if (node.op !== twin.op || !same(node.attributes, twin.attributes)) refuse(`the operator ${node.name}`);
		const inputs = node.inputs.map((name, place) => {
			const twinName = twin.inputs[place] ?? "";
			const [left, right] = [tensors[0]!.get(name), tensors[1]!.get(twinName)];
			if (left !== undefined && right !== undefined) return merger.constant(left, right, node.op);
			if ((nameInOne.get(twinName) ?? twinName) !== name) refuse(`the inputs of ${node.name}`);
			return name;
		});
		twin.outputs.forEach((name, place) => {
			nameInOne.set(name, node.outputs[place] ?? "");
		});
		merger.made.nodes.push({ ...node, inputs });
	});
	return { nodes: merger.made.nodes, initializers: [...merger.made.initializers.values()] };
}

type TwoSizes = readonly [GraphSize, GraphSize];

/** Two sizes of which no length, nor a product with the rows, is a number of the model's. */
function twoSizes({ longest, taken }: AnySizeOptions): TwoSizes {
	let length = Math.max(8, longest);
	while ([length, length + 1, 2 * length, 3 * (length + 1)].some((size) => taken.has(size))) length++;
	return [
		{ rows: 2, length },
		{ rows: 3, length: length + 1 },
	];
}

/** Makes what stands for each pair of constants in the merged graph. */
class Merger {
	readonly made: SizeNodes;
	readonly #longest: number;
	readonly #sizes: TwoSizes;

	constructor({ lengthName, longest }: AnySizeOptions, sizes: TwoSizes) {
		this.made = new SizeNodes(lengthName);
		this.#longest = longest;
		this.#sizes = sizes;
	}

	/** The name of what an operator `op` reads in place of two constants. */
	constant(one: TensorDescription, two: TensorDescription, op: string): string {
		if (same(one.shape, two.shape) && sameBytes(one.data, two.data)) {
			return this.made.keep({ ...one, name: `constant:${one.name}` });
		}
		return one.dtype === "int64" ? this.#shape(one, two, op) : this.#table(one, two);
	}

	/** A shape or a place: the one size of a Reshape with the batch in it is told by the others, lengths are computed. */
	#shape(one: TensorDescription, two: TensorDescription, op: string): string {
		const [left, right] = [integers(one), integers(two)];
		if (left.length !== right.length) refuse(`a shape of ${op}`);
		const [first, second] = this.#sizes;
		const parts = left.map((size, axis): number | LengthFormula => {
			const other = right[axis]!;
			if (size === other) return size;
			const formula = this.#formula(size, other);
			if (formula !== undefined) return formula;
			const withBatch = size % first.rows === 0 && other % second.rows === 0;
			return withBatch && op === "Reshape" ? -1 : refuse(`a shape of ${op}`);
		});
		if (parts.filter((part) => part === -1).length > 1) refuse(`a shape of ${op}`);
		return this.made.vector(parts);
	}

	/** A table by position or by distance: the shorter is the beginning, or the middle, of the longer along its axes. */
	#table(one: TensorDescription, two: TensorDescription): string {
		const what = `the constant ${one.name}`;
		if (one.shape.length !== two.shape.length) refuse(what);
		const [first, second] = this.#sizes;
		const axes = one.shape.flatMap((size, axis) => (size === two.shape[axis] ? [] : [axis]));
		const grows = axes.map((axis) => this.#formula(one.shape[axis]!, two.shape[axis]!) ?? refuse(what));
		if (axes.length === 0 || !grows.every((formula) => isLength(formula) || isDistances(formula))) refuse(what);
		const inMiddle = grows.map(isDistances);
		const along = (of: (index: number) => number, other: readonly number[]): number[] =>
			other.map((size, axis) => (axes.includes(axis) ? of(axes.indexOf(axis)) : size));
		const none = one.shape.map(() => 0);
		const within = along((index) => (inMiddle[index] ? second.length - first.length : 0), none);
		if (!sameBytes(cut(two, { from: within, shape: one.shape }).data, one.data)) refuse(what);
		const from = along((index) => (inMiddle[index] ? first.length - this.#longest : 0), none);
		const shape = along((index) => (inMiddle[index] ? 2 * this.#longest - 1 : this.#longest), one.shape);
		if (shape.reduce((product, size) => product * size, 1) > largestTable) refuse(`the size of ${one.name}`);
		const table = this.made.keep({ ...cut(one, { from, shape }), name: `table:${one.name}` });
		return this.#slice(table, axes, inMiddle);
	}

	/** The part of a table of the longest rows that rows of the length at hand need. */
	#slice(table: string, axes: readonly number[], inMiddle: readonly boolean[]): string {
		const longest = this.#longest;
		const begin = { square: 0, linear: -1, constant: longest };
		const end = { square: 0, linear: 1, constant: longest - 1 };
		const length = { square: 0, linear: 1, constant: 0 };
		const starts = this.made.vector(inMiddle.map((middle) => (middle ? begin : 0)));
		const ends = this.made.vector(inMiddle.map((middle) => (middle ? end : length)));
		return this.made.add("Slice", [table, starts, ends, this.made.vector(axes)], `part of ${table}`);
	}

	#formula(size: number, other: number): LengthFormula | undefined {
		const [first, second] = this.#sizes;
		return formulaOf({ sizes: [size, other], lengths: [first.length, second.length] });
	}
}

function integers({ data }: TensorDescription): number[] {
	const { buffer, byteOffset, byteLength } = data;
	return Array.from(new BigInt64Array(buffer.slice(byteOffset, byteOffset + byteLength)), Number);
}

function same(one: unknown, two: unknown): boolean {
	return JSON.stringify(one) === JSON.stringify(two);
}

function refuse(what: string): never {
	throw new MaskwrightError(
		"modelInvalid",
		`This model can't be exported as ONNX: in its graph ${what} depends on the length of a row in a way that no other length can be told from. Export it with --format huggingface.`,
	);
}

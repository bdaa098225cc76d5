import { invariant } from "../base/errors.ts";
import type { Operator, RuleContext } from "./operator.ts";
import { operatorOf } from "./operators.ts";
import { formatShape, sizeOf } from "./shapes.ts";
import type { AnySignature, AttributesOf, OpName } from "./signatures.ts";
import type { BackwardRule, Builder, ConstantData, DType, GraphNode, TapeEntry, TensorType, Value } from "./value.ts";

export type { DType, GraphNode, TapeEntry, TensorType, Value } from "./value.ts";

/**
 * A graph of tensors with static shapes. Values are made by `input`, `constant`
 * and, mostly through the functions of this room, `apply`. The same operator on
 * the same values gives the same value again. Node names carry the scope path.
 */
export class Graph implements Builder {
	readonly #inputs = new Map<string, Value>();
	readonly #constants = new Map<Value, Float32Array | Int32Array>();
	readonly #constantsByHash = new Map<string, Value[]>();
	readonly #nodes: GraphNode[] = [];
	readonly #nodesByContent = new Map<string, GraphNode>();
	readonly #tape: TapeEntry[] = [];
	readonly #names = new Set<string>();
	#scope = "";
	#region = 0; // 0 is on the tape; every composite has a region of its own, off the tape
	#regions = 0;

	get inputs(): ReadonlyMap<string, Value> {
		return this.#inputs;
	}

	get constants(): ReadonlyMap<Value, Float32Array | Int32Array> {
		return this.#constants;
	}

	/** In topological order: a node stands after those that make its inputs. */
	get nodes(): readonly GraphNode[] {
		return this.#nodes;
	}

	get tape(): readonly TapeEntry[] {
		return this.#tape;
	}

	/** A tensor fed at run time: data, parameters and state alike. The name must be new. */
	input(name: string, shape: readonly number[], dtype: DType = "float32"): Value {
		const sound = shape.every((size) => Number.isSafeInteger(size) && size > 0);
		invariant(sound, `input ${name} has the shape ${formatShape(shape)}.`);
		const value = this.#value(name, { shape, dtype });
		this.#inputs.set(name, value);
		return value;
	}

	/** A tensor stored in the model; equal ones are stored once. For bool, numbers other than 0 are true. */
	constant(data: ConstantData, shape: readonly number[], dtype?: DType): Value {
		const type = dtype ?? (data instanceof Int32Array ? "int32" : "float32");
		const elements = type === "float32" ? Float32Array.from(data) : Int32Array.from(data);
		invariant(
			elements.length === sizeOf(shape),
			`a constant of shape ${formatShape(shape)} has ${elements.length} elements.`,
		);
		const key = `${type}:${shape.join(",")}:${hash(elements)}`;
		const alike = this.#constantsByHash.get(key) ?? [];
		const known = alike.find((value) => sameBits(elements, this.#constants.get(value)!));
		if (known !== undefined) return known;
		const value = this.#value(this.#freshName("constant"), { shape, dtype: type });
		this.#constants.set(value, elements);
		this.#constantsByHash.set(key, [...alike, value]);
		return value;
	}

	/** Runs `body` with the names of the nodes made in it prefixed by `name` and a dot. */
	scope<T>(name: string, body: () => T): T {
		const outer = this.#scope;
		this.#scope = outer === "" ? name : `${outer}.${name}`;
		try {
			return body();
		} finally {
			this.#scope = outer;
		}
	}

	/** Applies one row of the operator table; wrong shapes or types throw at once, naming them. */
	apply<Op extends OpName>(op: Op, inputs: readonly Value[], attributes: AttributesOf<Op>): Value[] {
		for (const value of inputs) invariant(value.graph === this, `${op} was given a value of another graph.`);
		const key = `${this.#region} ${op} ${inputs.map((value) => value.name).join(" ")} ${JSON.stringify(attributes, exactNumbers)}`;
		const known = this.#nodesByContent.get(key);
		if (known !== undefined) return [...known.outputs];
		const row = operatorOf(op);
		const types = inferTypes(op, row, inputs, attributes);
		const name = this.#freshName(op);
		const outputs = types.map((type, index) => this.#value(index === 0 ? name : `${name}:${index}`, type));
		const node: GraphNode = { name, op, inputs: [...inputs], outputs, attributes };
		this.#nodes.push(node);
		this.#nodesByContent.set(key, node);
		this.record({ name, inputs: node.inputs, outputs, rules: bindRules(row, node, attributes) });
		return [...outputs];
	}

	isolate<T>(name: string, body: () => T): T {
		const outer = this.#region;
		this.#region = ++this.#regions;
		try {
			return this.scope(name, body);
		} finally {
			this.#region = outer;
		}
	}

	record(entry: Omit<TapeEntry, "scope">): void {
		if (this.#region === 0) this.#tape.push({ ...entry, scope: this.#scope });
	}

	#value(name: string, { shape, dtype }: TensorType): Value {
		invariant(!this.#names.has(name), `two tensors of one graph are named ${name}.`);
		this.#names.add(name);
		return { graph: this, name, shape: [...shape], dtype };
	}

	#freshName(stem: string): string {
		return `${this.#scope === "" ? "" : `${this.#scope}.`}${stem}_${this.#names.size}`;
	}
}

/** JSON has one word for NaN and both infinities. */
const exactNumbers = (_: string, value: unknown): unknown => (typeof value === "number" ? String(value) : value);

type Row = Operator<AnySignature>;

function inferTypes(op: OpName, row: Row, inputs: readonly Value[], attributes: object): readonly TensorType[] {
	const described = () => inputs.map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`).join(", ");
	const require = (condition: boolean, sentence: string) =>
		invariant(condition, `${op} of ${described()}: ${sentence}.`);
	const least = row.variadic ? 1 : row.inputs.length - (row.optional ?? 0);
	const most = row.variadic ? Number.POSITIVE_INFINITY : row.inputs.length;
	require(inputs.length >= least && inputs.length <= most, "it was given the wrong number of inputs");
	return row.infer(inputs, attributes, require);
}

/** The gradient rules of one node, one per input, closed over the node. */
function bindRules(row: Row, node: GraphNode, attributes: object): readonly BackwardRule[] {
	const names = row.inputs;
	const named = Object.fromEntries(names.map((name, index) => [name, node.inputs[index]])) as Record<string, Value>;
	return node.inputs.map((_, position): BackwardRule => {
		const rule = row.gradients[names[row.variadic ? 0 : position]!];
		invariant(rule !== undefined, `${node.op} has no rule for input ${position}.`);
		if (rule === "zero") return "zero";
		const context = (outputGradients: readonly (Value | undefined)[]): RuleContext<AnySignature> => {
			const stray = outputGradients.findIndex((g, index) => g && index >= (row.differentiable ?? node.outputs.length));
			invariant(stray === -1, `output ${stray} of ${node.name} has no gradient.`);
			const { inputs: all, outputs } = node;
			return { inputs: named, outputs, attributes, g: outputGradients[0]!, outputGradients, all, position };
		};
		if (typeof rule === "function")
			return { kind: "increment", compute: ({ outputGradients }) => rule(context(outputGradients)) };
		return {
			kind: "accumulate",
			compute: ({ outputGradients, accumulated }) => rule.accumulate(context(outputGradients), accumulated),
		};
	});
}

/** FNV-1a over the 32-bit words. */
function hash(elements: Float32Array | Int32Array): number {
	return wordsOf(elements).reduce((sum, word) => Math.imul(sum ^ word, 0x01000193), 0x811c9dc5);
}

/** Equality that tells 0 from -0 and holds for NaN. */
function sameBits(a: Float32Array | Int32Array, b: Float32Array | Int32Array): boolean {
	const words = wordsOf(b);
	return wordsOf(a).every((word, index) => word === words[index]);
}

function wordsOf(elements: Float32Array | Int32Array): Int32Array {
	return new Int32Array(elements.buffer, elements.byteOffset, elements.length);
}

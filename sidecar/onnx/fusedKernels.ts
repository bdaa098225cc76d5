/** Groups of operators for which onnxruntime has one kernel that its own optimizer does not find. */
import type { ModelDescription, NodeDescription, TensorDescription } from "./model.ts";
import { dropUnused } from "./unused.ts";

/** The same model, with one kernel for each rotation of positions; it computes the same numbers. */
export function withFusedKernels(model: ModelDescription): ModelDescription {
	const fusion = new Fusion(model);
	const nodes = model.nodes.map((node) => fusion.rotation(node) ?? node);
	return dropUnused({ ...model, nodes, initializers: [...model.initializers, ...fusion.initializers.values()] });
}

class Fusion {
	readonly initializers = new Map<string, TensorDescription>();
	readonly #makers: ReadonlyMap<string, NodeDescription>;
	readonly #constants: ReadonlyMap<string, TensorDescription>;

	constructor({ nodes, initializers }: ModelDescription) {
		this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
		this.#constants = new Map(initializers.map((tensor) => [tensor.name, tensor]));
	}

	/**
	 * Concat(u cos - v sin, v cos + u sin) over the halves u and v of the last axis of x [batch, heads, length, width], with
	 * constant tables [1, 1, length, width / 2], as `RotaryEmbedding`; undefined for any other node.
	 */
	rotation(node: NodeDescription): NodeDescription | undefined {
		if (node.op !== "Concat" || node.inputs.length !== 2) return undefined;
		const [first, second] = [this.#terms(node.inputs[0]!, "Sub"), this.#terms(node.inputs[1]!, "Add")];
		if (first === undefined || second === undefined) return undefined;
		const [[u, cos], [v, sin]] = first;
		const isTurn =
			String(second) ===
			String([
				[v, cos],
				[u, sin],
			]);
		const halves = this.#makers.get(u);
		const isSplit = halves?.op === "Split" && String(halves.outputs) === String([u, v]) && isOnLastAxis(halves);
		const tables = [this.#table(cos), this.#table(sin)];
		if (!isTurn || !isSplit || !isOnLastAxis(node) || tables.includes(undefined)) return undefined;
		const positions = this.#constant("rotary.first", { dtype: "int64", shape: [1], data: BigInt64Array.of(0n) });
		return {
			name: node.name,
			op: "RotaryEmbedding",
			domain: "com.microsoft",
			inputs: [halves.inputs[0]!, positions, ...(tables as string[])],
			outputs: node.outputs,
		};
	}

	/** The factors of both products that `op` makes `value` of. */
	#terms(value: string, op: "Add" | "Sub"): [Factors, Factors] | undefined {
		const maker = this.#makers.get(value);
		if (maker?.op !== op) return undefined;
		const [left, right] = maker.inputs.map((input) => this.#makers.get(input));
		if (left?.op !== "Mul" || right?.op !== "Mul") return undefined;
		return [left.inputs, right.inputs] as unknown as [Factors, Factors];
	}

	/** The name of a constant table [1, 1, length, half], or of what Neg makes of one, as [length, half]. */
	#table(value: string): string | undefined {
		const maker = this.#makers.get(value);
		const source = this.#constants.get(maker?.op === "Neg" ? maker.inputs[0]! : value);
		if (source?.dtype !== "float32" || source.shape.length !== 4) return undefined;
		const [batch, heads, ...shape] = source.shape;
		if (batch !== 1 || heads !== 1) return undefined;
		const { buffer, byteOffset, byteLength } = source.data;
		const floats = new Float32Array(buffer, byteOffset, byteLength / 4);
		const data = maker === undefined ? floats : floats.map((element) => -element);
		return this.#constant(`${value}.rows`, { dtype: "float32", shape, data });
	}

	#constant(name: string, tensor: Omit<TensorDescription, "name">): string {
		if (!this.initializers.has(name)) this.initializers.set(name, { name, ...tensor });
		return name;
	}
}

/** Of a tensor of four axes. */
function isOnLastAxis({ attributes }: NodeDescription): boolean {
	const axis = attributes?.["axis"];
	return axis !== undefined && "int" in axis && axis.int === 3;
}

/** The inputs of a product. */
type Factors = readonly [string, string];

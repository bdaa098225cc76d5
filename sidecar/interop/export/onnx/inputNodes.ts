/** From what every runtime feeds, ids and mask of any size, to what our encoders read: standard ONNX operators alone. */
import type { RowWeighing } from "../../../inference/vectorizer.ts";
import { forbidden } from "../../../model/attention.ts";
import { type EncoderConfig, isGlobalLayer } from "../../../model/config.ts";
import { paddingLogWeight } from "../../../model/pooling.ts";
import type {
	AttributeDescription,
	NodeDescription,
	TensorDescription,
	ValueDescription,
} from "../../../onnx/model.ts";
import { int64 } from "./lengths.ts";

/** The inputs of an exported graph, named as transformers names them: 1 in the mask stands for a token, 0 for padding. */
export const graphInputs: readonly ValueDescription[] = ["input_ids", "attention_mask"].map((name) => ({
	name,
	dtype: "int64",
	shape: ["batch_size", "sequence_length"],
}));

/** The tensors that these nodes make for the encoder. */
export const encoderInputs = {
	/** [batch, length] int32. */
	ids: "encoder.input_ids",
	/** 0 on tokens, -1 on padding, [batch, length] int32. */
	segments: "encoder.segments",
	/** [batch, length] int32. */
	positions: "encoder.positions",
	/** 0 within half a window, else `forbidden`, [1, 1, length, length]. */
	window: "encoder.window",
	/** What each token counts in the sentence embedding, as a logarithm, [batch, length]. */
	logWeights: "encoder.log_weights",
	/** [1] int64. */
	length: "encoder.length",
} as const;

/** Nodes and their constants. */
export interface InputNodes {
	readonly nodes: readonly NodeDescription[];
	readonly initializers: readonly TensorDescription[];
}

/** The nodes for an encoder, with those for its sentence embedding where it is told how tokens count. */
export function inputNodes(config: EncoderConfig, weighing?: RowWeighing): InputNodes {
	const made = new NodeList();
	const { ids, segments, positions, length } = encoderInputs;
	made.add("Cast", ["input_ids"], ids, { to: { int: int32Code } });
	const mask = made.add("Cast", ["attention_mask"], "encoder.mask", { to: { int: int32Code } });
	made.add("Sub", [mask, made.int32("one", 1)], segments);
	made.add("Shape", ["input_ids"], length, { start: { int: 1 }, end: { int: 2 } });
	const count = made.add("Squeeze", [length], "encoder.length.scalar");
	const range = made.add("Range", [made.scalar64("zero", 0), count, made.scalar64("step", 1)], "encoder.range");
	const row = made.add("Cast", [range], "encoder.range.int32", { to: { int: int32Code } });
	made.add("Expand", [row, made.add("Shape", ["input_ids"], "encoder.shape")], positions);
	if (hasWindows(config)) addWindow(made, range, Math.floor(config.localAttention / 2));
	if (weighing !== undefined) addLogWeights(made, mask, weighing);
	return made;
}

/** Whether some layer sees a window rather than the whole row. */
export function hasWindows(config: EncoderConfig): boolean {
	return Array.from({ length: config.layers }, (_, layer) => layer).some((layer) => !isGlobalLayer(config, layer));
}

function addWindow(made: NodeList, range: string, reach: number): void {
	const column = made.add("Unsqueeze", [range, made.vector64("last", [1])], "encoder.range.column"); // [length, 1]
	const distance = made.add("Abs", [made.add("Sub", [column, range], "encoder.difference")], "encoder.distance");
	const far = made.add("Greater", [distance, made.scalar64("reach", reach)], "encoder.far"); // [length, length]
	const bias = made.add("Where", [far, made.float("forbidden", forbidden), made.float("allowed", 0)], "encoder.band");
	made.add("Unsqueeze", [bias, made.vector64("heads", [0, 1])], encoderInputs.window);
}

/** See the inference room's `tokenWeights`: the n-th token of a kind counts n to the power of minus the damping. */
function addLogWeights(made: NodeList, mask: string, { repeatDamping, pooling }: RowWeighing): void {
	let counts = made.add("Cast", [mask], "encoder.is_token", { to: { int: boolCode } });
	if (pooling === "first") {
		const isFirst = made.add("Equal", [encoderInputs.positions, made.int32("first", 0)], "encoder.is_first");
		counts = made.add("And", [counts, isFirst], "encoder.counts");
	}
	const weight = repeatDamping === 0 ? made.float("log_weight", 0) : dampedLogWeights(made, repeatDamping);
	made.add("Where", [counts, weight, made.float("padding_log_weight", paddingLogWeight)], encoderInputs.logWeights);
}

/** [batch, length]; padding stands behind the tokens, and so counts for none of them. */
function dampedLogWeights(made: NodeList, damping: number): string {
	const column = made.add("Unsqueeze", [encoderInputs.ids, made.vector64("key", [2])], "encoder.ids.column");
	const row = made.add("Unsqueeze", [encoderInputs.ids, made.vector64("query", [1])], "encoder.ids.row");
	const alike = made.add("Equal", [column, row], "encoder.alike"); // [batch, length, length]
	const counted = made.add("Cast", [alike], "encoder.alike.float", { to: { int: float32Code } });
	const before = made.add("Trilu", [counted], "encoder.alike.before", { upper: { int: 0 } });
	const times = made.add("ReduceSum", [before, made.vector64("over", [2])], "encoder.times", { keepdims: { int: 0 } });
	const log = made.add("Log", [times], "encoder.times.log");
	return made.add("Mul", [log, made.float("minus_damping", -damping)], "encoder.times.weight");
}

/** Numbers of TensorProto.DataType in the ONNX specification. */
const [float32Code, int32Code, boolCode] = [1, 6, 9];

/** Collects nodes with one output each, and constants by name. */
class NodeList implements InputNodes {
	readonly nodes: NodeDescription[] = [];
	readonly #constants = new Map<string, TensorDescription>();

	get initializers(): TensorDescription[] {
		return [...this.#constants.values()];
	}

	/** Adds an operator and gives the name of its output. */
	add(
		op: string,
		inputs: readonly string[],
		output: string,
		attributes: Readonly<Record<string, AttributeDescription>> = {},
	): string {
		this.nodes.push({ name: output, op, inputs, outputs: [output], attributes });
		return output;
	}

	int32(name: string, value: number): string {
		return this.#constant({ name: `encoder.${name}`, dtype: "int32", shape: [], data: Int32Array.of(value) });
	}

	float(name: string, value: number): string {
		return this.#constant({ name: `encoder.${name}`, dtype: "float32", shape: [], data: Float32Array.of(value) });
	}

	scalar64(name: string, value: number): string {
		return this.#constant({ ...int64(`encoder.${name}`, [value]), shape: [] });
	}

	vector64(name: string, values: readonly number[]): string {
		return this.#constant(int64(`encoder.${name}`, values));
	}

	#constant(tensor: TensorDescription): string {
		this.#constants.set(tensor.name, tensor);
		return tensor.name;
	}
}

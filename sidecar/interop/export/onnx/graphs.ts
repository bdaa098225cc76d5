/** The graphs of a model that run without us: masked-LM logits, what its detector says, and hidden states with the sentence embedding. */
import { compile } from "../../../autodiff/compile.ts";
import { min, reshape, sigmoid } from "../../../autodiff/functions.ts";
import { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import { MaskwrightError } from "../../../base/errors.ts";
import { detectingSpecs } from "../../../inference/detector.ts";
import type { EmbeddingSection } from "../../../inference/embeddingSection.ts";
import { embeddingSpecs } from "../../../inference/vectorizer.ts";
import { segmentBias } from "../../../model/attention.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { detectorHead } from "../../../model/detector.ts";
import { encoder } from "../../../model/encoder.ts";
import { maskedLmHead } from "../../../model/heads.ts";
import { type ParameterSpec, parameterSpecs } from "../../../model/parameters.ts";
import { pooledRows, poolingQueryName, unitRows } from "../../../model/pooling.ts";
import { firstUnits } from "../../../model/subModels.ts";
import { encodeModel } from "../../../onnx/encodeModel.ts";
import { anySizeGraph } from "./anySize.ts";
import { encoderInputs, graphInputs, hasWindows, inputNodes } from "./inputNodes.ts";

/** A model as these graphs need it. */
export interface GraphModel {
	readonly config: EncoderConfig;
	/** By state-dict name. */
	readonly weights: ReadonlyMap<string, Float32Array>;
}

type Parameters = ReadonlyMap<string, Value>;

/** The largest protobuf message is one byte short of 2 GiB; a megabyte of it is for the graph itself. */
const largestWeights = 2 ** 31 - 2 ** 20;

/** `logits` [batch, length, vocabulary] of `input_ids` and `attention_mask`, as an ONNX file. Throws `modelInvalid`. */
export function fillMaskGraph({ config, weights }: GraphModel): Uint8Array {
	return exportGraph(config, {
		specs: parameterSpecs(config),
		weights,
		inputs: inputNodes(config),
		outputs: (parameters, hidden, [rows, length]) => ({
			logits: reshape(maskedLmHead(config, parameters, hidden), [rows, length, config.vocabularySize]),
		}),
		shapes: { logits: ["batch_size", "sequence_length", config.vocabularySize] },
	});
}

/**
 * `logits` [batch, length] and `probabilities` [batch, length] that each token was replaced, as an ONNX file; those of
 * padding mean nothing. Throws `modelInvalid`.
 */
export function detectorGraph({ config, weights }: GraphModel): Uint8Array {
	const shape = ["batch_size", "sequence_length"];
	return exportGraph(config, {
		specs: detectingSpecs(config),
		weights,
		inputs: inputNodes(config),
		outputs: (parameters, hidden, [rows, length]) => {
			const logits = reshape(detectorHead(config, parameters, hidden), [rows, length]);
			return { logits, probabilities: sigmoid(logits) };
		},
		shapes: { logits: shape, probabilities: shape },
	});
}

/**
 * `last_hidden_state` [batch, length, hidden] and `sentence_embedding` [batch, units], of length 1 and pooled as the
 * model's search does, as an ONNX file. Throws `modelInvalid`.
 */
export function embeddingGraph({ config, weights }: GraphModel, section: EmbeddingSection): Uint8Array {
	const { hiddenSize } = config;
	const units = section.sizes?.[0]?.[1] ?? hiddenSize;
	return exportGraph(config, {
		specs: embeddingSpecs(config, section.pooling),
		weights,
		inputs: inputNodes(config, section),
		outputs: (parameters, hidden, [rows, length]) => {
			const logWeights = hidden.graph.input(encoderInputs.logWeights, [rows, length]);
			return {
				last_hidden_state: reshape(hidden, [rows, length, hiddenSize]),
				sentence_embedding: unitRows(
					firstUnits(pooledRows(hidden, logWeights, parameters.get(poolingQueryName)), units),
				),
			};
		},
		shapes: {
			last_hidden_state: ["batch_size", "sequence_length", hiddenSize],
			sentence_embedding: ["batch_size", units],
		},
	});
}

/** Throws `modelInvalid` where the weights do not fit into one ONNX file. */
export function requireOneFile(specs: readonly Pick<ParameterSpec, "shape">[]): void {
	const bytes = specs.reduce((sum, { shape }) => sum + 4 * shape.reduce((product, size) => product * size, 1), 0);
	if (bytes <= largestWeights) return;
	throw new MaskwrightError(
		"modelInvalid",
		`This model can't be exported as ONNX: its weights have ${(bytes / 1e9).toFixed(1)} GB, and an ONNX file holds 2 GB. Export it with --format huggingface.`,
	);
}

interface ExportedGraph {
	readonly specs: readonly ParameterSpec[];
	readonly weights: ReadonlyMap<string, Float32Array>;
	readonly inputs: ReturnType<typeof inputNodes>;
	/** The outputs by name, from the hidden rows [rows * length, hidden] of a batch of [rows, length]. */
	readonly outputs: (parameters: Parameters, hidden: Value, size: [number, number]) => Record<string, Value>;
	readonly shapes: Readonly<Record<string, readonly (number | string)[]>>;
}

function exportGraph(config: EncoderConfig, { specs, weights, inputs, outputs, shapes }: ExportedGraph): Uint8Array {
	requireOneFile(specs);
	const body = anySizeGraph({
		longest: config.maxPositions,
		taken: new Set(specs.flatMap(({ shape }) => [...shape, config.hiddenSize / config.heads, config.heads])),
		lengthName: encoderInputs.length,
		build: ({ rows, length }) => {
			const graph = new Graph();
			const parameters = new Map(specs.map(({ name, shape }) => [name, graph.input(name, shape)]));
			const hidden = hiddenRows(graph, parameters, { config, rows, length });
			return compile(outputs(parameters, hidden, [rows, length])).model;
		},
	});
	const parameters = specs.map(({ name, shape }) => {
		return { name, dtype: "float32" as const, shape, data: weights.get(name)! };
	});
	return encodeModel({
		name: config.architecture,
		nodes: [...inputs.nodes, ...body.nodes],
		initializers: [...parameters, ...inputs.initializers, ...body.initializers],
		inputs: graphInputs,
		outputs: Object.entries(shapes).map(([name, shape]) => ({ name, dtype: "float32", shape })),
	});
}

/** Hidden rows [rows * length, hidden] of the inputs that `inputNodes` makes. */
function hiddenRows(
	graph: Graph,
	parameters: Parameters,
	{ config, rows, length }: { readonly config: EncoderConfig; readonly rows: number; readonly length: number },
): Value {
	const input = (name: string): Value => graph.input(name, [rows, length], "int32");
	const global = segmentBias(input(encoderInputs.segments));
	const local = hasWindows(config) ? min(global, graph.input(encoderInputs.window, [1, 1, length, length])) : global;
	const [inputIds, positions] = [input(encoderInputs.ids), input(encoderInputs.positions)];
	return encoder(config, parameters, { inputIds, positions, bias: { global, local } });
}

import { compile } from "../autodiff/compile.ts";
import { softmax } from "../autodiff/functions.ts";
import { Graph } from "../autodiff/graph.ts";
import type { Value } from "../autodiff/value.ts";
import { attentionBias } from "../model/attention.ts";
import type { EncoderConfig } from "../model/config.ts";
import { encoder } from "../model/encoder.ts";
import { maskedLmHead } from "../model/heads.ts";
import { parameterSpecs } from "../model/parameters.ts";
import { type ExecutionProvider, openSession } from "../session/session.ts";
import { floats, type Tensor, tensor } from "../session/tensor.ts";
import { compiledFor, type Precision } from "./precision.ts";

/** B rows of T tokens with M masked positions in all; fixed for a scorer, since graphs have static shapes. */
export interface ScorerShape {
	readonly rows: number;
	readonly sequenceLength: number;
	readonly maskedRows: number;
}

/** What a scorer reads; missing positions are padded with 0. */
export interface ScorerInputs {
	/** [B, T] token ids with the mask token in place. */
	readonly inputIds: Int32Array;
	/** [B, T] document numbers within the row; padding -1. */
	readonly segments: Int32Array;
	/** [B, T] position ids. */
	readonly positions: Int32Array;
	/** [M] flat indices b * T + t. */
	readonly maskedPositions: Int32Array;
}

export interface ScorerOptions {
	readonly config: EncoderConfig;
	readonly shape: ScorerShape;
	readonly executionProvider: ExecutionProvider;
	readonly threads?: number;
	/** Weights to build into the model; what is left out, all of them or an adapter's, every run is fed. */
	readonly weights?: ReadonlyMap<string, Float32Array>;
	/** Of products with weights that are built in; float32 by default. */
	readonly precision?: Precision;
}

/** The forward pass of a masked-LM: probabilities over the vocabulary at chosen positions. */
export interface Scorer {
	readonly shape: ScorerShape;
	/** Probabilities [M, V]. `parameters` are those that the scorer was opened without. */
	score(inputs: ScorerInputs, parameters?: ReadonlyMap<string, Tensor>): Promise<Float32Array>;
	release(): Promise<void>;
}

/** Opens a scorer; throws as `openSession` does, and `modelInvalid` where a weight is missing. */
export async function openScorer(options: ScorerOptions): Promise<Scorer> {
	const { shape, executionProvider, threads, precision = "float32" } = options;
	const { model } = compile({ probabilities: buildForward(options) }, compiledFor(precision));
	const session = await openSession(model, {
		executionProvider,
		int8: precision === "int8",
		...(threads === undefined ? {} : { threads }),
	});
	return {
		shape,
		async score(inputs, parameters = new Map()) {
			const feeds = scorerFeeds(inputs, shape);
			for (const [name, value] of parameters) feeds[name] ??= value;
			const { probabilities } = await session.run(feeds);
			return floats(probabilities!);
		},
		release: () => session.release(),
	};
}

/** What a scorer reads as the inputs of its graph; a session takes those that the graph has. */
export function scorerFeeds(
	inputs: ScorerInputs,
	{ rows, sequenceLength, maskedRows }: ScorerShape,
): Record<string, Tensor> {
	return {
		input_ids: tensor(inputs.inputIds, [rows, sequenceLength]),
		segments: tensor(inputs.segments, [rows, sequenceLength]),
		positions: tensor(inputs.positions, [rows, sequenceLength]),
		masked_positions: tensor(inputs.maskedPositions, [maskedRows]),
	};
}

function buildForward(options: ScorerOptions): Value {
	const { masked, parameters } = maskedStates(new Graph(), options);
	return softmax(maskedLmHead(options.config, parameters, masked), -1); // [M, V]
}

/** The hidden rows at the masked positions [M, hidden], and the parameters as they stand in the graph. */
export function maskedStates(
	graph: Graph,
	{
		config,
		shape,
		weights,
	}: Pick<ScorerOptions, "config" | "shape"> & { readonly weights?: ScorerOptions["weights"] | undefined },
): { masked: Value; parameters: ReadonlyMap<string, Value> } {
	const { rows, sequenceLength, maskedRows } = shape;
	const parameters = new Map<string, Value>();
	for (const { name, shape: dimensions } of parameterSpecs(config)) {
		const data = weights?.get(name);
		parameters.set(name, data === undefined ? graph.input(name, dimensions) : graph.constant(data, dimensions));
	}
	const segments = graph.input("segments", [rows, sequenceLength], "int32");
	const masked = encoder(config, parameters, {
		inputIds: graph.input("input_ids", [rows, sequenceLength], "int32"),
		positions: graph.input("positions", [rows, sequenceLength], "int32"),
		bias: attentionBias(config, segments),
		at: graph.input("masked_positions", [maskedRows], "int32"),
	});
	return { masked, parameters };
}

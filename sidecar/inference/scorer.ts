import { compile } from "../autodiff/compile.ts";
import { softmax } from "../autodiff/functions.ts";
import { Graph } from "../autodiff/graph.ts";
import type { Value } from "../autodiff/value.ts";
import { attentionBias } from "../model/attention.ts";
import type { EncoderConfig } from "../model/config.ts";
import { encoder } from "../model/encoder.ts";
import { maskedLmHead, rowsAt } from "../model/heads.ts";
import { parameterSpecs } from "../model/parameters.ts";
import { type ExecutionProvider, openSession } from "../session/session.ts";
import { floats, type Tensor, tensor } from "../session/tensor.ts";

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
	/** Weights to build into the model; left out, every run is fed live parameters. */
	readonly weights?: ReadonlyMap<string, Float32Array>;
}

/** The forward pass of a masked-LM: probabilities over the vocabulary at chosen positions. */
export interface Scorer {
	readonly shape: ScorerShape;
	/** Probabilities [M, V]. `parameters` must be given when the scorer was opened without weights. */
	score(inputs: ScorerInputs, parameters?: ReadonlyMap<string, Tensor>): Promise<Float32Array>;
	release(): Promise<void>;
}

/** Opens a scorer; throws as `openSession` does, and `modelInvalid` where a weight is missing. */
export async function openScorer(options: ScorerOptions): Promise<Scorer> {
	const { config, shape, weights, executionProvider, threads } = options;
	const { rows, sequenceLength, maskedRows } = shape;
	const { model } = compile({ probabilities: buildForward(options) });
	const session = await openSession(model, { executionProvider, ...(threads === undefined ? {} : { threads }) });
	return {
		shape,
		async score(inputs, parameters = new Map()) {
			const feeds: Record<string, Tensor> = {
				input_ids: tensor(inputs.inputIds, [rows, sequenceLength]),
				segments: tensor(inputs.segments, [rows, sequenceLength]),
				masked_positions: tensor(inputs.maskedPositions, [maskedRows]),
			};
			if (config.positionEmbedding === "absolute") {
				feeds["positions"] = tensor(inputs.positions, [rows, sequenceLength]);
			}
			if (weights === undefined) for (const [name, value] of parameters) feeds[name] = value;
			const { probabilities } = await session.run(feeds);
			return floats(probabilities!);
		},
		release: () => session.release(),
	};
}

function buildForward({ config, shape, weights }: ScorerOptions): Value {
	const { rows, sequenceLength, maskedRows } = shape;
	const graph = new Graph();
	const parameters = new Map<string, Value>();
	for (const { name, shape: dimensions } of parameterSpecs(config)) {
		const data = weights?.get(name);
		parameters.set(name, data === undefined ? graph.input(name, dimensions) : graph.constant(data, dimensions));
	}
	const segments = graph.input("segments", [rows, sequenceLength], "int32");
	const hidden = encoder(config, parameters, {
		inputIds: graph.input("input_ids", [rows, sequenceLength], "int32"),
		positions: graph.input("positions", [rows, sequenceLength], "int32"),
		bias: attentionBias(config, segments),
	}); // [B * T, hidden]
	const masked = rowsAt(hidden, graph.input("masked_positions", [maskedRows], "int32"));
	return softmax(maskedLmHead(config, parameters, masked), -1); // [M, V]
}

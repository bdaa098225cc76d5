import { compile } from "../autodiff/compile.ts";
import { sigmoid } from "../autodiff/functions.ts";
import { Graph } from "../autodiff/graph.ts";
import { attentionBias } from "../model/attention.ts";
import type { EncoderConfig } from "../model/config.ts";
import { detectorHead, detectorSpecs } from "../model/detector.ts";
import { encoder } from "../model/encoder.ts";
import { encoderPrefix } from "../model/names.ts";
import { parameterSpecs } from "../model/parameters.ts";
import { type ExecutionProvider, openSession } from "../session/session.ts";
import { floats, type Tensor, tensor } from "../session/tensor.ts";

export interface DetectorOptions {
	readonly config: EncoderConfig;
	/** B rows of T tokens. */
	readonly rows: number;
	readonly sequenceLength: number;
	readonly executionProvider: ExecutionProvider;
	readonly threads?: number;
	/** Weights to build into the model; left out, every run is fed live parameters. */
	readonly weights?: ReadonlyMap<string, Float32Array>;
}

/** What a detector reads, each [B, T]. */
export interface DetectorInputs {
	readonly inputIds: Int32Array;
	/** Document numbers within the row; padding -1. */
	readonly segments: Int32Array;
	readonly positions: Int32Array;
}

/** The forward pass of an encoder with its detector head. */
export interface Detector {
	/** The probability that each token was replaced [B * T]. */
	probabilities(inputs: DetectorInputs, parameters?: ReadonlyMap<string, Tensor>): Promise<Float32Array>;
	release(): Promise<void>;
}

/** The tensors that a detector serves with: the encoder's and the head's, and none of a generator. */
export function detectingSpecs(config: EncoderConfig) {
	const prefix = `${encoderPrefix(config)}.`;
	return [...parameterSpecs(config).filter(({ name }) => name.startsWith(prefix)), ...detectorSpecs(config)];
}

/** Opens a detector; throws as `openSession` does, and `modelInvalid` where a weight is missing. */
export async function openDetector(options: DetectorOptions): Promise<Detector> {
	const { config, rows, sequenceLength, weights, executionProvider, threads } = options;
	const shape = [rows, sequenceLength];
	const { model, inputs: needed } = compile({ probabilities: forward(options) });
	const session = await openSession(model, { executionProvider, ...(threads === undefined ? {} : { threads }) });
	return {
		async probabilities({ inputIds, segments, positions }, parameters = new Map()) {
			const feeds: Record<string, Tensor> = {
				input_ids: tensor(inputIds, shape),
				segments: tensor(segments, shape),
				...(config.positionEmbedding === "absolute" ? { positions: tensor(positions, shape) } : {}),
			};
			if (weights === undefined) for (const [name, value] of parameters) if (name in needed) feeds[name] = value;
			const { probabilities } = await session.run(feeds);
			return floats(probabilities!);
		},
		release: () => session.release(),
	};
}

function forward({ config, rows, sequenceLength, weights }: DetectorOptions) {
	const graph = new Graph();
	const parameters = new Map(
		detectingSpecs(config).flatMap(({ name, shape }) => {
			if (weights === undefined) return [[name, graph.input(name, shape)]];
			const data = weights.get(name);
			return data === undefined ? [] : [[name, graph.constant(data, shape)]];
		}),
	);
	const shape = [rows, sequenceLength];
	const segments = graph.input("segments", shape, "int32");
	const hidden = encoder(config, parameters, {
		inputIds: graph.input("input_ids", shape, "int32"),
		positions: graph.input("positions", shape, "int32"),
		bias: attentionBias(config, segments),
	});
	return sigmoid(detectorHead(config, parameters, hidden));
}

/** The log-probability of one prediction as a function of the token embeddings, and its gradient. */
import { compile } from "../../autodiff/compile.ts";
import { neg, reduceSum, softmax } from "../../autodiff/functions.ts";
import { gradients } from "../../autodiff/gradients.ts";
import { Graph } from "../../autodiff/graph.ts";
import type { Value } from "../../autodiff/value.ts";
import { attentionBias } from "../../model/attention.ts";
import { type EncoderConfig, embeddingWidth } from "../../model/config.ts";
import { encoder } from "../../model/encoder.ts";
import { maskedLmHead } from "../../model/heads.ts";
import { tokenEmbeddingName } from "../../model/names.ts";
import { parameterSpecs } from "../../model/parameters.ts";
import { crossEntropy } from "../../objectives/crossEntropy.ts";
import { openSession } from "../../session/session.ts";
import { floats, tensor } from "../../session/tensor.ts";
import type { OpenOptions } from "../loadedModel.ts";

/** S copies of a row of T tokens, whose embeddings may differ. */
export interface GradientShape {
	readonly copies: number;
	readonly length: number;
}

export interface GradientInputs {
	/** Token embeddings [S, T, embedding]. */
	readonly embeddings: Float32Array;
	/** How many of the T tokens are the document; the others are padding. */
	readonly count: number;
	/** The place, and the id whose log-probability is meant. */
	readonly position: number;
	readonly target: number;
}

export interface GradientResult {
	/** log p(target) of each copy [S], nats. */
	readonly logProbabilities: Float32Array;
	/** Of log p by the embeddings [S, T, embedding]. */
	readonly gradients: Float32Array;
	/** Over the vocabulary [S, V]. */
	readonly probabilities: Float32Array;
}

export interface GradientSession {
	readonly shape: GradientShape;
	run(inputs: GradientInputs): Promise<GradientResult>;
	release(): Promise<void>;
}

/** Opens a session of this shape; throws as `openSession`. */
export async function openGradients(
	model: { readonly config: EncoderConfig; readonly weights: ReadonlyMap<string, Float32Array> },
	{ shape, executionProvider, threads }: OpenOptions & { readonly shape: GradientShape },
): Promise<GradientSession> {
	const { copies, length } = shape;
	const width = embeddingWidth(model.config);
	const compiled = compile(buildGradients(model, shape));
	const session = await openSession(compiled.model, {
		executionProvider,
		...(threads === undefined ? {} : { threads }),
	});
	return {
		shape,
		async run({ embeddings, count, position, target }) {
			const segments = new Int32Array(copies * length).fill(-1);
			const positions = new Int32Array(copies * length);
			for (let copy = 0; copy < copies; copy++) {
				segments.fill(0, copy * length, copy * length + count);
				for (let at = 0; at < count; at++) positions[copy * length + at] = at;
			}
			const results = await session.run({
				embeddings: tensor(embeddings, [copies * length, width]),
				segments: tensor(segments, [copies, length]),
				...(compiled.inputs["positions"] === undefined ? {} : { positions: tensor(positions, [copies, length]) }),
				places: tensor(
					Int32Array.from({ length: copies }, (_, copy) => copy * length + position),
					[copies],
				),
				targets: tensor(new Int32Array(copies).fill(target), [copies]),
			});
			return {
				logProbabilities: floats(results["log_probabilities"]!),
				gradients: floats(results["gradients"]!),
				probabilities: floats(results["probabilities"]!),
			};
		},
		release: () => session.release(),
	};
}

/**
 * The encoder looks its embeddings up in a table, so it is given the rows themselves for a table and their numbers for
 * ids; the head keeps the true table as its decoder.
 */
function buildGradients(
	{ config, weights }: { readonly config: EncoderConfig; readonly weights: ReadonlyMap<string, Float32Array> },
	{ copies, length }: GradientShape,
): Record<string, Value> {
	const graph = new Graph();
	const parameters = new Map<string, Value>();
	for (const { name, shape } of parameterSpecs(config)) parameters.set(name, graph.constant(weights.get(name)!, shape));
	const embeddings = graph.input("embeddings", [copies * length, embeddingWidth(config)]);
	const numbers = Int32Array.from({ length: copies * length }, (_, at) => at);
	const rows = encoder(config, new Map(parameters).set(tokenEmbeddingName(config), embeddings), {
		inputIds: graph.constant(numbers, [copies, length]),
		positions: graph.input("positions", [copies, length], "int32"),
		bias: attentionBias(config, graph.input("segments", [copies, length], "int32")),
		at: graph.input("places", [copies], "int32"),
	}); // [S, hidden]
	const logits = maskedLmHead(config, parameters, rows); // [S, V]
	const logProbabilities = neg(crossEntropy(logits, graph.input("targets", [copies], "int32"))); // [S]
	const [found] = gradients(reduceSum(logProbabilities), [embeddings]); // copies do not see each other
	return { log_probabilities: logProbabilities, gradients: found!, probabilities: softmax(logits, -1) };
}

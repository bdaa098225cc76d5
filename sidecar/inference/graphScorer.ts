import { compile } from "../autodiff/compile.ts";
import { softmax } from "../autodiff/functions.ts";
import { Graph } from "../autodiff/graph.ts";
import type { Value } from "../autodiff/value.ts";
import type { GraphBatch } from "../data/graph/graphBatch.ts";
import { maskedLmHead } from "../model/heads.ts";
import { parameterSpecs } from "../model/parameters.ts";
import { openSession } from "../session/session.ts";
import { floats } from "../session/tensor.ts";
import { encoderFeeds, type GraphShape, graphEncoder } from "./graphEncoder.ts";
import type { LoadedModel, OpenOptions } from "./loadedModel.ts";
import { requireHead } from "./predictingHead.ts";

/** The forward pass over functions and their variables: probabilities over the vocabulary at the masked positions. */
export interface GraphScorer {
	/** Probabilities [M, V]. */
	score(batch: GraphBatch): Promise<Float32Array>;
	release(): Promise<void>;
}

/** Opens a scorer; throws as `openSession` and `requireHead` do. */
export async function openGraphScorer(
	{ weights }: Pick<LoadedModel, "weights">,
	{ shape, executionProvider, threads }: OpenOptions & { readonly shape: GraphShape },
): Promise<GraphScorer> {
	const { config } = shape;
	requireHead(config, weights);
	const graph = new Graph();
	const parameters = new Map<string, Value>();
	for (const { name, shape: dimensions } of parameterSpecs(config)) {
		parameters.set(name, graph.constant(weights.get(name)!, dimensions));
	}
	const at = graph.input("masked_positions", [shape.maskedRows], "int32");
	const masked = graphEncoder(graph, parameters, shape, at);
	const { model } = compile({ probabilities: softmax(maskedLmHead(config, parameters, masked), -1) });
	const session = await openSession(model, { executionProvider, ...(threads === undefined ? {} : { threads }) });
	return {
		score: async (batch) => floats((await session.run(encoderFeeds(batch, shape)))["probabilities"]!),
		release: () => session.release(),
	};
}

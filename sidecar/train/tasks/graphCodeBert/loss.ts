import { add, mul } from "../../../autodiff/functions.ts";
import type { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import { type GraphBatch, type PairBatch, pairsPerRow } from "../../../data/graph/graphBatch.ts";
import { encoderFeeds, type GraphShape, graphEncoder } from "../../../inference/graphEncoder.ts";
import { maskedLmHead, rowsAt } from "../../../model/heads.ts";
import { objectives, pairLogits } from "../../../objectives/objectives.ts";
import { type Tensor, tensor } from "../../../session/tensor.ts";

/** What each of the three losses counts. */
export interface LossWeights {
	readonly edges: number;
	readonly alignments: number;
}

/**
 * The joint loss: masked language modelling, plus edge prediction and node alignment by their weights. The mean of each
 * over what it predicts, so that none grows with the size of a graph.
 */
export function graphCodeBertLoss(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ shape, weights }: { shape: GraphShape; weights: LossWeights },
): Value {
	const { config, maskedRows } = shape;
	const hidden = graphEncoder(graph, parameters, shape);
	const states = rowsAt(hidden, graph.input("masked_positions", [maskedRows], "int32"));
	const labels = graph.input("labels", [maskedRows], "int32");
	const logits = maskedLmHead(config, parameters, states);
	let loss = objectives.maskedLm(logits, labels, graph.input("weights", [maskedRows]));
	for (const kind of pairKinds) {
		if (weights[kind] === 0) continue;
		const [targets, counts] = [pairInput(graph, shape, `${kind}.targets`), pairInput(graph, shape, `${kind}.weights`)];
		loss = add(loss, mul(objectives.binary(pairLogitsOf(hidden, kind, shape), targets, counts), weights[kind]));
	}
	return loss;
}

/** The two tasks on the structure, as their inputs are named. */
export const pairKinds = ["edges", "alignments"] as const;

export type PairKind = (typeof pairKinds)[number];

/** The logits [B * P] of one task's pairs. */
export function pairLogitsOf(hidden: Value, kind: PairKind, { rows }: Pick<GraphShape, "rows">): Value {
	const positions = (side: "left" | "right"): Value =>
		hidden.graph.input(`${kind}.${side}`, [rows * pairsPerRow], "int32");
	return pairLogits(hidden, { left: positions("left"), right: positions("right") });
}

function pairInput(graph: Graph, { rows }: GraphShape, name: string): Value {
	return graph.input(name, [rows * pairsPerRow]);
}

/** A batch as the inputs of these graphs; a session takes those that its graph has. */
export function graphFeeds(batch: GraphBatch, shape: GraphShape): Record<string, Tensor> {
	const { maskedRows } = shape;
	return {
		...encoderFeeds(batch, shape),
		labels: tensor(batch.labels, [maskedRows]),
		weights: tensor(batch.weights, [maskedRows]),
		...pairFeeds("edges", batch.edgePairs),
		...pairFeeds("alignments", batch.alignmentPairs),
	};
}

function pairFeeds(kind: PairKind, pairs: PairBatch): Record<string, Tensor> {
	const entries = Object.entries(pairs).map(([name, data]) => [`${kind}.${name}`, tensor(data, [data.length])]);
	return Object.fromEntries(entries) as Record<string, Tensor>;
}

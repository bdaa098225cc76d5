/** The forward pass over functions with their data flow, the rows of GraphCodeBERT. */
import type { Graph } from "../autodiff/graph.ts";
import type { Value } from "../autodiff/value.ts";
import type { CollateGraphOptions } from "../data/graph/collateGraph.ts";
import type { GraphBatch } from "../data/graph/graphBatch.ts";
import { type EncoderConfig, positionOffset } from "../model/config.ts";
import { encoder } from "../model/encoder.ts";
import { graphAttentionBias } from "../model/graphAttention.ts";
import { type Tensor, tensor } from "../session/tensor.ts";

/** What fixes the graph: B rows of C tokens and N variables, M masked tokens in all. */
export interface GraphShape {
	readonly config: EncoderConfig;
	readonly rows: number;
	readonly textLength: number;
	readonly nodes: number;
	readonly maskedRows: number;
}

/** Hidden rows [B * L, hidden] of text and variables under graph-guided attention, or those `at` flat indices [rows]. */
export function graphEncoder(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	shape: GraphShape,
	at?: Value,
): Value {
	const { config, rows, textLength, nodes } = shape;
	return encoder(config, parameters, {
		inputIds: graph.input("input_ids", [rows, textLength], "int32"),
		means: graph.input("means", [rows, nodes, textLength]),
		positions: graph.input("positions", [rows, textLength + nodes], "int32"),
		bias: graphAttentionBias({
			segments: graph.input("segments", [rows, textLength], "int32"),
			special: graph.input("special", [rows, textLength]),
			nodes: graph.input("nodes", [rows, nodes]),
			links: graph.input("links", [rows, nodes, textLength]),
			edges: graph.input("edges", [rows, nodes, nodes]),
		}),
		...(at === undefined ? {} : { at }),
	});
}

/** A batch as the inputs of `graphEncoder`, and where it is masked. */
export function encoderFeeds(
	batch: GraphBatch,
	{ rows, textLength, nodes, maskedRows }: GraphShape,
): Record<string, Tensor> {
	return {
		input_ids: tensor(batch.inputIds, [rows, textLength]),
		segments: tensor(batch.segments, [rows, textLength]),
		positions: tensor(batch.positions, [rows, textLength + nodes]),
		special: tensor(batch.special, [rows, textLength]),
		nodes: tensor(batch.nodes, [rows, nodes]),
		means: tensor(batch.means, [rows, nodes, textLength]),
		links: tensor(batch.links, [rows, nodes, textLength]),
		edges: tensor(batch.edges, [rows, nodes, nodes]),
		masked_positions: tensor(batch.maskedPositions, [maskedRows]),
	};
}

/** The position ids of variables and padding: RoBERTa's row 0 is the variables', that of the padding token the padding's. */
export function nodePositions(config: EncoderConfig): Pick<CollateGraphOptions, "nodePosition" | "padPosition"> {
	const offset = positionOffset(config);
	return { nodePosition: -offset, padPosition: config.paddingId - offset };
}

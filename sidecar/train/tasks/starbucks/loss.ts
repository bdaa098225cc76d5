import { add, mul, reshape, slice } from "../../../autodiff/functions.ts";
import type { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import type { Batch } from "../../../data/collate.ts";
import { attentionBias } from "../../../model/attention.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { headTransform, maskedLmHead, rowsAt } from "../../../model/heads.ts";
import { type SubModel, subModelRows } from "../../../model/subModels.ts";
import { matryoshka2d } from "../../../objectives/matryoshka.ts";
import { maskedLm } from "../../../objectives/objectives.ts";
import type { Tensor } from "../../../session/tensor.ts";
import { maskedLmFeeds, maskedLmInputs } from "../maskedLmFeeds.ts";
import { decoderRows } from "./decoder.ts";

/** What fixes the graph of a masked-autoencoding loss: B rows of T tokens and the masked positions of both copies. */
export interface AutoencodingShape {
	readonly config: EncoderConfig;
	readonly sizes: readonly SubModel[];
	readonly rows: number;
	readonly sequenceLength: number;
	readonly maskedRows: number;
	readonly decoderMaskedRows: number;
	/** What the autoencoder's loss counts; masked language modelling counts the rest of 1. */
	readonly share: number;
}

/** A batch as the encoder sees it, and the more heavily masked copy of it that the decoder sees. */
export interface AutoencodingBatch {
	readonly encoder: Batch;
	readonly decoder: Batch;
}

/** Stands before the names of the decoder's inputs. */
const decoderPrefix = "autoencoder.";

/**
 * The mean over sub-models of (1 - share) * masked LM + share * masked autoencoding (Zhuang et al. 2024, section 3.2,
 * with both at a half): all through one head, whose transform a sub-model reads with its units alone.
 */
export function autoencodingLoss(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	shape: AutoencodingShape,
): Value {
	const { config, sizes, rows, sequenceLength, share } = shape;
	const tokens = (name: string): Value => graph.input(name, [rows, sequenceLength], "int32");
	const segments = tokens(maskedLmInputs.segments);
	const shared = { positions: tokens(maskedLmInputs.positions), bias: attentionBias(config, segments) };
	const inputs = { ...shared, inputIds: tokens(maskedLmInputs.inputIds) };
	const outputs = subModelRows(config, parameters, { inputs, sizes }); // each [B * T, units]
	const labelled = labelledRows(graph, "", shape.maskedRows);
	const decoded = share > 0 ? labelledRows(graph, decoderPrefix, shape.decoderMaskedRows) : undefined;
	const decoderIds = share > 0 ? tokens(decoderPrefix + maskedLmInputs.inputIds) : undefined;
	return matryoshka2d(outputs, (hidden) => {
		const mlm = labelled((at) => maskedLmHead(config, parameters, rowsAt(hidden, at)));
		if (decoded === undefined || decoderIds === undefined) return mlm;
		const units = hidden.shape[1]!;
		const cls = reshape(slice(reshape(hidden, [rows, sequenceLength, units]), 1, 0, 1), [rows, units]);
		const first = headTransform(config, parameters, cls); // [B, hidden]
		const decoderInputs = { ...shared, inputIds: decoderIds, first };
		const mae = decoded((at) =>
			maskedLmHead(config, parameters, decoderRows(config, parameters, { ...decoderInputs, at })),
		);
		return add(mul(mlm, 1 - share), mul(mae, share));
	});
}

/** The inputs of that graph; what is the same in both copies is fed once. */
export function autoencodingFeeds(batch: AutoencodingBatch, shape: AutoencodingShape): Record<string, Tensor> {
	const feeds = maskedLmFeeds(batch.encoder, { headRows: "masked", maskedRows: shape.maskedRows });
	const decoder = maskedLmFeeds(batch.decoder, { headRows: "masked", maskedRows: shape.decoderMaskedRows });
	const { inputIds, maskedPositions, labels, weights } = maskedLmInputs;
	for (const name of shape.share > 0 ? [inputIds, maskedPositions, labels, weights] : []) {
		feeds[decoderPrefix + name] = decoder[name]!;
	}
	return feeds;
}

/** The masked-LM loss of what is predicted at the masked positions of a copy. */
function labelledRows(graph: Graph, prefix: string, count: number): (predict: (at: Value) => Value) => Value {
	const at = graph.input(prefix + maskedLmInputs.maskedPositions, [count], "int32");
	const labels = graph.input(prefix + maskedLmInputs.labels, [count], "int32");
	const weights = graph.input(prefix + maskedLmInputs.weights, [count]);
	return (predict) => maskedLm(predict(at), labels, weights);
}

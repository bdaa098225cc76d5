import { add, mul } from "../../../autodiff/functions.ts";
import type { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import type { NgramBatch, NgramShape, Predictions } from "../../../data/ngramMasks/ngramBatch.ts";
import { coarseFineBias } from "../../../model/coarseFine.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { encoder } from "../../../model/encoder.ts";
import { maskedLmHead, rowsAt } from "../../../model/heads.ts";
import { coarseLogits, withNgramInputs } from "../../../model/ngramHead.ts";
import { objectives } from "../../../objectives/objectives.ts";
import { type Tensor, tensor } from "../../../session/tensor.ts";

export interface NgramLossOptions {
	readonly config: EncoderConfig;
	readonly shape: NgramShape;
	readonly weights: LossWeights;
}

/** What each loss counts; 0 leaves one out. */
export interface LossWeights {
	readonly coarse: number;
	readonly fine: number;
}

/** The logits of both views. */
export interface NgramViews {
	/** [M, vocabulary + ngrams] at the masks. */
	readonly coarse: Value;
	/** [F, vocabulary] at the queries; undefined without them. */
	readonly fine: Value | undefined;
}

/**
 * Comprehensive prediction (Xiao et al. 2021, section 3.3, equation 3): - sum log p(y | z) over masks, y an n-gram or a
 * token, and - sum log p(x | z) over the tokens x of n-grams, both over the number of masks.
 */
export function ernieGramLoss(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ config, shape, weights }: NgramLossOptions,
): Value {
	const { coarse, fine } = ngramViews(graph, parameters, { config, shape });
	const judge = (view: "coarse" | "fine", logits: Value): Value => {
		const count = logits.shape[0]!;
		const labels = graph.input(`${view}.labels`, [count], "int32");
		return mul(objectives.maskedLm(logits, labels, graph.input(`${view}.weights`, [count])), weights[view]);
	};
	const loss = judge("coarse", coarse);
	return fine === undefined ? loss : add(loss, judge("fine", fine));
}

/** The forward pass of both views. */
export function ngramViews(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ config, shape }: Pick<NgramLossOptions, "config" | "shape">,
): NgramViews {
	const { rows, length, masks, queries } = shape;
	const column = (name: string): Value => graph.input(name, [rows, length], "int32");
	const hidden = encoder(config, withNgramInputs(config, parameters), {
		inputIds: column("input_ids"),
		positions: column("positions"),
		places: column("places"),
		bias: coarseFineBias(column("segments"), column("views")),
	}); // [B * L, hidden]
	const at = (view: "coarse" | "fine", count: number): Value =>
		rowsAt(hidden, graph.input(`${view}.positions`, [count], "int32"));
	return {
		coarse: coarseLogits(config, parameters, at("coarse", masks)),
		fine: queries === 0 ? undefined : maskedLmHead(config, parameters, at("fine", queries)),
	};
}

/** A batch as the inputs of these graphs; a session takes those that its graph has. */
export function ngramFeeds(batch: NgramBatch): Record<string, Tensor> {
	const column = (data: Int32Array): Tensor => tensor(data, [batch.rows, batch.length]);
	return {
		input_ids: column(batch.inputIds),
		segments: column(batch.segments),
		positions: column(batch.positions),
		places: column(batch.places),
		views: column(batch.views),
		...predictionFeeds("coarse", batch.coarse),
		...predictionFeeds("fine", batch.fine),
	};
}

function predictionFeeds(view: "coarse" | "fine", predictions: Predictions): Record<string, Tensor> {
	const { positions, labels, weights } = predictions;
	const shape = [positions.length];
	return {
		[`${view}.positions`]: tensor(positions, shape),
		[`${view}.labels`]: tensor(labels, shape),
		[`${view}.weights`]: tensor(weights, shape),
	};
}

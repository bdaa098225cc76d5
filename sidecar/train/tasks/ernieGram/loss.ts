import { add, mul } from "../../../autodiff/functions.ts";
import type { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import type { NgramShape } from "../../../data/ngramMasks/ngramBatch.ts";
import { coarseFineBias } from "../../../model/coarseFine.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { detectorHead } from "../../../model/detector.ts";
import { encoder } from "../../../model/encoder.ts";
import { maskedLmHead, rowsAt } from "../../../model/heads.ts";
import { coarseLogits, withNgramInputs } from "../../../model/ngramHead.ts";
import { objectives } from "../../../objectives/objectives.ts";
import { type NgramGenerator, relationInputs, type SampledNgrams, sampleNgrams } from "./relations.ts";

export interface NgramGraphOptions {
	readonly config: EncoderConfig;
	readonly shape: NgramShape;
	/** Puts what it draws in place of masks; without it they stay. */
	readonly generator?: NgramGenerator | undefined;
}

export interface NgramLossOptions extends NgramGraphOptions {
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
	/** What stands in place of masks, and of every place [B * L] the logit that says it is not the original. */
	readonly sampled: (SampledNgrams & { readonly detected: Value }) | undefined;
}

/** The parts of the loss, before their weights. */
export interface NgramLosses {
	readonly coarse: Value;
	readonly fine: Value | undefined;
	readonly generator: Value | undefined;
	readonly detector: Value | undefined;
}

/**
 * Comprehensive prediction (Xiao et al. 2021, section 3.3, equation 3): - sum log p(y | z) over masks, y an n-gram or a
 * token, and - sum log p(x | z) over the tokens x of n-grams, both over the number of masks. With a generator z has its
 * draws in place of masks, and its own - sum log p(y | z with masks) and the detector's sum over the tokens of z are
 * added (section 3.4), over the number of masks too.
 */
export function ernieGramLoss(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ weights, ...options }: NgramLossOptions,
): Value {
	const losses = ngramLosses(graph, parameters, options);
	const parts = [
		mul(losses.coarse, weights.coarse),
		...(losses.fine === undefined ? [] : [mul(losses.fine, weights.fine)]),
		...(losses.generator === undefined ? [] : [losses.generator]),
		...(losses.detector === undefined ? [] : [mul(losses.detector, options.generator!.detectorWeight)]),
	];
	return parts.reduce((sum, part) => add(sum, part));
}

/** Each part by itself. */
export function ngramLosses(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	options: NgramGraphOptions,
): NgramLosses {
	const { coarse, fine, sampled } = ngramViews(graph, parameters, options);
	const targets = (view: "coarse" | "fine", logits: Value): [Value, Value] => {
		const count = logits.shape[0]!;
		return [graph.input(`${view}.labels`, [count], "int32"), graph.input(`${view}.weights`, [count])];
	};
	const masks = targets("coarse", coarse);
	const { rows, length } = options.shape;
	return {
		coarse: objectives.maskedLm(coarse, ...masks),
		fine: fine === undefined ? undefined : objectives.maskedLm(fine, ...targets("fine", fine)),
		generator: sampled === undefined ? undefined : objectives.maskedLm(sampled.logits, ...masks),
		detector:
			sampled === undefined
				? undefined
				: objectives.binary(
						sampled.detected,
						sampled.replaced,
						graph.input(relationInputs.detectorWeights, [rows * length]),
					),
	};
}

/** The forward pass of both views. */
export function ngramViews(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ config, shape, generator }: NgramGraphOptions,
): NgramViews {
	const { rows, length } = shape;
	const column = (name: string): Value => graph.input(name, [rows, length], "int32");
	const positionsOf = (view: "coarse" | "fine", count: number): Value =>
		graph.input(`${view}.positions`, [count], "int32");
	const [given, masks] = [column("input_ids"), positionsOf("coarse", shape.masks)];
	const sampled =
		generator === undefined
			? undefined
			: sampleNgrams(graph, parameters, { config, shape, generator, original: given, masks });
	const hidden = encoder(config, withNgramInputs(config, parameters), {
		inputIds: sampled?.inputIds ?? given,
		positions: column("positions"),
		places: column("places"),
		bias: coarseFineBias(column("segments"), column("views")),
	}); // [B * L, hidden]
	const queries = shape.queries === 0 ? undefined : positionsOf("fine", shape.queries);
	return {
		coarse: coarseLogits(config, parameters, rowsAt(hidden, masks)),
		fine: queries === undefined ? undefined : maskedLmHead(config, parameters, rowsAt(hidden, queries)),
		sampled: sampled === undefined ? undefined : { ...sampled, detected: detectorHead(config, parameters, hidden) },
	};
}

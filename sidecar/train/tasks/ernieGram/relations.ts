/** Enhanced relation modelling (Xiao et al. 2021, section 3.4) as a graph: what a generator proposes in place of masks. */
import type { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import type { NgramShape } from "../../../data/ngramMasks/ngramBatch.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { type Corrupted, corrupt, corrupters } from "../../../model/corruption.ts";
import type { GeneratorSizes } from "../../../model/generator.ts";
import { ngramGeneratorLogits } from "../../../model/ngramGenerator.ts";

/** What fixes the part of the generator. */
export interface NgramGenerator {
	readonly sizes: GeneratorSizes;
	/** V_N, the classes beyond the vocabulary. */
	readonly ngrams: number;
	/** T, the tokens of a row without the queries of the fine view, which the generator does not read. */
	readonly textLength: number;
	/** What the detector's loss counts. */
	readonly detectorWeight: number;
}

/** Names of the graph inputs beyond those of the two views. */
export const relationInputs = {
	/** What the generator reads [B, T] int32: the rows with their masks. */
	inputIds: "generator.input_ids",
	segments: "generator.segments",
	positions: "generator.positions",
	/** Its masks, b * T + t, [M] int32. */
	masks: "generator.masks",
	/** Gumbel noise [M, vocabulary + ngrams]. */
	noise: "generator.noise",
	/** 1 at each mask in whose place a draw stands [M]. */
	drawn: "generator.drawn",
	/** What the detector's answer counts, 1/n for n masks of the step: at text and draws, else 0 [B * L]. */
	detectorWeights: "detector.weights",
} as const;

export interface SampledNgrams extends Corrupted {
	/** Of the generator at the masks [M, vocabulary + ngrams]. */
	readonly logits: Value;
}

/**
 * Draws a token or n-gram for each mask from what the generator finds likely, and puts some of them in place: `original`
 * [B, L] int32 has there what the mask hides, and `masks` [M] int32 tells where they are, b * L + t. No gradient passes
 * through a draw.
 */
export function sampleNgrams(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ config, shape, generator, original, masks }: SamplingOptions,
): SampledNgrams {
	const size = [shape.rows, generator.textLength];
	const column = (name: string): Value => graph.input(name, size, "int32");
	const logits = ngramGeneratorLogits(
		parameters,
		{ config, sizes: generator.sizes },
		{
			inputIds: column(relationInputs.inputIds),
			segments: column(relationInputs.segments),
			positions: column(relationInputs.positions),
			masks: graph.input(relationInputs.masks, [shape.masks], "int32"),
		},
	);
	const noise = graph.input(relationInputs.noise, [shape.masks, config.vocabularySize + generator.ngrams]);
	const weights = graph.input(relationInputs.drawn, [shape.masks]);
	return { logits, ...corrupt({ original, positions: masks, weights }, corrupters.generator({ logits, noise })) };
}

interface SamplingOptions {
	readonly config: EncoderConfig;
	readonly shape: NgramShape;
	readonly generator: NgramGenerator;
	readonly original: Value;
	readonly masks: Value;
}

import { add, mul } from "../../../autodiff/functions.ts";
import type { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import { attentionBias } from "../../../model/attention.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { type CorrupterName, corrupt, corrupters } from "../../../model/corruption.ts";
import { detectorHead } from "../../../model/detector.ts";
import { encoder } from "../../../model/encoder.ts";
import { type GeneratorSizes, generatorConfig, generatorParameters } from "../../../model/generator.ts";
import { maskedLmHead } from "../../../model/heads.ts";
import { objectives } from "../../../objectives/objectives.ts";
import { maskedLmInputs } from "../maskedLmFeeds.ts";

/** What fixes the graph of a generator with its detector. */
export interface DetectionShape {
	readonly config: EncoderConfig;
	readonly generator: GeneratorSizes;
	readonly corrupter: CorrupterName;
	/** B rows of T tokens, M masked positions in all. */
	readonly rows: number;
	readonly sequenceLength: number;
	readonly maskedRows: number;
}

/** Names of the graph inputs beyond those of a masked-LM loss. */
export const detectionInputs = {
	/** The tokens as they were [B, T] int32; `input_ids` are those with masks, which the generator sees. */
	originalIds: "original_ids",
	/** Gumbel noise [M, vocabulary]. */
	noise: "noise",
	/** 1/n for the n real tokens of a batch, 0 for padding [B * T]. */
	tokenWeights: "token_weights",
} as const;

export interface DetectionGraph {
	/** Mean cross-entropy of the generator over the masked tokens; none where nothing is generated. */
	readonly generatorLoss: Value | undefined;
	/** Mean binary cross-entropy of the detector over all real tokens. */
	readonly detectorLoss: Value;
	/** The detector's logits [B * T]. */
	readonly logits: Value;
	/** 1 where a token is another than it was [B * T]. */
	readonly replaced: Value;
	/** What the detector sees [B, T] int32. */
	readonly inputIds: Value;
}

/** A generator fills the masked positions by its draws; a detector says of every token whether it was replaced. */
export function detectionGraph(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	shape: DetectionShape,
): DetectionGraph {
	const { config, rows, sequenceLength, maskedRows, corrupter } = shape;
	const size = [rows, sequenceLength];
	const seen = {
		positions: graph.input(maskedLmInputs.positions, size, "int32"),
		segments: graph.input(maskedLmInputs.segments, size, "int32"),
	};
	const chosen = {
		original: graph.input(detectionInputs.originalIds, size, "int32"),
		positions: graph.input(maskedLmInputs.maskedPositions, [maskedRows], "int32"),
		weights: graph.input(maskedLmInputs.weights, [maskedRows]),
	};
	const labels = graph.input(maskedLmInputs.labels, [maskedRows], "int32");
	const noise = graph.input(detectionInputs.noise, [maskedRows, config.vocabularySize]);
	const logits =
		corrupter === "generator" ? generatorLogits(parameters, { ...shape, ...seen, at: chosen.positions }) : undefined;
	const tokens = logits === undefined ? corrupters.uniform({ noise }) : corrupters.generator({ logits, noise });
	const { inputIds, replaced } = corrupt(chosen, tokens);
	const { positions, segments } = seen;
	const hidden = encoder(config, parameters, { inputIds, positions, bias: attentionBias(config, segments) });
	const detected = detectorHead(config, parameters, hidden);
	const tokenWeights = graph.input(detectionInputs.tokenWeights, [rows * sequenceLength]);
	return {
		generatorLoss: logits === undefined ? undefined : objectives.maskedLm(logits, labels, chosen.weights),
		detectorLoss: objectives.binary(detected, replaced, tokenWeights),
		logits: detected,
		replaced,
		inputIds,
	};
}

/** L = L_MLM + weight * L_detector (Clark et al. 2020, section 2). */
export function detectionLoss({ generatorLoss, detectorLoss }: DetectionGraph, weight: number): Value {
	const weighted = mul(detectorLoss, weight);
	return generatorLoss === undefined ? weighted : add(generatorLoss, weighted);
}

/** The generator's logits [M, vocabulary] at flat positions `at` [M] of the masked rows. */
function generatorLogits(
	parameters: ReadonlyMap<string, Value>,
	{ config, generator, rows, sequenceLength, positions, segments, at }: GeneratorInputs,
): Value {
	const own = generatorConfig(config, generator);
	const values = generatorParameters(config, generator, parameters);
	const { graph } = at;
	return graph.scope("generator", () => {
		const inputIds = graph.input(maskedLmInputs.inputIds, [rows, sequenceLength], "int32");
		return maskedLmHead(
			own,
			values,
			encoder(own, values, { inputIds, positions, bias: attentionBias(own, segments), at }),
		);
	});
}

interface GeneratorInputs extends Omit<DetectionShape, "corrupter" | "maskedRows"> {
	readonly positions: Value;
	readonly segments: Value;
	readonly at: Value;
}

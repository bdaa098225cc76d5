import { collate, maskedCapacity } from "../../../data/collate.ts";
import { gumbelNoise } from "../../../data/gumbelNoise.ts";
import { detectingSpecs } from "../../../inference/detector.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { detectorSpecs } from "../../../model/detector.ts";
import { generatorSpecs } from "../../../model/generator.ts";
import type { ParameterSpec } from "../../../model/parameters.ts";
import { planBatches } from "../../batches.ts";
import type { PreparedCorpus } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import { preparePackedRows } from "../packedRows.ts";
import type { TaskSteps, TrainingTask } from "../trainingTask.ts";
import { createDetectionEvaluator } from "./evaluator.ts";
import { detectionFeeds } from "./feeds.ts";
import { type DetectionShape, detectionGraph, detectionLoss } from "./loss.ts";

type DetectionRecipe = RecipeOf<"replacedTokenDetection">;

/**
 * Replaced token detection (ELECTRA, Clark et al. 2020): a generator fills masked tokens, and the encoder learns to
 * tell of every token whether it is the one that stood there. The generator is left behind.
 */
export function replacedTokenDetectionTask(recipe: DetectionRecipe): TrainingTask {
	return {
		roles: ["detection"],
		maskedLmHead: false, // that of the generator is the one that learns
		prepare: preparePackedRows(recipe),
		extraParameters: detectorSpecs,
		helperParameters: (config) => helpersOf(recipe, config),
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		evaluator: (options) => {
			const parameters = [...detectingSpecs(options.config), ...helpersOf(recipe, options.config)];
			return createDetectionEvaluator(recipe, { ...options, parameters });
		},
		about: ({ detection }) => ({ detector: { threshold: detection?.threshold ?? null } }),
	};
}

function helpersOf({ generator, objective }: DetectionRecipe, config: EncoderConfig): ParameterSpec[] {
	return objective.corrupter === "generator" ? generatorSpecs(config, generator) : [];
}

function trainingSteps(recipe: DetectionRecipe, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { data, masking, generator, objective } = recipe;
	const { sequenceLength } = data;
	const { seed } = recipe.train;
	const rows = recipe.train.batchTokens / sequenceLength;
	const plan = planBatches(corpus.train.count, rows, seed);
	const noise = gumbelNoise(seed, config.vocabularySize);
	const { mask: maskId, pad: padId } = corpus.tokenizer.special;
	const { pieces } = corpus;
	const shapeOf = (parts: number): DetectionShape => ({
		config,
		generator,
		corrupter: objective.corrupter,
		rows: rows / parts,
		sequenceLength,
		maskedRows: maskedCapacity(rows / parts, sequenceLength, masking),
	});
	return {
		rows,
		loss: (graph, parameters, parts) =>
			detectionLoss(detectionGraph(graph, parameters, shapeOf(parts)), objective.detectorWeight),
		batch: (step) => {
			const { rows: indices, epochs } = plan.at(step);
			const batch = collate(corpus.train, indices, { masking, pieces, maskId, padId, seed, epoch: epochs[0]! });
			return { feeds: (part, parts) => detectionFeeds({ batch, noise, step, shape: shapeOf(parts), part, parts }) };
		},
	};
}

import type { EncoderConfig } from "../../../model/config.ts";
import { poolingSpecs } from "../../../model/pooling.ts";
import { subModelsOf } from "../../../model/subModels.ts";
import { viewed } from "../../../tokenizer/textView.ts";
import type { PreparedCorpus } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import type { TaskSteps, TrainingTask } from "../trainingTask.ts";
import { planPairs } from "./batches.ts";
import { listAt, readPairs } from "./columns.ts";
import { createSearchEvaluator } from "./evaluator.ts";
import { prepareExamples } from "./examples.ts";
import { type ContrastiveShape, contrastiveFeeds, contrastiveLoss } from "./loss.ts";

type SearchRecipe = RecipeOf<"codeSearch">;

/**
 * Contrastive training of an encoder for code search: words and the code that they are about get like vectors, by one
 * encoder (CodeSearchNet, Husain et al. 2019; GraphCodeBERT, section 5.1), with the rest of the batch as negatives.
 */
export function codeSearchTask(recipe: SearchRecipe): TrainingTask {
	const sizes = subModelsOf(recipe.model, recipe.objective.smallerSizes);
	return {
		roles: ["search"],
		scoresStart: true,
		tokenizerText: (text) => viewed(text, recipe.objective.text),
		prepare: (documents, tools) => prepareExamples(recipe, documents, tools),
		extraParameters: (config) => poolingSpecs(recipe.objective.pooling, config),
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		evaluator: (options) => createSearchEvaluator(recipe, options),
		about: ({ search }) => ({
			embedding: {
				pooling: recipe.objective.pooling,
				repeatDamping: recipe.objective.repeatDamping,
				text: recipe.objective.text,
				queryTokens: recipe.data.queryTokens,
				codeTokens: recipe.data.sequenceLength,
				fusionWeight: search?.fusionWeight ?? null,
				...(sizes.length === 1 ? {} : { sizes: sizes.map(({ layers, units }) => [layers, units]) }),
			},
		}),
	};
}

function trainingSteps(recipe: SearchRecipe, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { sequenceLength: codeTokens, queryTokens } = recipe.data;
	const { shares, togetherOfFile, namelessShare, smallerSizes, ...objective } = recipe.objective;
	const rows = recipe.train.batchTokens / codeTokens;
	const pairs = readPairs(corpus.examples);
	const plan = planPairs(pairs, {
		rows,
		seed: recipe.train.seed,
		shares: { documentation: 1, ...shares },
		togetherOfFile,
		namelessShare,
	});
	const { temperature, repeatDamping, pooling, distillation } = objective;
	const shape: ContrastiveShape = {
		...{ config, rows, queryTokens, codeTokens, temperature, repeatDamping, pooling, distillation },
		sizes: subModelsOf(config, smallerSizes),
	};
	return {
		rows: 1, // a part of a batch would lack the negatives of the rest
		loss: (graph, parameters) => contrastiveLoss(graph, parameters, shape),
		batch: (step) => {
			const batch = plan.at(step);
			const queries = Array.from(batch.pairs, (pair) => listAt(pairs.queries, pair));
			const codes = Array.from(batch.pairs, (pair, row) =>
				listAt(batch.nameless[row] ? pairs.nameless : pairs.codes, pair),
			);
			return { feeds: () => contrastiveFeeds({ queries, codes }, shape) };
		},
	};
}

import { gumbelNoise } from "../../../data/gumbelNoise.ts";
import { ngramConfig } from "../../../data/masking/config.ts";
import { collateNgrams } from "../../../data/ngramMasks/collateNgrams.ts";
import { longestNgram } from "../../../data/ngramMasks/lexicon.ts";
import { type NgramShape, ngramShape, sliceNgramBatch } from "../../../data/ngramMasks/ngramBatch.ts";
import { ngramHeadFile, ngramHeadTensors } from "../../../inference/ngramScorer.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { detectorSpecs } from "../../../model/detector.ts";
import { ngramGeneratorSpecs } from "../../../model/ngramGenerator.ts";
import { ngramSpecs } from "../../../model/ngramHead.ts";
import type { ParameterSpec } from "../../../model/parameters.ts";
import { planBatches } from "../../batches.ts";
import { createEvaluator } from "../../evaluator.ts";
import type { PreparedCorpus } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import { lexiconFrom } from "../lexiconColumns.ts";
import { preparePackedRows } from "../packedRows.ts";
import type { TaskSteps, TrainingTask } from "../trainingTask.ts";
import { ngramFeeds, relationFeeds } from "./feeds.ts";
import { ernieGramLoss } from "./loss.ts";
import type { NgramGenerator } from "./relations.ts";

type ErnieGramRecipe = RecipeOf<"ernieGram">;

/**
 * The pre-training of ERNIE-Gram (Xiao et al. 2021): n-grams of a lexicon stand under one mask each and are predicted
 * whole, and token by token beside it. A generator may put what it finds likely in place of masks.
 */
export function ernieGramTask(recipe: ErnieGramRecipe): TrainingTask {
	return {
		roles: ["completion"],
		prepare: preparePackedRows(recipe),
		extraParameters: () => [],
		helperParameters: (config) => helpersOf(recipe, config),
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		files: (corpus, trained, config) => {
			const lexicon = lexiconFrom(corpus.examples);
			return new Map(lexicon === undefined ? [] : [[ngramHeadFile, ngramHeadTensors(lexicon, trained, config)]]);
		},
		evaluator: (options) => createEvaluator(recipe, options),
	};
}

/** The n-gram classifier and its queries, and the generator with its detector: none of them is in the model. */
function helpersOf(recipe: ErnieGramRecipe, config: EncoderConfig): ParameterSpec[] {
	const { generator } = recipe.objective;
	const ngrams = ngramsOf(recipe);
	const own = ngramSpecs(config, { ngrams, queries: longestNgram });
	if (generator === undefined) return own;
	return [...own, ...detectorSpecs(config), ...ngramGeneratorSpecs(config, generator, ngrams)];
}

/** V_N: as many classes as the lexicon may have, so that the model's shape does not depend on the corpus. */
function ngramsOf({ masking }: ErnieGramRecipe): number {
	const { bigrams, trigrams } = ngramConfig(masking)!;
	return bigrams + trigrams;
}

function generatorOf(recipe: ErnieGramRecipe): NgramGenerator | undefined {
	const { generator: sizes } = recipe.objective;
	if (sizes === undefined) return undefined;
	const { detectorWeight } = sizes;
	return { sizes, ngrams: ngramsOf(recipe), textLength: recipe.data.sequenceLength, detectorWeight };
}

function trainingSteps(recipe: ErnieGramRecipe, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { data, masking, objective } = recipe;
	const { seed, batchTokens } = recipe.train;
	const { sequenceLength: textLength } = data;
	const ngrams = ngramsOf(recipe);
	const count = batchTokens / textLength;
	const plan = planBatches(corpus.train.count, count, seed);
	const { mask: maskId, pad: padId } = corpus.tokenizer.special;
	const weights = { coarse: objective.coarseWeight, fine: objective.fineWeight };
	const shapeOf = (parts: number): NgramShape =>
		ngramShape({ rows: count / parts, textLength, hasFine: weights.fine > 0 }, masking);
	const generator = generatorOf(recipe);
	const classes = config.vocabularySize + ngrams;
	const noise = gumbelNoise(seed, classes);
	return {
		rows: count,
		loss: (graph, parameters, parts) =>
			ernieGramLoss(graph, parameters, { config, shape: shapeOf(parts), weights, generator }),
		batch: (step) => {
			const { rows: indices, epochs } = plan.at(step);
			const batch = collateNgrams(corpus.train, indices, {
				shape: shapeOf(1),
				vocabularySize: config.vocabularySize,
				ngrams,
				masking,
				pieces: corpus.pieces,
				maskId,
				padId,
				seed,
				epoch: epochs[0]!,
			});
			return {
				feeds: (part, parts) => {
					const own = sliceNgramBatch(batch, part, shapeOf(parts));
					const { share } = objective.generator ?? {};
					if (share === undefined) return ngramFeeds(own);
					return relationFeeds({ batch: own, step, part, noise, seed, share, textLength, padId, classes });
				},
			};
		},
	};
}

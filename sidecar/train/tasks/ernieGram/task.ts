import { ngramConfig } from "../../../data/masking/config.ts";
import { collateNgrams } from "../../../data/ngramMasks/collateNgrams.ts";
import { longestNgram } from "../../../data/ngramMasks/lexicon.ts";
import { type NgramShape, ngramShape, sliceNgramBatch } from "../../../data/ngramMasks/ngramBatch.ts";
import { ngramHeadFile, ngramHeadTensors } from "../../../inference/ngramScorer.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { ngramSpecs } from "../../../model/ngramHead.ts";
import { planBatches } from "../../batches.ts";
import { createEvaluator } from "../../evaluator.ts";
import type { PreparedCorpus } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import { lexiconFrom } from "../lexiconColumns.ts";
import { preparePackedRows } from "../packedRows.ts";
import type { TaskSteps, TrainingTask } from "../trainingTask.ts";
import { ernieGramLoss, ngramFeeds } from "./loss.ts";

type ErnieGramRecipe = RecipeOf<"ernieGram">;

/**
 * The pre-training of ERNIE-Gram (Xiao et al. 2021): n-grams of a lexicon stand under one mask each and are predicted
 * whole, and token by token beside it.
 */
export function ernieGramTask(recipe: ErnieGramRecipe): TrainingTask {
	return {
		roles: ["completion"],
		prepare: preparePackedRows(recipe),
		extraParameters: () => [],
		helperParameters: (config) => ngramSpecs(config, { ngrams: ngramsOf(recipe), queries: longestNgram }),
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		files: (corpus, trained, config) => {
			const lexicon = lexiconFrom(corpus.examples);
			return new Map(lexicon === undefined ? [] : [[ngramHeadFile, ngramHeadTensors(lexicon, trained, config)]]);
		},
		evaluator: (options) => createEvaluator(recipe, options),
	};
}

/** V_N: as many classes as the lexicon may have, so that the model's shape does not depend on the corpus. */
function ngramsOf({ masking }: ErnieGramRecipe): number {
	const { bigrams, trigrams } = ngramConfig(masking)!;
	return bigrams + trigrams;
}

function trainingSteps(recipe: ErnieGramRecipe, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { data, masking, objective } = recipe;
	const { seed, batchTokens } = recipe.train;
	const count = batchTokens / data.sequenceLength;
	const plan = planBatches(corpus.train.count, count, seed);
	const { mask: maskId, pad: padId } = corpus.tokenizer.special;
	const weights = { coarse: objective.coarseWeight, fine: objective.fineWeight };
	const shapeOf = (parts: number): NgramShape =>
		ngramShape({ rows: count / parts, textLength: data.sequenceLength, hasFine: weights.fine > 0 }, masking);
	return {
		rows: count,
		loss: (graph, parameters, parts) => ernieGramLoss(graph, parameters, { config, shape: shapeOf(parts), weights }),
		batch: (step) => {
			const { rows: indices, epochs } = plan.at(step);
			const batch = collateNgrams(corpus.train, indices, {
				shape: shapeOf(1),
				vocabularySize: config.vocabularySize,
				ngrams: ngramsOf(recipe),
				masking,
				pieces: corpus.pieces,
				maskId,
				padId,
				seed,
				epoch: epochs[0]!,
			});
			return { feeds: (part, parts) => ngramFeeds(sliceNgramBatch(batch, part, shapeOf(parts))) };
		},
	};
}

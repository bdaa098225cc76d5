import { causalCapacity, collateCausal } from "../../../data/collateCausal.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { planBatches } from "../../batches.ts";
import type { PreparedCorpus } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import { maskedLmSteps } from "../maskedLm.ts";
import { preparePackedRows } from "../packedRows.ts";
import type { TaskSteps, TrainingTask } from "../trainingTask.ts";
import { createCausalEvaluator } from "./evaluator.ts";

/**
 * Causal language modelling on rows of packed documents: the hidden row of each token, which has seen nothing behind
 * it, predicts the next one through the head of the masked LM (Gisserot-Boukhlef et al. 2025).
 */
export function causalLmTask(recipe: RecipeOf<"causalLm">): TrainingTask {
	return {
		roles: [], // it has never seen a mask
		prepare: preparePackedRows(recipe),
		extraParameters: () => [],
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		evaluator: (options) => createCausalEvaluator(recipe, options),
	};
}

function trainingSteps(recipe: RecipeOf<"causalLm">, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { share, attention } = recipe.objective;
	const { sequenceLength } = recipe.data;
	const { seed } = recipe.train;
	const padId = corpus.tokenizer.special.pad;
	const rows = recipe.train.batchTokens / sequenceLength;
	const plan = planBatches(corpus.train.count, rows, seed);
	const maskedRows = causalCapacity(rows, sequenceLength, share);
	return maskedLmSteps({ config, attention, headRows: "masked", rows, sequenceLength, maskedRows }, (step) => {
		const { rows: indices, epochs } = plan.at(step);
		return collateCausal(corpus.train, indices, { share, padId, seed, epoch: epochs[0]! });
	});
}

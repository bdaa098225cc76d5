import { collate, maskedCapacity } from "../../../data/collate.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { subModelsOf } from "../../../model/subModels.ts";
import { planBatches } from "../../batches.ts";
import type { PreparedCorpus } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import { maskedLmTask } from "../maskedLm.ts";
import { sliceBatch } from "../maskedLmFeeds.ts";
import { packingOf } from "../packingOf.ts";
import type { TaskSteps, TrainingTask } from "../trainingTask.ts";
import { decoderSpecs } from "./decoder.ts";
import { type AutoencodingShape, autoencodingFeeds, autoencodingLoss } from "./loss.ts";

type StarbucksRecipe = RecipeOf<"starbucks">;

/**
 * The pre-training of Starbucks (Zhuang et al. 2024, section 3.2): masked language modelling and masked autoencoding of
 * a list of sub-models at once, so that the first layers and units of one model are a model themselves.
 */
export function starbucksTask(recipe: StarbucksRecipe): TrainingTask {
	const { sizes, autoencoding } = recipe.objective;
	const plain = maskedLmTask({
		...recipe,
		data: { ...recipe.data, packing: packingOf(recipe)! },
		objective: { name: "maskedLm", rows: "masked" },
	});
	return {
		...plain,
		extraParameters: () => [],
		helperParameters: (config) => (autoencoding.share > 0 ? decoderSpecs(config) : []),
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		about: () => ({
			embedding: {
				pooling: "first",
				codeTokens: recipe.data.sequenceLength,
				queryTokens: recipe.data.sequenceLength,
				sizes: subModelsOf(recipe.model, sizes).map(({ layers, units }) => [layers, units]),
			},
		}),
	};
}

function trainingSteps(recipe: StarbucksRecipe, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { masking, objective, data, train } = recipe;
	const { share, decoderRate } = objective.autoencoding;
	const { sequenceLength } = data;
	const count = train.batchTokens / sequenceLength;
	const heavier = { ...masking, rate: decoderRate };
	const shapeOf = (parts: number): AutoencodingShape => ({
		config,
		sizes: subModelsOf(config, objective.sizes),
		rows: count / parts,
		sequenceLength,
		maskedRows: maskedCapacity(count / parts, sequenceLength, masking),
		decoderMaskedRows: maskedCapacity(count / parts, sequenceLength, heavier),
		share,
	});
	const plan = planBatches(corpus.train.count, count, train.seed);
	const { mask: maskId, pad: padId } = corpus.tokenizer.special;
	return {
		rows: count,
		loss: (graph, parameters, parts) => autoencodingLoss(graph, parameters, shapeOf(parts)),
		batch: (step) => {
			const { rows, epochs } = plan.at(step);
			const options = { pieces: corpus.pieces, maskId, padId, seed: train.seed, epoch: epochs[0]! };
			// One order of the words decides both masks, so that the decoder's holds the encoder's, as in the released code.
			const encoder = collate(corpus.train, rows, { ...options, masking });
			const decoder = collate(corpus.train, rows, { ...options, masking: heavier });
			return {
				feeds: (part, parts) => {
					const cut = { encoder: sliceBatch(encoder, part, parts), decoder: sliceBatch(decoder, part, parts) };
					return autoencodingFeeds(cut, shapeOf(parts));
				},
			};
		},
	};
}

import type { RecipeEntry } from "../train/recipe.ts";
import { codeSearch } from "./codeSearch.ts";
import { starbucks } from "./starbucks.ts";

const { "train.budget.steps": _, ...common } = codeSearch.reasons;

/** Starbucks' fine-tuning: code search at the sizes of the recipe `starbucks`, best from one of its models. */
export const starbucksSearch: RecipeEntry = {
	state: "learn-green",
	recipe: {
		name: "starbucks-search",
		summary:
			"An encoder with layers for code search, whose vectors come in several sizes. Train it from a starbucks model.",
		paper: "Zhuang et al. 2024, Starbucks: Improved Training for 2D Matryoshka Embeddings",
		tokenizer: starbucks.recipe.tokenizer,
		data: { sequenceLength: 128, queryTokens: 32, heldOutShare: 0.1, maxFileBytes: 200_000 },
		model: starbucks.recipe.model,
		objective: {
			name: "codeSearch",
			text: "source",
			pooling: "mean",
			repeatDamping: 0,
			temperature: 0.1,
			shares: { name: 0.5, comment: 0.5, message: 0.3, code: 0 },
			togetherOfFile: 8,
			hardNegatives: { lexical: 0, model: 0 },
			smallerSizes: [
				[1, 16],
				[2, 32],
				[3, 64],
			],
			distillation: 0.3,
			namelessShare: 0.5,
		},
		optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 },
		schedule: { kind: "linear", warmupSteps: 60, floor: 0 },
		train: { batchTokens: 8192, learningRate: 1e-3, clipNorm: 1, seed: 1, budget: { minutes: 10 } },
		evaluation: { everySteps: 250, rows: 100, finalRows: 600, patience: null },
		checkpoint: { everySteps: 250, keep: 2 },
	},
	reasons: {
		...common,
		...Object.fromEntries(
			Object.entries(starbucks.reasons).filter(([key]) => key.startsWith("model.") || key.startsWith("tokenizer.")),
		),
		"data.sequenceLength": "As starbucks, whose model it goes on from.",
		"data.queryTokens": "The first sentence of a documentation.",
		"data.heldOutShare": "As starbucks.",
		"data.maxFileBytes": "As starbucks.",
		"objective.text": "What starbucks reads.",
		"objective.pooling":
			"The mean, as the paper's on similarity of sentences; objective.pooling=first is [CLS], as its retrieval.",
		"objective.repeatDamping": "Layers see what comes again.",
		"objective.temperature": "As code-search.",
		"objective.smallerSizes": "Those that starbucks has trained.",
		"objective.distillation":
			"The released code's kl_temperature of 0.3, which it multiplies the divergence by rather than dividing the vectors.",
		"optimizer.beta2": "As code-search.",
		"optimizer.weightDecay": "As starbucks.",
		"schedule.warmupSteps": "As starbucks.",
		"train.batchTokens": "64 pairs: a step with layers costs some hundred times that of a bag of words.",
		"train.learningRate": "AdamW's with this width; not tuned.",
		"train.budget.minutes": "A few hundred steps on two cores.",
		"evaluation.rows": "A curve needs no more.",
		"evaluation.finalRows": "Half of them tune the weight beside BM25, half are scored.",
		"checkpoint.everySteps": "Some minutes of work at risk.",
	},
};

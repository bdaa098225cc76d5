import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";

const small = codeMlmSmall.recipe;

/** What the model in the box was trained with, on the corpus that `bench/boxedCorpus.ts` fetches. */
export const codeMlmBoxed = {
	state: "learn-green",
	recipe: {
		...small,
		name: "code-mlm-boxed",
		summary: "The model that comes with Maskwright: a small ModernBERT on open packages of seven languages.",
		tokenizer: { ...small.tokenizer, vocabularySize: 12_288 },
		data: { ...small.data, heldOutShare: 0.01 },
		model: { ...small.model, layers: 3, hiddenSize: 256, heads: 4, intermediateSize: 512 },
		schedule: { kind: "linear", warmupSteps: 150, floor: 0 },
		train: { ...small.train, batchTokens: 2048, budget: { minutes: 100 } },
		evaluation: { everySteps: 1000, rows: 128, finalRows: 512, patience: null },
		checkpoint: { everySteps: 500, keep: 2 },
	},
	reasons: {
		// What differs from the recipe of one workspace; its measurements hold for the rest (bench/README.md).
		...codeMlmSmall.reasons,
		"tokenizer.vocabularySize":
			"Seven languages need more pieces than one workspace; 16,384 would cost the box 1 MB more.",
		"data.heldOutShare": "The scores that count are of other packages: these files only show the curve.",
		"model.layers": "More than a workspace's model, since it sees ten times the text; 5.1 M weights are 5 MB in int8.",
		"model.hiddenSize": "Wide enough for seven languages, and what one core still fills with in milliseconds.",
		"model.intermediateSize": "Twice the width, as in code-mlm-small.",
		"schedule.warmupSteps": "Two per cent of the steps.",
		"train.batchTokens": "The run is long enough for batches of twice the tokens, which a core works off faster.",
		"train.learningRate": "That of code-mlm-small.",
		"train.budget.minutes": "One core for 100 minutes is about half a pass over the corpus; a GPU should have more.",
		"evaluation.everySteps": "A per cent of the time.",
		"evaluation.rows": "Shares are known to about a point.",
		"checkpoint.everySteps": "Five minutes of work at risk.",
	},
} satisfies RecipeEntry;

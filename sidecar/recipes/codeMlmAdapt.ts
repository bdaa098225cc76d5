import { boxedModels } from "../store/boxedModels.ts";
import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmBoxed } from "./codeMlmBoxed.ts";

/** The default: the model in the box, trained on over the code of one workspace. */
export const codeMlmAdapt: RecipeEntry = {
	state: "learn-green",
	recipe: {
		...codeMlmBoxed.recipe,
		name: "code-mlm-adapt",
		summary: "Goes on from the model that comes with Maskwright, for five minutes on the code of one workspace.",
		from: boxedModels.completion,
		data: { ...codeMlmBoxed.recipe.data, heldOutShare: 0.1 },
		schedule: { kind: "linear", warmupSteps: 30, floor: 0 },
		train: { batchTokens: 1024, learningRate: 2e-3, clipNorm: 1, seed: 1, budget: { minutes: 5 } },
		evaluation: { everySteps: 500, rows: 64, finalRows: 512, patience: null },
	},
	reasons: {
		...codeMlmBoxed.reasons,
		// Full training, since it beat LoRA on both workspaces of bench/README.md.
		from: "It has read 18.6 M tokens of other code: a workspace has no need to teach it what a bracket is.",
		"tokenizer.vocabularySize": "That of the model it goes on from, whatever stands here.",
		"data.heldOutShare": "Some tens of files in a workspace of hundreds: enough to score within a point.",
		"schedule.warmupSteps":
			"The optimizer's averages begin at nothing; the weights do not. Other lengths were not compared.",
		"train.batchTokens": "As in code-mlm-small: more steps on the same tokens.",
		"train.learningRate":
			"Half of code-mlm-small's. On 0.3 M tokens the loss ended at 2.66 on astropy and 2.58 on this repository; 1e-3 ended at 2.63 and 2.63, 4e-3 at 2.77 and 2.62.",
		"train.budget.minutes": "As long as a programmer waits.",
		"evaluation.everySteps": "A few per cent of the time.",
		"evaluation.rows": "A curve needs no more.",
		"evaluation.finalRows": "Before and after on the same rows, so that half a point tells.",
		"checkpoint.everySteps": "About a minute of work at risk.",
	},
};

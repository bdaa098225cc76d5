import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";

const { tokenizer, data, model, optimizer, evaluation, checkpoint } = codeMlmSmall.recipe;

/** Causal, then masked language modelling: what two CPU cores make of the paper's biphasic training. */
export const biphasic: RecipeEntry = {
	state: "learn-green",
	page: {
		says: "Masked language modelling makes the better encoders, causal language modelling learns more from the same data and more steadily. Causal first and masked then, in one budget, is better than either; and a causal model that is there already is a good one to go on from.",
		headline:
			"Causal, then masked is best at a fixed budget: 38 models of 210M to 1B parameters on 100B tokens, more than 15,000 evaluation runs.",
		here: "The first quarter of the budget predicts the next token under causal attention, the rest predicts masked tokens that see everything. Weights and optimizer state are carried over, and one schedule spans both. Going on from a model (--from) is the masked phase alone.",
		use: "Fill and search, as with any masked LM: Train on This Workspace, or maskwright train FOLDER --recipe biphasic. The loss panel marks where the phase changes.",
		interpretation: [
			"How a fixed budget is split is compared in the paper, not settled: phases names it, a quarter by default.",
			"The paper begins the masked phase on a stable learning rate; here that is one warm-up-stable-decay schedule over both phases.",
			"The paper predicts behind every token; here behind a share of them (0.5), for time.",
			"The paper also turns decoders that were published into encoders. Nothing here imports decoders: the causal model is trained here, or the phase is left out with --from.",
		],
	},
	recipe: {
		name: "biphasic",
		summary: "First the next token, then masked ones: a masked LM that begins as a causal one.",
		paper: "Gisserot-Boukhlef et al. 2025, Should We Still Pretrain Encoders with Masked Language Modeling?",
		tokenizer,
		data,
		masking: {
			strategies: [{ name: "random", weight: 1 }],
			rate: 0.25,
			replacement: { mask: 1, random: 0, keep: 0 },
		},
		model,
		objective: { name: "maskedLm", rows: "masked" },
		phases: [
			{
				name: "causal",
				share: 0.25,
				fromNothingOnly: true,
				objective: { name: "causalLm", share: 0.5, attention: "causal" },
			},
			{ name: "masked", share: 0.75, fromNothingOnly: false },
		],
		optimizer,
		schedule: { kind: "warmupStableDecay", warmupSteps: 60, floor: 0, decay: 0.5, shape: "linear" },
		train: { batchTokens: 1024, learningRate: 4e-3, clipNorm: 1, seed: 1, budget: { minutes: 10 } },
		evaluation,
		checkpoint,
	},
	reasons: {
		...codeMlmSmall.reasons,
		"masking.rate": "As code-mlm-small; the paper compares 20 to 50%, the best of which grows with the model.",
		"masking.replacement.mask": "The paper's trainer replaces all chosen tokens by the mask token.",
		phases:
			"The paper's order: causal, then masked. A quarter of the budget is causal, and the next token is predicted behind half of the tokens to save logits; neither was compared.",
		"optimizer.kind":
			"As code-mlm-small. The paper has AdamW (0.9, 0.95, 1e-5, decay 0.1), whose moments are carried over like Muon's.",
		"schedule.kind": "The paper's: a stable rate at the switch, so that neither phase begins at a rate near zero.",
		"schedule.decay": "The last half of a short run; not compared.",
		"schedule.shape": "To zero in a line, as code-mlm-small.",
		"train.budget.minutes": "Twice code-mlm-small: there are two things to learn.",
	},
};

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { starbucks as pretraining } from "../../../sidecar/recipes/starbucks.ts";
import { starbucksSearch } from "../../../sidecar/recipes/starbucksSearch.ts";
import type { LearningCheck } from "../learningCheck.ts";
import { budget, largest, smallerSizes, smallest, spent, starbucksStages } from "./starbucksStages.ts";

/** What makes the first stage masked LM and nothing else. */
const plain = ["objective.sizes=[]", "objective.autoencoding.share=0"];

/**
 * Whether the first layer and the first 8 units of a model of 4 layers and 64 units search as a model by themselves,
 * trained as Starbucks has it (SMAE, then SRL) and as one model (masked LM, then the loss of the whole vector alone),
 * whose first layer and units are taken likewise. Documentation and code share no word, so that a search finds only what
 * was learned. The decoder of SMAE sees each row once for each size, one layer each, as many as the encoder has: its
 * tokens count as much again, so that masked LM gets twice the steps.
 */
export const starbucks: LearningCheck = {
	recipe: "starbucks",
	metric: "MRR of documentation to function by the smallest size, 1 of 4 layers and 8 of 64 units, at equal tokens",
	better: "higher",
	baseline: "masked LM, then search with the whole vector alone: its first layer and units",
	margin: 0.02,
	claim:
		"At 2 of 12 layers and 32 of 768 units, mean Spearman of seven similarity tasks is 0.7362, against 0.6948 for a model trained at this size by itself and 0.5860 for the first layers and units of one that was not trained for it.",
	reproduced: {
		better:
			"Yes, on a language made of a seed: the small size serves where the part of an ordinary model does not. `also` has a small model by itself and the largest size.",
		"no difference": "No: the smallest size is no better than the part of an ordinary model here.",
		worse: "No: the smallest size is worse than the part of an ordinary model here.",
	},
	async measure({ seed, scale }) {
		const folder = mkdtempSync(join(tmpdir(), "maskwright-starbucks-"));
		try {
			const { first, second, train, mrr } = starbucksStages(seed, scale, folder);
			const mae = await train(pretraining, "smae", [`objective.sizes=${smallerSizes}`, budget(first)]);
			const sized = [`objective.smallerSizes=${smallerSizes}`, budget(second)];
			const srl = await train(starbucksSearch, "srl", sized, mae.model);
			const mlm = await train(pretraining, "mlm", [...plain, budget(2 * first)]);
			const whole = await train(starbucksSearch, "whole", ["objective.smallerSizes=[]", budget(second)], mlm.model);
			const own = [`model.layers=${smallest.layers}`, `objective.smallerSizes=[${smallest.units}]`, budget(second)];
			const apart = await train(starbucksSearch, "apart", own);
			return {
				recipe: { value: await mrr(srl, smallest), ...spent(mae, srl) },
				baseline: { value: await mrr(whole, smallest), ...spent(mlm, whole) },
				also: {
					"a model of 1 layer and 8 units of 64 by itself": await mrr(apart, smallest),
					"largest size": await mrr(srl, largest),
					"largest size of the baseline": await mrr(whole, largest),
				},
			};
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	},
};

/**
 * The second stage by itself: from one masked LM, the loss at every size with the divergence between them
 * against the loss of the whole vector alone, as many steps on the same batches.
 */
export const starbucksSearchCheck: LearningCheck = {
	recipe: "starbucks-search",
	metric: "MRR of documentation to function by the smallest size, 1 of 4 layers and 8 of 64 units, at equal steps",
	better: "higher",
	baseline: "the loss of the whole vector alone, on from the same masked LM and on the same batches",
	margin: 0.02,
	claim:
		"Training every size in each step gives small sizes that search far better than the first layers and units of a model that was trained at full size, and that come near models trained apart.",
	reproduced: {
		better:
			"Yes, on a language made of a seed: the smallest size searches where that of the baseline does not, and the largest one loses a little (further numbers). The paper-scale claim is not reproduced here.",
		"no difference": "No: the smallest size is no better than the part of a model trained at full size here.",
		worse: "On the contrary: the smallest size is worse than the part of a model trained at full size here.",
	},
	async measure({ seed, scale }) {
		const folder = mkdtempSync(join(tmpdir(), "maskwright-starbucks-search-"));
		try {
			const { first, second, train, mrr } = starbucksStages(seed, scale, folder);
			// A run that names no sizes takes over those of its model: both arms go on from one without.
			const { model } = await train(pretraining, "mlm", [...plain, budget(2 * first)]);
			const sized = [`objective.smallerSizes=${smallerSizes}`, budget(second)];
			const srl = await train(starbucksSearch, "srl", sized, model);
			const whole = await train(starbucksSearch, "whole", ["objective.smallerSizes=[]", budget(second)], model);
			const also: Record<string, number> = {
				"largest size": await mrr(srl, largest),
				"largest size of the baseline": await mrr(whole, largest),
			};
			if (scale === "full") {
				const losses = await train(starbucksSearch, "losses", [...sized, "objective.distillation=0"], model);
				also["without the divergence between sizes (ablation)"] = await mrr(losses, smallest);
			}
			return {
				recipe: { value: await mrr(srl, smallest), ...spent(srl) },
				baseline: { value: await mrr(whole, smallest), ...spent(whole) },
				also,
			};
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	},
};

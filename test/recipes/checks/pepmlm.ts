import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generationContext } from "../../../sidecar/inference/generate/generationContext.ts";
import { regionPerplexity } from "../../../sidecar/inference/generate/regionPerplexity.ts";
import { type LoadedModel, openModel } from "../../../sidecar/inference/loadedModel.ts";
import { codeMlmSmall } from "../../../sidecar/recipes/codeMlmSmall.ts";
import { pepmlm } from "../../../sidecar/recipes/pepmlm.ts";
import type { RecipeOf } from "../../../sidecar/train/recipe.ts";
import type { LearningCheck } from "../learningCheck.ts";
import { trainArm } from "../trainArm.ts";
import { type Pair, peptideChains, peptidePairs } from "./peptidePairs.ts";

type MaskedLmRecipe = RecipeOf<"maskedLm">;

/**
 * Masked binders against masking 15% of the pairs, both on from one model of single sequences at equal tokens and at a
 * low learning rate, as PepMLM goes on from ESM-2: what is asked, one residue beside all others, is what that model has
 * learned and the whole masked binder never trains. From nothing, or at a rate that forgets, the first misjudges binders.
 */
export const pepmlmCheck: LearningCheck = {
	recipe: "pepmlm",
	metric: "pseudo-perplexity of the binders of unseen targets, relative to that of 15% masking, after equal tokens",
	better: "lower",
	baseline: "15% of all tokens masked, on from the same model (1 by definition)",
	margin: 0.1,
	claim: "Masking the whole binder gives peptides of low pseudo-perplexity for a target.",
	reproduced: {
		better:
			"At the recipe's low learning rate, near the paper's, yes, on made pairs in which the binder follows from a site of its target. At four times that rate whole binders forget how single residues are judged, and masking 15% ends about as low as whole binders do at the low one (further numbers). The paper-scale claim, on real proteins from ESM-2, is not reproduced here.",
		"no difference": "No: 15% masking is as good on made pairs.",
		worse: "No: 15% masking is better on made pairs.",
	},
	async measure({ seed, scale }) {
		const full = scale === "full";
		const pairs = peptidePairs(seed, full ? 3000 : 300);
		const unseen = peptidePairs(seed + 1_000_000, full ? 40 : 3);
		const folder = mkdtempSync(join(tmpdir(), "maskwright-pepmlm-"));
		try {
			const corpus = join(folder, "pairs.csv");
			writeFileSync(corpus, `target,binder\n${pairs.map(({ target, binder }) => `${target},${binder}\n`).join("")}`);
			const sequences = join(folder, "chains.fasta");
			const chains = peptideChains(seed, full ? 6000 : 300);
			writeFileSync(sequences, chains.map((chain, at) => `>chain${at}\n${chain}\n`).join(""));
			const { model: from } = await trainArm(onSequences(recipeOf(seed, full ? 400 : 20)), {
				corpus: sequences,
				folder,
			});
			const recipe = recipeOf(seed, full ? 400 : 20);
			const suffix = await trained(recipe, { corpus, folder, unseen, from });
			const random = await trained(randomly(recipe), { corpus, folder, unseen, from });
			const also: Record<string, number> = {};
			if (full) {
				for (const [name, arm] of Object.entries({ "whole binders": recipe, "15% masking": randomly(recipe) })) {
					const { perplexity } = await trained(fast(arm), { corpus, folder, unseen, from });
					also[`pseudo-perplexity, ${name} at four times the rate`] = perplexity;
				}
			}
			return {
				recipe: { value: suffix.perplexity / random.perplexity, tokens: suffix.tokens, seconds: suffix.seconds },
				baseline: { value: 1, tokens: random.tokens, seconds: random.seconds },
				also: {
					"pseudo-perplexity": suffix.perplexity,
					"pseudo-perplexity, 15% masking": random.perplexity,
					"MRR of the true partner among 9 decoys": suffix.reciprocalRank,
					"MRR of the true partner among 9 decoys, 15% masking": random.reciprocalRank,
					...also,
				},
			};
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	},
};

function recipeOf(seed: number, steps: number): MaskedLmRecipe {
	const recipe = pepmlm.recipe as MaskedLmRecipe;
	return {
		...recipe,
		data: { ...recipe.data, sequenceLength: 40, heldOutShare: 0.02 },
		model: { ...recipe.model, hiddenSize: 64, heads: 2, intermediateSize: 128, maxPositions: 40 },
		train: { ...recipe.train, seed, batchTokens: 1280, budget: { steps } },
		evaluation: { everySteps: steps, rows: 8, finalRows: 16, patience: null },
		checkpoint: { everySteps: steps, keep: 1 },
	};
}

function randomly(recipe: MaskedLmRecipe): MaskedLmRecipe {
	return {
		...recipe,
		name: "random",
		masking: { ...recipe.masking, strategies: [{ name: "random", weight: 1 }], rate: 0.15 },
	};
}

/** At the rate of a model from nothing. */
function fast(recipe: MaskedLmRecipe): MaskedLmRecipe {
	const { learningRate } = codeMlmSmall.recipe.train;
	return { ...recipe, name: `${recipe.name}-fast`, train: { ...recipe.train, learningRate } };
}

/** What both arms go on from: single sequences. */
function onSequences(recipe: MaskedLmRecipe): MaskedLmRecipe {
	return {
		...fast(randomly(recipe)),
		name: "sequences",
		data: { ...recipe.data, reader: { name: "fasta", alphabet: "protein" } },
	};
}

interface Trained {
	readonly corpus: string;
	readonly folder: string;
	readonly from: string;
	readonly unseen: readonly Pair[];
}

async function trained(recipe: MaskedLmRecipe, { corpus, folder, from, unseen }: Trained) {
	const { model: path, tokens, seconds } = await trainArm(recipe, { corpus, folder, from });
	const model = openModel(path, { executionProvider: "cpu", threads: 1 });
	try {
		return { tokens, seconds, ...(await score(model, unseen)) };
	} finally {
		await model.release();
	}
}

/** The geometric mean of the binders' pseudo-perplexities, and the mean reciprocal rank of each before 9 of the others. */
async function score(model: LoadedModel, unseen: readonly Pair[]) {
	let [logs, ranks] = [0, 0];
	for (const [at, { target, binder }] of unseen.entries()) {
		const decoys = Array.from({ length: 9 }, (_, next) => unseen[(at + next + 1) % unseen.length]!.binder);
		const own = await perplexity(model, target, binder);
		const others = await Promise.all(decoys.map((decoy) => perplexity(model, target, decoy)));
		logs += Math.log(own);
		ranks += 1 / (1 + others.filter((other) => other < own).length);
	}
	return { perplexity: Math.exp(logs / unseen.length), reciprocalRank: ranks / unseen.length };
}

async function perplexity(model: LoadedModel, target: string, binder: string): Promise<number> {
	const ids = [...model.tokenizer.encode(binder).ids];
	const context = generationContext(model, { before: target, after: "" }, { reserve: ids.length, whole: true });
	return (await regionPerplexity(model, context, { ids }))!;
}

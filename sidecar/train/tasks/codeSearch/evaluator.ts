import { embeddedIds } from "../../../inference/embeddedIds.ts";
import { createVectorizer } from "../../../inference/vectorizer.ts";
import type { HeldOut } from "../../../protocol/scores.ts";
import type { SearchScores } from "../../../protocol/search.ts";
import { unscored } from "../../../protocol/unscored.ts";
import { type EmbedTexts, evaluateSearch } from "../../../search/query/evaluateSearch.ts";
import type { Evaluator, EvaluatorOptions } from "../../evaluator.ts";
import type { ModelState } from "../../modelState.ts";
import type { RecipeOf } from "../../recipe.ts";
import { evenly, type HeldOutPair, readHeldOut } from "./columns.ts";

/** Weights of a vector's score beside that of BM25 among which the best is taken; 0 is BM25 alone. */
const weights = [0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1];

/** Scores by search on the documented functions of the held-out files: before training, during it and at its end. */
export function createSearchEvaluator(recipe: RecipeOf<"codeSearch">, options: EvaluatorOptions): Evaluator {
	const { config, corpus, executionProvider, threads } = options;
	const { pooling, text: view, repeatDamping } = recipe.objective;
	const { queryTokens, sequenceLength } = recipe.data;
	const pairs = readHeldOut(corpus.examples);
	const vectorizer = createVectorizer({ config, pooling, repeatDamping, executionProvider, threads });
	let before: NonNullable<HeldOut["search"]>["before"] = null;
	const embedWith = (parameters: ModelState): EmbedTexts => {
		const limits = { query: queryTokens, code: sequenceLength };
		return (kind, texts) =>
			vectorizer.vectors(
				texts.map((text) => embeddedIds(corpus.tokenizer, text, { view, limit: limits[kind] })),
				{ parameters },
			);
	};
	return {
		async evaluate(model, when) {
			const size = when === "during" ? recipe.evaluation.rows : recipe.evaluation.finalRows;
			const { search, weight } = await scoreSearch(evenly(pairs, size), embedWith(model));
			if (when === "start") before = { encoder: search.asIs.encoder!, hybrid: search.asIs.hybrid! };
			return { ...unscored, search: { ...search, fusionWeight: weight, before } };
		},
		release: () => vectorizer.release(),
	};
}

/** Tunes the weight on every other function and scores the rest with it, so that no score saw its tuning. */
async function scoreSearch(pairs: readonly HeldOutPair[], embed: EmbedTexts) {
	const remembered = remembering(embed);
	const tuning = pairs.filter((_, index) => index % 2 === 0);
	const scored = pairs.filter((_, index) => index % 2 === 1);
	const found: number[] = [];
	for (const weight of weights) {
		const { asIs, nameless } = await bothWays(tuning, remembered, weight);
		found.push((asIs.hybrid!.mrr + nameless.hybrid!.mrr) / 2);
	}
	const weight = cautiousWeight(found, tuning.length);
	return { weight, search: await bothWays(scored, remembered, weight) };
}

/**
 * The smallest weight whose MRR is within one standard error of the best (the rule of Breiman et al. 1984, section
 * 3.4.3): the held-out files are of the packages that were trained on, and on others the encoder is less to be trusted.
 * `found` has the MRR of each weight over `count` queries; values in [0, 1] of mean m deviate by sqrt(m (1 - m)) at most.
 */
export function cautiousWeight(found: readonly number[], count: number): number {
	const best = Math.max(...found);
	const error = Math.sqrt((best * (1 - best)) / Math.max(1, count));
	return weights[found.findIndex((mrr) => mrr >= best - error)]!;
}

async function bothWays(
	pairs: readonly HeldOutPair[],
	embed: EmbedTexts,
	weight: number,
): Promise<{ asIs: SearchScores; nameless: SearchScores }> {
	return {
		asIs: await evaluateSearch({ pairs, maskNames: false, embed, weight }),
		nameless: await evaluateSearch({ pairs, maskNames: true, embed, weight }),
	};
}

/** Vectors of the same texts are made once. */
function remembering(embed: EmbedTexts): EmbedTexts {
	const made = new Map<string, Promise<Float32Array>>();
	return (kind, texts) => {
		const key = JSON.stringify([kind, texts]);
		const vectors = made.get(key) ?? embed(kind, texts);
		made.set(key, vectors);
		return vectors;
	};
}

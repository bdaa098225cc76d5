import { MaskwrightError } from "../../../base/errors.ts";
import type { Document } from "../../../data/document.ts";
import { packDocuments } from "../../../data/packing.ts";
import { embeddedIds } from "../../../inference/embeddedIds.ts";
import { createVectorizer } from "../../../inference/vectorizer.ts";
import type { TrainingExamples } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import type { PreparationTools, SplitDocuments, StartingWeights } from "../trainingTask.ts";
import { columnsOf, evenly, type HeldOutPair, type Lists, listAt, listsOf, type TrainingPairs } from "./columns.ts";
import { lexicalNegatives, type MiningOptions, modelNegatives } from "./negatives.ts";
import { type Pair, pairKinds, pairsOf } from "./pairs.ts";

type SearchRecipe = RecipeOf<"codeSearch">;

/** Held-out documented functions that are scored: more take the time of a run for a third digit. */
const mostHeldOut = 1000;

/** With fewer the scores say nothing, and the weight beside BM25 cannot be tuned. */
const fewestHeldOut = 20;

interface LanguagePair extends Pair {
	readonly language: string;
	readonly file: number;
}

/**
 * Pairs of the training documents, and the documented functions of the held-out ones. Throws `emptyCorpus` where too
 * few functions are documented.
 */
export async function prepareExamples(
	recipe: SearchRecipe,
	{ train, heldOut }: SplitDocuments,
	tools: PreparationTools,
): Promise<TrainingExamples> {
	const { sequenceLength } = recipe.data;
	const rows = recipe.train.batchTokens / sequenceLength;
	const pairs = await allPairs(train, tools);
	const aside = (await allPairs(heldOut, tools)).filter(({ kind }) => kind === "documentation");
	const documented = new Set(pairs.filter(({ kind }) => kind === "documentation").map(({ query }) => query)).size;
	if (documented < rows || aside.length < fewestHeldOut) {
		throw new MaskwrightError(
			"emptyCorpus",
			`Too few functions here are documented to train for search: ${documented} to learn from where ${rows} are needed, and ${aside.length} to score with where ${fewestHeldOut} are. Name a larger folder, or a smaller batch with --set train.batchTokens=${sequenceLength * 64}.`,
		);
	}
	const encoded = await withNegatives(encodePairs(pairs, recipe, tools), recipe, tools);
	const tokens = encoded.queries.values.length + encoded.codes.values.length;
	const positions = pairs.length * (recipe.data.queryTokens + sequenceLength);
	return {
		// It learns from pairs alone: there are no rows to count n-grams on.
		train: packDocuments([], { sequenceLength, special: tools.tokenizer.special }),
		examples: columnsOf(encoded, evenly(aside, mostHeldOut).map(heldOutPair)),
		tokens,
		positions,
		padding: positions - tokens,
	};
}

async function allPairs(
	documents: readonly Document[],
	{ signal, onEncoded }: PreparationTools,
): Promise<LanguagePair[]> {
	const pairs: LanguagePair[] = [];
	for (const [index, document] of documents.entries()) {
		if (signal?.aborted) break;
		for (const pair of await pairsOf(document)) pairs.push({ ...pair, language: document.language, file: index });
		onEncoded(index);
	}
	return pairs;
}

function encodePairs(
	pairs: readonly LanguagePair[],
	recipe: SearchRecipe,
	{ tokenizer }: PreparationTools,
): TrainingPairs {
	const { queryTokens, sequenceLength } = recipe.data;
	const { text: view } = recipe.objective;
	const encode = (text: string, limit: number) => embeddedIds(tokenizer, text, { view, limit });
	const languages = [...new Set(pairs.map(({ language }) => language))];
	return {
		count: pairs.length,
		kinds: Int32Array.from(pairs, ({ kind }) => pairKinds.indexOf(kind)),
		languages: Int32Array.from(pairs, ({ language }) => languages.indexOf(language)),
		files: Int32Array.from(pairs, ({ file }) => file),
		queries: listsOf(pairs.map(({ query }) => encode(query, queryTokens))),
		codes: listsOf(pairs.map(({ code }) => encode(code, sequenceLength))),
		nameless: listsOf(
			pairs.map(({ nameless }) => (nameless === "" ? new Int32Array(0) : encode(nameless, sequenceLength))),
		),
		negatives: listsOf(pairs.map(() => [])),
	};
}

/** Mines them once, before the first step: a run can be repeated from its folder, where they are saved. */
export async function withNegatives(
	pairs: TrainingPairs,
	{ objective }: SearchRecipe,
	{ signal, start }: Pick<PreparationTools, "signal" | "start">,
): Promise<TrainingPairs> {
	const { lexical, model } = objective.hardNegatives;
	const mined: Lists[] = [];
	if (lexical > 0) mined.push(lexicalNegatives(pairs, { count: lexical, signal }));
	if (model > 0) {
		if (start === undefined) {
			throw new MaskwrightError(
				"recipeInvalid",
				"objective.hardNegatives.model asks for functions that a model ranks too high: name a search model to train on from with --from.",
			);
		}
		mined.push(await minedBy(start, pairs, { objective, count: model, signal }));
	}
	if (mined.length === 0) return pairs;
	const together = Array.from({ length: pairs.count }, (_, pair) => mined.flatMap((lists) => [...listAt(lists, pair)]));
	return { ...pairs, negatives: listsOf(together) };
}

async function minedBy(
	{ config, parameters }: StartingWeights,
	pairs: TrainingPairs,
	{ objective, ...options }: Pick<SearchRecipe, "objective"> & MiningOptions,
): Promise<Lists> {
	const { pooling, repeatDamping } = objective;
	const weights = parameters;
	const vectorizer = createVectorizer({ config, weights, pooling, repeatDamping, executionProvider: "cpu" });
	try {
		return await modelNegatives(pairs, (_kind, lists) => vectorizer.vectors(lists), options);
	} finally {
		await vectorizer.release();
	}
}

function heldOutPair({ query, code, name }: Pair): HeldOutPair {
	return { docstring: query, code, name };
}

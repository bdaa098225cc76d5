import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invariant } from "../../../sidecar/base/errors.ts";
import { createRandom, shuffle } from "../../../sidecar/base/random.ts";
import type { StrategyConfig } from "../../../sidecar/data/masking/config.ts";
import { ngramMark } from "../../../sidecar/data/masking/tokenMark.ts";
import { type NgramLexicon, ngramTokens } from "../../../sidecar/data/ngramMasks/lexicon.ts";
import { withNgramMarks } from "../../../sidecar/data/ngramMasks/matchNgrams.ts";
import { ngramShape } from "../../../sidecar/data/ngramMasks/ngramBatch.ts";
import { type PackedRows, segmentPositions } from "../../../sidecar/data/packing.ts";
import { type LoadedModel, openModel } from "../../../sidecar/inference/loadedModel.ts";
import type { ScorerInputs } from "../../../sidecar/inference/scorer.ts";
import { ernieGram } from "../../../sidecar/recipes/ernieGram.ts";
import type { Tokenizer } from "../../../sidecar/tokenizer/tokenizer.ts";
import { loadCorpus } from "../../../sidecar/train/corpusFile.ts";
import { parseRecipe, type Recipe, type RecipeOf } from "../../../sidecar/train/recipe.ts";
import { lexiconFrom } from "../../../sidecar/train/tasks/lexiconColumns.ts";
import type { LearningCheck, Measurement } from "../learningCheck.ts";
import { type TrainedArm, trainArm } from "../trainArm.ts";
import { idiomTexts, wordsOf } from "./idioms.ts";

/** Steps of the recipe, documents of the corpus, and idioms that are asked for. */
const scales = {
	smoke: { steps: 8, documents: 40, idioms: 32 },
	full: { steps: 800, documents: 600, idioms: 2000 },
} as const;

/** Half of the encoder's width and depth. */
const generator = { layers: 1, hiddenSize: 32, heads: 1, intermediateSize: 64, share: 0.15, detectorWeight: 1 };

/** Idioms of held-out files, each under one mask, against the same n-grams under a mask for each token. */
export const ernieGramCheck: LearningCheck = {
	recipe: "ernie-gram",
	metric: "held-out idioms completed whole, all tokens right, at equal masked and processed tokens",
	better: "higher",
	baseline:
		"contiguous masking of the same n-grams, told how many tokens an idiom has, the surest token first and the others in its light",
	margin: 0.02,
	claim: "GLUE average 88.1 against RoBERTa's 86.4, from explicit rather than contiguous n-gram masking.",
	reproduced: {
		better:
			"In kind, on idioms made so that their likeliest tokens do not belong together: predicted whole they are right, predicted token by token they are mixtures. GLUE was not run.",
		"no difference": "No: at this size idioms are completed no more often than under a mask for each token.",
		worse: "No: at this size idioms are completed less often than under a mask for each token.",
	},
	measure: measureIdioms,
};

async function measureIdioms({
	seed,
	scale,
}: {
	readonly seed: number;
	readonly scale: "smoke" | "full";
}): Promise<Measurement> {
	const { steps, documents, idioms: count } = scales[scale];
	const folder = mkdtempSync(join(tmpdir(), "maskwright-ernie-gram-"));
	try {
		const corpus = join(folder, "idioms.jsonl");
		const { texts, idioms } = idiomTexts(seed, documents);
		writeFileSync(corpus, texts.map((text, at) => `${JSON.stringify({ path: `${at}.txt`, text })}\n`).join(""));
		const recipe = smallRecipe(seed, { steps, vocabularySize: wordsOf(texts) });
		const { tokens, own, other, equalTokens, equalSteps } = await trainArms(recipe, { steps, corpus, folder });
		const { heldOut, examples, tokenizer } = loadCorpus(own.path);
		const lexicon = lexiconFrom(examples);
		invariant(lexicon !== undefined, "a run of ERNIE-Gram has a lexicon");
		const sites = drawSites(withNgramMarks(heldOut, lexicon), { idioms, lexicon, tokenizer, count });
		const score = async ({ model }: TrainedArm) => await scoreSites(model, sites, { lexicon, heldOut });
		const [whole, contiguousScores] = [await score(own), await score(other)];
		return {
			recipe: { value: whole.whole, tokens, seconds: own.seconds },
			baseline: { value: contiguousScores.stepwise, tokens, seconds: other.seconds },
			also: {
				"baseline, all tokens at once": contiguousScores.apart,
				"recipe, a mask for each token, the surest first": whole.stepwise,
				"with the generator, equal processed tokens": (await score(equalTokens)).whole,
				"with the generator, equal steps": (await score(equalSteps)).whole,
				"recipe, top-1 of single masked tokens": own.heldOut.top1 ?? 0,
				"baseline, top-1 of single masked tokens": other.heldOut.top1 ?? 0,
				"with the generator, top-1 of single masked tokens, equal tokens": equalTokens.heldOut.top1 ?? 0,
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The recipe, its baseline and the recipe with a generator: as many processed tokens, and of the last as many steps too. */
async function trainArms(
	recipe: RecipeOf<"ernieGram">,
	{ steps, corpus, folder }: { readonly steps: number; readonly corpus: string; readonly folder: string },
) {
	const tokens = steps * stepTokens(recipe);
	const train = async (name: string, arm: Recipe, perStep: number): Promise<TrainedArm> => {
		const budget = { steps: Math.round(tokens / perStep) };
		return await trainArm(parseRecipe({ ...arm, name, train: { ...arm.train, budget } }), { corpus, folder });
	};
	const generating = { ...recipe, objective: { ...recipe.objective, generator } };
	return {
		tokens,
		own: await train("whole", recipe, stepTokens(recipe)),
		other: await train("contiguous", contiguous(recipe), recipe.train.batchTokens),
		equalTokens: await train("generator", generating, stepTokens(generating)),
		equalSteps: await train("generator-steps", generating, stepTokens(recipe)),
	};
}

function smallRecipe(
	seed: number,
	{ steps, vocabularySize }: { steps: number; vocabularySize: number },
): RecipeOf<"ernieGram"> {
	const { recipe } = ernieGram as { recipe: RecipeOf<"ernieGram"> };
	return parseRecipe({
		...recipe,
		tokenizer: { ...recipe.tokenizer, vocabularySize },
		data: { ...recipe.data, sequenceLength: 64 },
		masking: { ...recipe.masking, strategies: recipe.masking.strategies.map(smaller) },
		model: { ...recipe.model, hiddenSize: 64, heads: 2, intermediateSize: 128, maxPositions: 64 },
		train: { ...recipe.train, seed, batchTokens: 1024, budget: { steps } },
		evaluation: { ...recipe.evaluation, everySteps: 1_000_000, rows: 16, finalRows: 64 },
		checkpoint: { everySteps: 1_000_000, keep: 1 },
	}) as RecipeOf<"ernieGram">;
}
/** A lexicon of the idioms and their beginnings alone; other strategies as they are. */
function smaller(strategy: StrategyConfig): StrategyConfig {
	return strategy.name === "ngram" ? { ...strategy, bigrams: 150, trigrams: 50, criticalValue: 4 } : strategy;
}

/** The same n-grams, a mask for each token. */
function contiguous(recipe: RecipeOf<"ernieGram">): Recipe {
	return parseRecipe({ ...recipe, objective: { name: "maskedLm", rows: "masked" } });
}

/** Tokens that a step processes: those of the text with the queries of the fine view, and the generator's. */
function stepTokens({ data, masking, objective, train }: RecipeOf<"ernieGram">): number {
	const rows = train.batchTokens / data.sequenceLength;
	const shape = { rows, textLength: data.sequenceLength, hasFine: objective.fineWeight > 0 };
	const ofGenerator = objective.generator === undefined ? 0 : train.batchTokens;
	return rows * ngramShape(shape, masking).length + ofGenerator;
}

/** An n-gram of the lexicon in a held-out row. */
interface Site {
	readonly row: number;
	readonly at: number;
	readonly ngram: number;
}

/** Some of the idioms that maximum matching finds, the same ones for every model. */
function drawSites(rows: PackedRows, { idioms, lexicon, tokenizer, count }: SiteOptions): Site[] {
	const sites: Site[] = [];
	rows.marks?.forEach((mark, index) => {
		if (ngramMark.length(mark) === 0) return;
		const ngram = ngramMark.id(mark);
		if (!idioms.has(tokenizer.decode([...ngramTokens(lexicon, ngram)]).trim())) return;
		const at = index % rows.sequenceLength;
		sites.push({ row: (index - at) / rows.sequenceLength, at, ngram });
	});
	return shuffle(sites, createRandom(20_260_101)).slice(0, count);
}

interface SiteOptions {
	readonly idioms: ReadonlySet<string>;
	readonly lexicon: NgramLexicon;
	readonly tokenizer: Tokenizer;
	readonly count: number;
}

/** Shares of the sites that a model completes: at one mask, at a mask for each token, and the same one token at a time. */
async function scoreSites(
	folder: string,
	sites: readonly Site[],
	{ lexicon, heldOut }: { lexicon: NgramLexicon; heldOut: PackedRows },
): Promise<{ whole: number; apart: number; stepwise: number }> {
	const model = openModel(folder, { executionProvider: "cpu", threads: 1 });
	const hits = { whole: 0, apart: 0, stepwise: 0 };
	for (let from = 0; from < sites.length; from += 16) {
		const group = sites.slice(from, from + 16);
		const truth = group.map(({ ngram }) => ngramTokens(lexicon, ngram).join());
		const count = (answers: readonly (readonly number[])[]): number =>
			answers.filter((ids, index) => ids.join() === truth[index]).length;
		hits.apart += count(await tokensApart(model, group, { lexicon, heldOut }));
		hits.stepwise += count(await tokensInTurn(model, group, { lexicon, heldOut }));
		if (model.ngramHead !== undefined) hits.whole += count(await wholes(model, group, { lexicon, heldOut }));
	}
	await model.release();
	const share = (count: number): number => count / sites.length;
	return { whole: share(hits.whole), apart: share(hits.apart), stepwise: share(hits.stepwise) };
}

interface Held {
	readonly lexicon: NgramLexicon;
	readonly heldOut: PackedRows;
}

/** The likeliest token at each of as many masks as the n-gram has tokens. */
async function tokensApart(model: LoadedModel, group: readonly Site[], held: Held): Promise<number[][]> {
	const hidden = group.map(({ ngram }) =>
		[...ngramTokens(held.lexicon, ngram)].map(() => model.tokenizer.special.mask),
	);
	return (await likeliest(model, group, { ...held, hidden })).map((tokens) => tokens.map(({ id }) => id));
}

/** The same in as many runs: each fixes the token that the model is surest of. */
async function tokensInTurn(model: LoadedModel, group: readonly Site[], held: Held): Promise<number[][]> {
	const { mask } = model.tokenizer.special;
	const hidden = group.map(({ ngram }) => [...ngramTokens(held.lexicon, ngram)].map(() => mask));
	while (hidden.some((ids) => ids.includes(mask))) {
		const found = await likeliest(model, group, { ...held, hidden });
		found.forEach((tokens, slot) => {
			const open = tokens.map((token, at) => ({ ...token, at })).filter(({ at }) => hidden[slot]![at] === mask);
			const surest = open.sort((a, b) => b.probability - a.probability)[0];
			if (surest !== undefined) hidden[slot]![surest.at] = surest.id;
		});
	}
	return hidden;
}

/** What the model finds likeliest at each of the hidden tokens, masks or not. */
async function likeliest(
	model: LoadedModel,
	group: readonly Site[],
	held: Held & { hidden: readonly (readonly number[])[] },
): Promise<{ id: number; probability: number }[][]> {
	const { inputs, masks } = inputsOf(model, group, held);
	const scorer = await model.scorer({ rows: 16, sequenceLength: held.heldOut.sequenceLength, maskedRows: 48 });
	const probabilities = await scorer.score(inputs);
	const size = model.config.vocabularySize;
	return masks.map((slots) =>
		slots.map((slot) => {
			const row = probabilities.subarray(slot * size, (slot + 1) * size);
			const probability = Math.max(...row);
			return { id: row.indexOf(probability), probability };
		}),
	);
}

/** The likeliest token or n-gram at one mask, in tokens. */
async function wholes(model: LoadedModel, group: readonly Site[], held: Held): Promise<number[][]> {
	const hidden = group.map(() => [model.tokenizer.special.mask]);
	const { inputs, masks } = inputsOf(model, group, { ...held, hidden });
	const shape = { rows: 16, sequenceLength: held.heldOut.sequenceLength, maskedRows: 48 };
	const { whole } = await (await model.ngramScorer(shape)).score(inputs);
	const size = whole.length / shape.maskedRows;
	return masks.map(([slot]) => {
		const row = whole.subarray(slot! * size, (slot! + 1) * size);
		const id = row.indexOf(Math.max(...row));
		const ngram = id - model.config.vocabularySize;
		return ngram < 0 ? [id] : [...ngramTokens(held.lexicon, ngram)];
	});
}

/** Rows in which `hidden` stands in place of each site's n-gram. */
function inputsOf(
	model: LoadedModel,
	group: readonly Site[],
	{ lexicon, heldOut, hidden: all }: Held & { hidden: readonly (readonly number[])[] },
): { inputs: ScorerInputs; masks: number[][] } {
	const { pad } = model.tokenizer.special;
	const length = heldOut.sequenceLength;
	const inputIds = new Int32Array(16 * length).fill(pad);
	const segments = new Int32Array(16 * length).fill(-1);
	const positions = new Int32Array(16 * length);
	const maskedPositions = new Int32Array(48);
	let masked = 0;
	const masks = group.map(({ row, at, ngram }, slot) => {
		const [from, end] = [row * length, (row + 1) * length];
		const behind = from + at + ngramTokens(lexicon, ngram).length;
		const hidden = all[slot]!;
		const ids = [...heldOut.tokens.subarray(from, from + at), ...hidden, ...heldOut.tokens.subarray(behind, end)];
		const documents = [
			...heldOut.segments.subarray(from, from + at),
			...hidden.map(() => heldOut.segments[from + at]!),
			...heldOut.segments.subarray(behind, end),
		];
		inputIds.set(ids, slot * length);
		segments.set(documents, slot * length);
		positions.set(segmentPositions(Int32Array.from(documents)), slot * length);
		return hidden.map((_, index) => {
			maskedPositions[masked] = slot * length + at + index;
			return masked++;
		});
	});
	return { inputs: { inputIds, segments, positions, maskedPositions }, masks };
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invariant } from "../../../sidecar/base/errors.ts";
import { createRandom, shuffle } from "../../../sidecar/base/random.ts";
import { ngramMark } from "../../../sidecar/data/masking/tokenMark.ts";
import { type NgramLexicon, ngramTokens } from "../../../sidecar/data/ngramMasks/lexicon.ts";
import { withNgramMarks } from "../../../sidecar/data/ngramMasks/matchNgrams.ts";
import { ngramShape } from "../../../sidecar/data/ngramMasks/ngramBatch.ts";
import { type PackedRows, segmentPositions } from "../../../sidecar/data/packing.ts";
import { type LoadedModel, openModel } from "../../../sidecar/inference/loadedModel.ts";
import type { ScorerInputs } from "../../../sidecar/inference/scorer.ts";
import { ernieGram } from "../../../sidecar/recipes/ernieGram.ts";
import { loadCorpus } from "../../../sidecar/train/corpusFile.ts";
import { parseRecipe, type Recipe, type RecipeOf } from "../../../sidecar/train/recipe.ts";
import { lexiconFrom } from "../../../sidecar/train/tasks/lexiconColumns.ts";
import type { LearningCheck, Measurement } from "../learningCheck.ts";
import { trainArm } from "../trainArm.ts";

/** Steps of the recipe, lines of the corpus, and idioms that are asked for. */
const scales = {
	smoke: { steps: 8, documents: 40, idioms: 32 },
	full: { steps: 300, documents: 300, idioms: 800 },
} as const;

/** Idioms of held-out files, each under one mask, against the same n-grams under a mask for each token. */
export const ernieGramCheck: LearningCheck = {
	recipe: "ernie-gram",
	metric: "held-out idioms completed whole, all tokens right, at equal masked and processed tokens",
	better: "higher",
	baseline: "contiguous masking of the same n-grams, told how many tokens an idiom has",
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
	const { steps, documents, idioms } = scales[scale];
	const folder = mkdtempSync(join(tmpdir(), "maskwright-ernie-gram-"));
	try {
		const corpus = join(folder, "idioms.jsonl");
		writeFileSync(
			corpus,
			idiomTexts(seed, documents)
				.map((text, at) => `${JSON.stringify({ path: `${at}.txt`, text })}\n`)
				.join(""),
		);
		const recipe = smallRecipe(seed, steps);
		const plain = contiguous(recipe);
		const own = await trainArm(recipe, { corpus, folder });
		const other = await trainArm(plain.recipe, { corpus, folder });
		const { heldOut, examples } = loadCorpus(own.path);
		const lexicon = lexiconFrom(examples);
		invariant(lexicon !== undefined, "a run of ERNIE-Gram has a lexicon");
		const sites = drawSites(withNgramMarks(heldOut, lexicon), idioms);
		const whole = await scoreSites(own.model, sites, { lexicon, heldOut });
		const apart = await scoreSites(other.model, sites, { lexicon, heldOut });
		return {
			recipe: { value: whole.whole, tokens: plain.tokens, seconds: own.seconds },
			baseline: { value: apart.apart, tokens: plain.tokens, seconds: other.seconds },
			also: {
				"baseline, the surest token first and the others in its light": apart.stepwise,
				"recipe, a mask for each token": whole.apart,
				"recipe, top-1 of single masked tokens": own.heldOut.top1 ?? 0,
				"baseline, top-1 of single masked tokens": other.heldOut.top1 ?? 0,
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Keys, and what may follow each: the first idiom is the likeliest, and the others share their first word. */
const keys = 16;
const chances = [0.4, 0.3, 0.3] as const;

/**
 * Texts of lines KEY FILLER IDIOM FILLER. Of the idioms a x (u), b y (v) and b z (w) that a key allows, the likeliest is
 * a x (u), but the likeliest first word is b: a model that chooses each word for itself writes b x (u), which is none.
 */
function idiomTexts(seed: number, documents: number): string[] {
	const random = createRandom(seed, 0x6964696f);
	const syllables = [..."bdfgklmnprst"].flatMap((consonant) => [..."aeiou"].map((vowel) => consonant + vowel));
	const words = shuffle([...syllables], random).map((first, at) => first + syllables[(at * 7) % syllables.length]!);
	const [ofIdioms, fillers] = [words.slice(keys, keys + 30), words.slice(keys + 30)];
	const word = (from: readonly string[]): string => from[random.below(from.length)]!;
	const idioms = Array.from({ length: keys }, (_, key) => {
		const [a, b, x, y, z, u, v, w] = shuffle([...ofIdioms], random);
		const third = key % 2 === 0 ? [[], [], []] : [[u], [v], [w]];
		return [
			[a, x, ...third[0]!],
			[b, y, ...third[1]!],
			[b, z, ...third[2]!],
		].map((parts) => parts.join(" "));
	});
	const line = (): string => {
		const key = random.below(keys);
		const draw = random.uniform();
		const idiom = idioms[key]![draw < chances[0] ? 0 : draw < chances[0] + chances[1] ? 1 : 2]!;
		return `${words[key]} ${word(fillers)} ${idiom} ${word(fillers)}`;
	};
	return Array.from({ length: documents }, () => Array.from({ length: 24 }, line).join("\n"));
}

function smallRecipe(seed: number, steps: number): RecipeOf<"ernieGram"> {
	const { recipe } = ernieGram as { recipe: RecipeOf<"ernieGram"> };
	return parseRecipe({
		...recipe,
		tokenizer: { ...recipe.tokenizer, vocabularySize: 400 },
		data: { ...recipe.data, sequenceLength: 64 },
		masking: {
			...recipe.masking,
			strategies: [{ name: "ngram", weight: 1, bigrams: 100, trigrams: 50, criticalValue: 2.576 }],
		},
		model: { ...recipe.model, hiddenSize: 64, heads: 2, intermediateSize: 128, maxPositions: 64 },
		train: { ...recipe.train, seed, batchTokens: 1024, budget: { steps } },
		evaluation: { ...recipe.evaluation, everySteps: 1_000_000, rows: 16, finalRows: 64 },
		checkpoint: { everySteps: 1_000_000, keep: 1 },
	}) as RecipeOf<"ernieGram">;
}

/** The same n-grams, a mask for each token, for as many steps as process the same number of tokens. */
function contiguous(recipe: RecipeOf<"ernieGram">): { recipe: Recipe; tokens: number } {
	const { data, masking, objective, train } = recipe;
	const rows = train.batchTokens / data.sequenceLength;
	const shape = { rows, textLength: data.sequenceLength, hasFine: objective.fineWeight > 0 };
	const { length } = ngramShape(shape, masking);
	const steps = (train.budget as { steps: number }).steps;
	const tokens = steps * rows * length;
	const budget = { steps: Math.round(tokens / train.batchTokens) };
	const plain = { ...recipe, name: "contiguous", objective: { name: "maskedLm", rows: "masked" } };
	return { recipe: parseRecipe({ ...plain, train: { ...train, budget } }), tokens };
}

/** An n-gram of the lexicon in a held-out row. */
interface Site {
	readonly row: number;
	readonly at: number;
	readonly ngram: number;
}

/** Some of the n-grams that maximum matching finds, the same ones for every model. */
function drawSites(rows: PackedRows, count: number): Site[] {
	const sites: Site[] = [];
	rows.marks?.forEach((mark, index) => {
		if (ngramMark.length(mark) === 0) return;
		const at = index % rows.sequenceLength;
		sites.push({ row: (index - at) / rows.sequenceLength, at, ngram: ngramMark.id(mark) });
	});
	return shuffle(sites, createRandom(20_260_101)).slice(0, count);
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

/** Both stages of Linguistic Entity Masking on a made-up bitext, with whichever masks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { maskPackedRow } from "../../../sidecar/data/collate.ts";
import type { Masking } from "../../../sidecar/data/masking/config.ts";
import { isSpecial } from "../../../sidecar/data/pieces.ts";
import { openModel } from "../../../sidecar/inference/loadedModel.ts";
import { lem, lemPara } from "../../../sidecar/recipes/lem.ts";
import { prepareCorpus } from "../../../sidecar/train/prepare.ts";
import { parseRecipe, type Recipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides, mergeRecipe } from "../../../sidecar/train/recipeChanges.ts";
import { type TrainedArm, trainArm } from "../trainArm.ts";
import { bitextAccuracy } from "./bitextMining.ts";
import { bitextOfSeed, type SentencePair } from "./bitextOfSeed.ts";

const scales = {
	smoke: { pairs: 300, unseen: 4, mono: 6, para: 6 },
	full: { pairs: 3000, unseen: 40, mono: 100, para: 800 },
} as const;

/** What all arms share; the tokenizer is trained on the texts of the first stage, and names are several tokens. */
const settings = [
	"tokenizer.vocabularySize=420",
	"data.sequenceLength=48",
	"model.layers=2",
	"model.hiddenSize=64",
	"model.heads=4",
	"model.intermediateSize=128",
	"model.maxPositions=48",
	"train.batchTokens=1536",
	"schedule.warmupSteps=20",
	"evaluation.rows=8",
	"evaluation.finalRows=64",
];

type Strategy = Masking["strategies"][number];

/** Spans of a user's file are the only ones: the words of these languages are in no tagger. */
function entity(changes: Partial<Extract<Strategy, { name: "entity" }>> = {}): Strategy {
	const rates = { namedEntity: 0.5, noun: 0.5, verb: 0.5 };
	return { name: "entity", weight: 1, rates, tokens: "one", most: 0.5, ...changes };
}

/** Masks of one kind, by what is masked. */
export interface Masks {
	readonly name: string;
	readonly masking: Partial<Masking>;
}

export interface LemStages {
	/** One token of a content word; random tokens; whole content words: as many tokens of each. */
	readonly masks: { readonly lem: Masks; readonly random: Masks; readonly whole: Masks };
	/** The share of the tokens that is masked. */
	readonly share: number;
	/** Texts of both languages, each alone. */
	mono(masks: Masks): Promise<TrainedArm>;
	/** Pairs, each in one row. */
	para(masks: Masks, from: TrainedArm): Promise<TrainedArm>;
	/** Bitext retrieval among pairs that no arm has seen. */
	mining(arm: TrainedArm): Promise<number>;
}

/** A bitext in a folder, and arms to train on it. */
export async function lemStages(seed: number, scale: "full" | "smoke", folder: string): Promise<LemStages> {
	const { pairs: count, unseen, ...steps } = scales[scale];
	const bitext = bitextOfSeed(seed, { pairs: count, unseen });
	const corpora = writeBitext(folder, bitext.pairs);
	const share = await shareOf(corpora, { strategies: [entity()] }, seed);
	const fewer = share / (await shareOf(corpora, { strategies: [entity({ tokens: "all" })] }, seed));
	const rates = { namedEntity: 0.5 * fewer, noun: 0.5 * fewer, verb: 0.5 * fewer };
	const out = ({ name }: Masks): string => join(folder, name);
	return {
		share,
		masks: {
			lem: { name: "lem", masking: { strategies: [entity()] } },
			random: { name: "random", masking: { strategies: [{ name: "random", weight: 1 }], rate: share } },
			whole: { name: "whole", masking: { strategies: [entity({ tokens: "all", rates })] } },
		},
		mono: (masks) => {
			const recipe = recipeOf(lem.recipe, { ...masks, seed, steps: steps.mono });
			return trainArm(recipe, { corpus: corpora.mono, folder: out(masks) });
		},
		para: (masks, { model }) => {
			const recipe = pairRecipe({ ...masks, seed, steps: steps.para });
			return trainArm(recipe, { corpus: corpora.para, folder: out(masks), from: model });
		},
		mining: async (arm) => {
			const model = openModel(arm.model, { executionProvider: "cpu", threads: 1 });
			try {
				return await bitextAccuracy(model, bitext.unseen);
			} finally {
				await model.release();
			}
		},
	};
}

interface Corpora {
	readonly mono: string;
	readonly para: string;
}

/** The pairs as a table, their sides as texts of their own, and the spans of both as a user would tag them. */
function writeBitext(folder: string, pairs: readonly SentencePair[]): Corpora {
	const lines = ["first\tsecond"];
	const texts: string[] = [];
	const spans: string[] = [];
	for (const [index, [first, second]] of pairs.entries()) {
		lines.push(`${first.text}\t${second.text}`);
		const pair = `pairs.tsv:${index + 2}`;
		for (const span of first.spans) spans.push(JSON.stringify({ path: pair, ...span }));
		for (const { start, end, tag } of second.spans) {
			const shift = first.text.length;
			spans.push(JSON.stringify({ path: pair, start: shift + start, end: shift + end, tag }));
		}
		for (const [side, { text, spans: own }] of [first, second].entries()) {
			const path = `text${side}of${index}.txt`;
			texts.push(JSON.stringify({ path, text }));
			for (const span of own) spans.push(JSON.stringify({ path, ...span }));
		}
	}
	mkdirSync(folder, { recursive: true });
	const corpora = { mono: join(folder, "texts.jsonl"), para: join(folder, "pairs.tsv") };
	writeFileSync(corpora.mono, texts.join("\n"));
	writeFileSync(corpora.para, lines.join("\n"));
	writeFileSync(join(folder, "spans.jsonl"), spans.join("\n"));
	return corpora;
}

interface Changes {
	readonly masking: Partial<Masking>;
	readonly seed: number;
	readonly steps: number;
}

function recipeOf(base: Recipe, { masking, seed, steps }: Changes): Recipe {
	const annotators = [{ name: "file", path: "spans.jsonl" }] as const;
	const patched = parseRecipe(mergeRecipe(base, { masking: { annotators, ...masking } }));
	return applyOverrides(patched, [
		...settings,
		`train.seed=${seed}`,
		`train.budget={"steps":${steps}}`,
		`evaluation.everySteps=${steps}`,
		`checkpoint.everySteps=${steps}`,
	]);
}

function pairRecipe(changes: Changes): Recipe {
	const reader = { name: "pairs", first: "first", second: "second", join: "separator" };
	return recipeOf(parseRecipe({ ...lemPara.recipe, data: { ...lemPara.recipe.data, reader } }), changes);
}

/** The share of the ordinary tokens of the pairs that a masking chooses. */
async function shareOf({ para }: Corpora, masking: Partial<Masking>, seed: number): Promise<number> {
	const recipe = pairRecipe({ masking, seed, steps: 1 });
	const { train, pieces, tokenizer } = await prepareCorpus(para, recipe);
	const options = { masking: (recipe as typeof recipe & { masking: Masking }).masking, pieces, seed, epoch: 0 };
	let chosen = 0;
	for (let row = 0; row < train.count; row++) {
		chosen += maskPackedRow(train, row, { ...options, maskId: tokenizer.special.mask }).positions.length;
	}
	const ordinary = train.tokens.reduce(
		(sum, id, at) => sum + (train.segments[at]! < 0 || isSpecial(pieces, id) ? 0 : 1),
		0,
	);
	return chosen / ordinary;
}

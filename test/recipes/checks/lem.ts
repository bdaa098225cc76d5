import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maskPackedRow } from "../../../sidecar/data/collate.ts";
import type { Masking } from "../../../sidecar/data/masking/config.ts";
import { isSpecial } from "../../../sidecar/data/pieces.ts";
import { lem, lemPara } from "../../../sidecar/recipes/lem.ts";
import { prepareCorpus } from "../../../sidecar/train/prepare.ts";
import { parseRecipe, type Recipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides, mergeRecipe } from "../../../sidecar/train/recipeChanges.ts";
import type { Arm, LearningCheck } from "../learningCheck.ts";
import { trainArm } from "../trainArm.ts";
import { bitextOfSeed } from "./bitextOfSeed.ts";

const scales = {
	smoke: { pairs: 300, steps: 8 },
	full: { pairs: 3000, steps: 500 },
} as const;

/** What all arms share; the tokenizer is trained on the texts of the first stage. */
const settings = [
	"tokenizer.vocabularySize=420",
	"data.sequenceLength=64",
	"model.layers=2",
	"model.hiddenSize=64",
	"model.heads=4",
	"model.intermediateSize=128",
	"model.maxPositions=64",
	"train.batchTokens=1024",
	"schedule.warmupSteps=20",
	"evaluation.rows=8",
	"evaluation.finalRows=64",
];

type Strategy = Masking["strategies"][number];

/** Spans of a user's file are the only ones: the words of these languages are in no tagger. */
const entity = (changes: Partial<Extract<Strategy, { name: "entity" }>> = {}): Strategy => ({
	name: "entity",
	weight: 1,
	rates: { namedEntity: 1, noun: 0.5, verb: 0.5 },
	tokens: "one",
	most: 0.5,
	...changes,
});

export const lemCheck: LearningCheck = {
	recipe: "lem",
	metric:
		"bitext retrieval, accuracy at 1 both ways, of held-out pairs of a made-up bitext (equal steps, processed tokens and masked tokens)",
	better: "higher",
	baseline: "masked, then translation language modelling on random tokens",
	margin: 0.01,
	claim:
		"LEM on single texts and then on pairs beats MLM and then TLM on bitext mining for English-Sinhala, English-Tamil and Sinhala-Tamil.",
	reproduced: {
		better:
			"In kind: on sentences of two made-up languages whose content words are what they have in common, masking these alone aligns the languages further in the same steps. The languages of the paper, its size and its data were not tried.",
		"no difference":
			"No: even where content words are all that two sentences have in common, masking them alone aligned the languages no further than random masks.",
		worse: "On the contrary: random masks aligned the languages further.",
	},
	async measure({ seed, scale }) {
		const { pairs, steps } = scales[scale];
		const folder = mkdtempSync(join(tmpdir(), "maskwright-lem-"));
		try {
			const corpora = writeBitext(folder, seed, pairs);
			const arm = (name: string, masking: Partial<Masking>) =>
				twoStages({ folder: join(folder, name), corpora, masking, seed, steps });
			const own = await shareOf(corpora, { strategies: [entity()] }, seed);
			const whole = await shareOf(corpora, { strategies: [entity({ tokens: "all" })] }, seed);
			const recipe = await arm("lem", { strategies: [entity()] });
			const baseline = await arm("mlm", { strategies: [{ name: "random", weight: 1 }], rate: own });
			const fewer = own / whole; // so that as many tokens are masked
			const rates = { namedEntity: fewer, noun: 0.5 * fewer, verb: 0.5 * fewer };
			const all = await arm("all", { strategies: [entity({ tokens: "all", rates })] });
			return {
				recipe,
				baseline,
				also: { "the whole span masked (ablation)": all.value, "share of tokens masked": own },
			};
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	},
};

interface Corpora {
	readonly mono: string;
	readonly para: string;
}

/** The pairs as a table, their sides as texts of their own, and the spans of both as a user would tag them. */
function writeBitext(folder: string, seed: number, count: number): Corpora {
	const lines = ["first\tsecond"];
	const texts: string[] = [];
	const spans: string[] = [];
	for (const [index, [first, second]] of bitextOfSeed(seed, count).entries()) {
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

interface TwoStages {
	readonly folder: string;
	readonly corpora: Corpora;
	readonly masking: Partial<Masking>;
	readonly seed: number;
	readonly steps: number;
}

async function twoStages({ folder, corpora, masking, seed, steps }: TwoStages): Promise<Arm> {
	const mono = await trainArm(recipeOf(lem.recipe, { masking, seed, steps }), { corpus: corpora.mono, folder });
	const para = await trainArm(pairRecipe({ masking, seed, steps }), {
		corpus: corpora.para,
		from: mono.model,
		folder,
	});
	const { forward, backward } = para.heldOut.bitext!;
	return {
		value: (forward + backward) / 2,
		tokens: mono.tokens + para.tokens,
		seconds: mono.seconds + para.seconds,
	};
}

type Changes = Pick<TwoStages, "masking" | "seed" | "steps">;

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

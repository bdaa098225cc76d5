/** Both stages of Starbucks at a size where a core takes some milliseconds for a step, and what their models find. */
import { join } from "node:path";
import { embeddedIds } from "../../../sidecar/inference/embeddedIds.ts";
import { createVectorizer } from "../../../sidecar/inference/vectorizer.ts";
import { encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { fromHuggingFaceConfig } from "../../../sidecar/model/huggingFace.ts";
import { starbucks as pretraining } from "../../../sidecar/recipes/starbucks.ts";
import { evaluateSearch, type SearchPair } from "../../../sidecar/search/query/evaluateSearch.ts";
import { loadModel } from "../../../sidecar/store/modelFolder.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import type { Recipe, RecipeEntry } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { documentedWords } from "../../support/documentedWords.ts";
import { type TrainedArm, trainArm } from "../trainArm.ts";

export type Size = { readonly layers: number; readonly units: number };

export const smallest: Size = { layers: 1, units: 8 };
export const largest: Size = { layers: 4, units: 64 };

const shape = [
	"tokenizer.vocabularySize=800",
	`model.layers=${largest.layers}`,
	`model.hiddenSize=${largest.units}`,
	"model.heads=2",
	"model.intermediateSize=96",
	"model.maxPositions=64",
	"data.sequenceLength=64",
	"data.heldOutShare=0.1",
	"schedule.warmupSteps=20",
	"evaluation.everySteps=100000",
	"evaluation.finalRows=20",
	"checkpoint.everySteps=100000",
];
const searching = [
	...shape,
	"data.queryTokens=32",
	"train.batchTokens=2048",
	"objective.temperature=0.1",
	// Names say nothing here, and there are no comments.
	'objective.shares={"name":0,"comment":0,"message":0,"code":0}',
];
/** The sizes below the largest one. */
export const smallerSizes = JSON.stringify([
	[1, 8],
	[2, 16],
	[3, 32],
]);

const scales = {
	full: { files: 300, asked: 300, first: 120, second: 200 },
	smoke: { files: 60, asked: 20, first: 5, second: 5 },
} as const;

export interface Stages {
	/** Steps of each stage. */
	readonly first: number;
	readonly second: number;
	train(entry: RecipeEntry, name: string, settings: readonly string[], from?: string): Promise<TrainedArm>;
	/** MRR by the first layers and units of a model, whether it was trained for them or not. */
	mrr(arm: TrainedArm, size: Size): Promise<number>;
}

/** Trains and asks about a language that is made of a seed, in a folder. */
export function starbucksStages(seed: number, scale: "full" | "smoke", folder: string): Stages {
	const { files, asked: count, ...steps } = scales[scale];
	const words = documentedWords(seed, { words: 120, ofFunction: 4 });
	const corpus = words.write(join(folder, "corpus"), files);
	const asked = words.pairs(count);
	return {
		...steps,
		async train(entry, name, settings, from) {
			const named = settings.map((setting) => setting.split("=")[0]);
			const base = (entry === pretraining ? [...shape, "train.batchTokens=1024"] : searching).filter(
				(setting) => !named.includes(setting.split("=")[0]),
			);
			const recipe = applyOverrides(entry.recipe, [...base, ...settings, `train.seed=${seed}`, `name=${name}`]);
			const out = await trainArm(recipe, { corpus, folder, ...(from === undefined ? {} : { from }) });
			return { ...out, tokens: out.tokens * copiesOf(recipe) };
		},
		mrr: (arm, size) => mrrOf(arm.model, size, asked),
	};
}

export function budget(steps: number): string {
	return `train.budget={"steps":${steps}}`;
}

/** How often a row is processed: once more where a decoder reads it. */
function copiesOf(recipe: Recipe): number {
	return recipe.objective.name === "starbucks" && recipe.objective.autoencoding.share > 0 ? 2 : 1;
}

/** Tokens and seconds of stages together. */
export function spent(...stages: readonly { tokens: number; seconds: number }[]): { tokens: number; seconds: number } {
	return {
		tokens: stages.reduce((sum, { tokens }) => sum + tokens, 0),
		seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
	};
}

async function mrrOf(model: string, { layers, units }: Size, asked: readonly SearchPair[]): Promise<number> {
	const stored = loadModel(model);
	const tokenizer = loadTokenizer(stored.tokenizer);
	const config = encoderConfigSchema.parse({ ...fromHuggingFaceConfig(stored.config), layers });
	const weights = new Map(
		[...stored.tensors].flatMap(([name, { data }]) => (data instanceof Float32Array ? [[name, data] as const] : [])),
	);
	const settings = { pooling: "mean", repeatDamping: 0, executionProvider: "cpu", threads: 1 } as const;
	const vectorizer = createVectorizer({ config, units, weights, ...settings });
	const scores = await evaluateSearch({
		pairs: asked,
		maskNames: true,
		embed: (kind, texts) => {
			const limit = kind === "query" ? 32 : 64;
			return vectorizer.vectors(texts.map((text) => embeddedIds(tokenizer, text, { view: "source", limit })));
		},
		weight: 0,
	});
	await vectorizer.release();
	return scores.encoder!.mrr;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedIds } from "../../../sidecar/inference/embeddedIds.ts";
import { createVectorizer } from "../../../sidecar/inference/vectorizer.ts";
import { encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { fromHuggingFaceConfig } from "../../../sidecar/model/huggingFace.ts";
import { starbucks as pretraining } from "../../../sidecar/recipes/starbucks.ts";
import { starbucksSearch } from "../../../sidecar/recipes/starbucksSearch.ts";
import { evaluateSearch, type SearchPair } from "../../../sidecar/search/query/evaluateSearch.ts";
import { loadModel } from "../../../sidecar/store/models.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import type { RecipeEntry } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { documentedWords } from "../../support/documentedWords.ts";
import type { LearningCheck } from "../learningCheck.ts";
import { type TrainedArm, trainArm } from "../trainArm.ts";

const [smallest, largest] = [
	{ layers: 1, units: 8 },
	{ layers: 4, units: 64 },
];

/** Both stages at a size where a core takes some milliseconds for a step. */
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
const pairs = JSON.stringify([
	[1, 8],
	[2, 16],
	[3, 32],
]);

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
			const size = scale === "full" ? { files: 300, first: 120, second: 200, asked: 300 } : tiny;
			const words = documentedWords(seed, { words: 120, ofFunction: 4 });
			const corpus = words.write(join(folder, "corpus"), size.files);
			const asked = words.pairs(size.asked);
			const train = async (entry: RecipeEntry, name: string, settings: readonly string[], from?: string) => {
				const named = settings.map((setting) => setting.split("=")[0]);
				const base = (entry === pretraining ? [...shape, "train.batchTokens=1024"] : searching).filter((setting) => {
					return !named.includes(setting.split("=")[0]);
				});
				const recipe = applyOverrides(entry.recipe, [...base, ...settings, `train.seed=${seed}`, `name=${name}`]);
				const out = await trainArm(recipe, { corpus, folder, ...(from === undefined ? {} : { from }) });
				return { ...out, tokens: out.tokens * (recipe.objective.name === "starbucks" ? copiesOf(recipe) : 1) };
			};
			const steps = (count: number): string => `train.budget={"steps":${count}}`;
			const mae = await train(pretraining, "smae", [`objective.sizes=${pairs}`, steps(size.first)]);
			const srl = await train(
				starbucksSearch,
				"srl",
				[`objective.smallerSizes=${pairs}`, steps(size.second)],
				mae.model,
			);
			const plain = ["objective.sizes=[]", "objective.autoencoding.share=0", steps(2 * size.first)];
			const mlm = await train(pretraining, "mlm", plain);
			const alone = ["objective.smallerSizes=[]", steps(size.second)];
			const whole = await train(starbucksSearch, "whole", alone, mlm.model);
			const own = [`model.layers=${smallest.layers}`, `objective.smallerSizes=[${smallest.units}]`, steps(size.second)];
			const apart = await train(starbucksSearch, "apart", own);
			const mrr = (arm: TrainedArm, part: typeof smallest) => mrrOf(arm.model, part, asked);
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

const tiny = { files: 60, first: 5, second: 5, asked: 20 };

/** How often a row is processed: once more where a decoder reads it. */
function copiesOf(recipe: ReturnType<typeof applyOverrides>): number {
	return recipe.objective.name === "starbucks" && recipe.objective.autoencoding.share > 0 ? 2 : 1;
}

function spent(...stages: readonly { tokens: number; seconds: number }[]): { tokens: number; seconds: number } {
	return {
		tokens: stages.reduce((sum, { tokens }) => sum + tokens, 0),
		seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
	};
}

/** MRR by the first layers and units of a model, whether it was trained for them or not. */
async function mrrOf(model: string, { layers, units }: typeof smallest, asked: readonly SearchPair[]): Promise<number> {
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

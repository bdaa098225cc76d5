import { availableParallelism } from "node:os";
import type { Document } from "../data/document.ts";
import { readCorpus } from "../data/readers/corpus.ts";
import { splitHeldOut } from "../data/split.ts";
import { encoderConfigSchema } from "../model/config.ts";
import { parameterSpecs } from "../model/parameters.ts";
import type { CorpusReport } from "../protocol/outputs.ts";
import { codeMlmSmall } from "../recipes/codeMlmSmall.ts";
import { trainByteLevelBpe } from "../tokenizer/trainer.ts";
import { phaseRecipes } from "../train/phaseRecipes.ts";
import type { Recipe } from "../train/recipe.ts";

/** What a folder or file gives to train on with the default recipe; nothing is written. */
export async function reportCorpus(path: string): Promise<CorpusReport> {
	const { recipe } = codeMlmSmall;
	const { documents, leftOut } = await readCorpus(path, { maximumFileBytes: recipe.data.maxFileBytes });
	const { train, heldOut } = splitHeldOut(documents, { fraction: recipe.data.heldOutShare });
	const languages: Record<string, number> = {};
	for (const { language } of documents) languages[language] = (languages[language] ?? 0) + 1;
	const bytes = bytesOf(documents);
	const tokens = Math.round(bytes * tokensPerByte(train.length > 0 ? train : documents, recipe));
	return {
		files: documents.length,
		bytes,
		tokens,
		languages,
		heldOutFiles: heldOut.length,
		leftOut,
		estimate: { seconds: secondsOf(recipe, tokens), bytes: memoryOf(recipe, { tokens, bytes }) },
	};
}

/** Bytes of text that a preview tokenizes; more would cost more seconds than its answer is worth. */
const sampleBytes = 2_000_000;

/** Measured by tokenizing the corpus, or a sample of it that its content hashes choose. */
function tokensPerByte(documents: readonly Document[], recipe: Recipe): number {
	const sample: Document[] = [];
	let taken = 0;
	for (const document of [...documents].sort((a, b) => (a.hash < b.hash ? -1 : 1))) {
		if (taken >= sampleBytes) break;
		sample.push(document);
		taken += document.text.length;
	}
	const texts = sample.map(({ text }) => text);
	const tokenizer = trainByteLevelBpe(texts, { ...recipe.tokenizer, fits: true });
	return sample.reduce((sum, { text }) => sum + tokenizer.encode(text).ids.length, 0) / bytesOf(sample);
}

/** Some 5,000 tokens a second and thread: 10,000 were measured on two for a model of five million weights. */
function secondsOf(recipe: Recipe, corpusTokens: number): number {
	const { budget, batchTokens } = recipe.train;
	// Reading, tokenizing and the closing scores; 3 M tokens were measured at some 20 s.
	const around = 5 + corpusTokens / 200_000;
	if ("minutes" in budget) return Math.round(around + budget.minutes * 60);
	const tokens = "tokens" in budget ? budget.tokens : budget.steps * batchTokens;
	return Math.round(around + tokens / (5_000 * Math.min(8, availableParallelism())));
}

/** Weights, gradients and two optimizer states, old and new; logits of the masked rows and their gradients; the corpus. */
function memoryOf(recipe: Recipe, corpus: { tokens: number; bytes: number }): number {
	const vocabularySize = recipe.tokenizer.vocabularySize;
	const config = encoderConfigSchema.parse({ ...recipe.model, vocabularySize, paddingId: 1 });
	const weights = parameterSpecs(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
	const rows = recipe.train.microBatchTokens ?? recipe.train.batchTokens;
	const predicted = Math.max(...phaseRecipes(recipe).map((phase) => predictedShare(phase.recipe)));
	const logits = rows * predicted * vocabularySize;
	const runtime = 740_000_000; // measured: what a run of the default recipe held beside the rest
	return Math.round(runtime + 4 * (8 * weights + 4 * logits) + 8 * corpus.tokens + 3 * corpus.bytes);
}

/** The share of the tokens of a batch that have logits. */
function predictedShare(recipe: Recipe): number {
	if (recipe.objective.name === "causalLm") return recipe.objective.share;
	return "masking" in recipe ? recipe.masking.rate : 0;
}

function bytesOf(documents: readonly Document[]): number {
	return documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

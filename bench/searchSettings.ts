/**
 * Trains variants of the recipe `code-search` on one corpus, which is read, parsed and tokenized once, and scores each on
 * the evaluation files at one weight beside BM25. Prints the gain of the hybrid over BM25, mean of all languages.
 *
 *   node --import tsx bench/searchSettings.ts CORPUS.jsonl OUT WEIGHT NAME[:KEY=VALUE[;KEY=VALUE]...]... [--from NAME]
 *
 * With --from the variants go on from the model of another one. Needs MASKWRIGHT_SHARED.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readSearchPairs } from "../sidecar/cli/searchPairs.ts";
import { finishRun } from "../sidecar/compute/finishRun.ts";
import { loadStart } from "../sidecar/compute/startingModel.ts";
import { countNgrams } from "../sidecar/data/ngrams.ts";
import { type Embedder, openEmbedder } from "../sidecar/inference/embedder.ts";
import { initialParameters } from "../sidecar/model/parameters.ts";
import { createOptimizer } from "../sidecar/optim/optimizers.ts";
import { unscored } from "../sidecar/protocol/unscored.ts";
import { codeSearch } from "../sidecar/recipes/codeSearch.ts";
import { type EmbedTexts, evaluateSearch } from "../sidecar/search/query/evaluateSearch.ts";
import { freshTrainingState } from "../sidecar/train/checkpointing.ts";
import { loadCorpus, saveCorpus } from "../sidecar/train/corpusFile.ts";
import { encoderOf } from "../sidecar/train/encoderOf.ts";
import { initialState } from "../sidecar/train/modelState.ts";
import { trainingPhases } from "../sidecar/train/phases.ts";
import { prepareCorpus } from "../sidecar/train/prepare.ts";
import type { RecipeOf } from "../sidecar/train/recipe.ts";
import { applyOverrides } from "../sidecar/train/recipeChanges.ts";
import { columnsOf, readHeldOut, readPairs } from "../sidecar/train/tasks/codeSearch/columns.ts";
import { withNegatives } from "../sidecar/train/tasks/codeSearch/examples.ts";
import { trainedParameters } from "../sidecar/train/tasks/tasks.ts";
import { train } from "../sidecar/train/trainer.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { from: { type: "string" } } });
const shared = process.env["MASKWRIGHT_SHARED"];
const [corpusPath, out, weight, ...variants] = positionals;
if (shared === undefined || corpusPath === undefined || out === undefined || weight === undefined) {
	throw new Error("Set MASKWRIGHT_SHARED and name corpus, folder, weight and variants.");
}
const start = values.from === undefined ? undefined : loadStart(join(out, values.from, "model"));
const prepared = join(out, "prepared");
if (!existsSync(prepared)) {
	const corpus = await prepareCorpus(corpusPath, codeSearch.recipe);
	mkdirSync(prepared, { recursive: true });
	saveCorpus(prepared, corpus);
}
const corpus = loadCorpus(prepared);
const ngrams = countNgrams(corpus.train, corpus.pieces);
const files = join(shared, "data", "codesearch");
const compute = { executionProvider: "cpu", threads: 1 } as const;
console.log("| variant | size | encoder, names masked | gain as is | names masked | re-ranked by the largest |");
console.log(`|${" --- |".repeat(6)}`);
for (const variant of variants) {
	const [name = "", settings = ""] = variant.split(/:(.*)/);
	const model = join(out, name, "model");
	if (!existsSync(model)) {
		await trainVariant(
			join(out, name),
			settings.split(";").filter((setting) => setting !== ""),
		);
	}
	const large = await openEmbedder(model, compute);
	const small = await openEmbedder(model, { ...compute, size: "small" }).catch(() => undefined); // a model of one size
	console.log(await row(name, large));
	if (small !== undefined) console.log(await row(name, small, large));
	await large.release();
	await small?.release();
}

async function trainVariant(folder: string, settings: readonly string[]): Promise<void> {
	const recipe = applyOverrides(codeSearch.recipe, settings) as RecipeOf<"codeSearch">;
	const never = new AbortController().signal;
	const pairs = await withNegatives(readPairs(corpus.examples), recipe, { signal: never, start });
	const own = { ...corpus, examples: columnsOf(pairs, readHeldOut(corpus.examples)) };
	const config = encoderOf(recipe, corpus.tokenizer);
	const parameters = trainedParameters(recipe, config);
	const values = new Map([...initialParameters(parameters, recipe.train.seed), ...(start?.parameters ?? [])]);
	const model = initialState({ parameters, optimizer: createOptimizer(recipe.optimizer) }, values);
	const clock = (): number => performance.now() / 1000;
	mkdirSync(folder, { recursive: true });
	const run = {
		...{ recipe, parameters, folder, clock, startedAt: clock(), pause: never, finish: never, ...compute },
		phases: trainingPhases(recipe, { config, corpus: own, ngrams, ...compute }),
		emit: () => undefined,
	};
	const result = await train(run, { model, state: freshTrainingState(1) });
	for (const { evaluator } of run.phases) await evaluator.release();
	await finishRun({ recipe, folder, corpus: own, config, ngrams, heldOut: unscored, ...result });
}

async function row(name: string, embedder: Embedder, large?: Embedder): Promise<string> {
	const sums = { encoder: 0, asIs: 0, masked: 0, closer: 0 };
	const languages = readdirSync(files).sort();
	const by =
		(one: Embedder): EmbedTexts =>
		(kind, texts) =>
			one.embed(kind, texts);
	for (const language of languages) {
		const pairs = await readSearchPairs(join(files, language));
		const options = { pairs, embed: by(embedder), closer: large && by(large), weight: Number(weight) };
		const asIs = await evaluateSearch({ ...options, maskNames: false });
		const masked = await evaluateSearch({ ...options, maskNames: true });
		sums.encoder += masked.encoder!.mrr;
		sums.asIs += asIs.hybrid!.mrr - asIs.bm25.mrr;
		sums.masked += masked.hybrid!.mrr - masked.bm25.mrr;
		sums.closer += (masked.closer?.mrr ?? Number.NaN) - masked.bm25.mrr;
	}
	const cells = Object.values(sums).map((sum) => (Number.isNaN(sum) ? "" : (sum / languages.length).toFixed(4)));
	return `| ${[name, embedder.size, ...cells].join(" | ")} |`;
}

/**
 * What each choice of a recipe is worth: trains variants of a recipe on one corpus, each for the same seconds of
 * training (or the same tokens), and scores them on the same held-out rows. Reading the corpus is not counted.
 *
 * Usage: node --import tsx bench/ledger.ts CORPUS BUDGET SEEDS VARIANT...
 *   BUDGET   JSON as in a recipe: {"minutes":1} or {"tokens":600000}
 *   SEEDS    how many, from 1
 *   VARIANT  NAME=RECIPE[;key=value]...   for example no-muon=code-mlm-small;optimizer.kind=adamw
 * A recipe that goes on from a model does so; what that model scores before the first step is the first line then.
 * THREADS in the environment says how many threads compute, by default 2.
 * `bench/ledger.sh` holds the calls whose results stand in `bench/README.md`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadStart, type StartingModel } from "../sidecar/compute/startingModel.ts";
import { countNgrams } from "../sidecar/data/ngrams.ts";
import { initialParameters } from "../sidecar/model/parameters.ts";
import { createOptimizer } from "../sidecar/optim/optimizers.ts";
import { recipes } from "../sidecar/recipes/recipes.ts";
import { tensor } from "../sidecar/session/tensor.ts";
import { findModel } from "../sidecar/store/models.ts";
import { budgetSchema } from "../sidecar/train/budget.ts";
import { freshTrainingState } from "../sidecar/train/checkpointing.ts";
import { encoderOf } from "../sidecar/train/encoderOf.ts";
import { initialState } from "../sidecar/train/modelState.ts";
import { trainingPhases } from "../sidecar/train/phases.ts";
import { prepareCorpus } from "../sidecar/train/prepare.ts";
import type { PreparedCorpus } from "../sidecar/train/preparedCorpus.ts";
import type { Recipe } from "../sidecar/train/recipe.ts";
import { applyOverrides } from "../sidecar/train/recipeChanges.ts";
import { frozenParameters, trainedParameters } from "../sidecar/train/tasks/tasks.ts";
import { train } from "../sidecar/train/trainer.ts";
import { median } from "./statistics.ts";

const [corpusPath, budgetText, seedsText, ...variantTexts] = process.argv.slice(2);
if (corpusPath === undefined || budgetText === undefined || variantTexts.length === 0) {
	throw new Error("Usage: ledger.ts CORPUS BUDGET SEEDS VARIANT...");
}
budgetSchema.parse(JSON.parse(budgetText));
const seeds = Array.from({ length: Number(seedsText) }, (_, index) => index + 1);
const prepared = new Map<string, PreparedCorpus>();
const starts = new Map<string, StartingModel>();

interface Outcome {
	readonly loss: number;
	readonly top1: number;
	readonly top5: number;
	readonly wordTop1: number;
	readonly identifierTop1: number;
	readonly tokens: number;
	readonly seconds: number;
}

console.log("| variant | seeds | held-out loss | top-1 | top-5 | word top-1 | identifier top-1 | M tokens | seconds |");
console.log("|---|---|---|---|---|---|---|---|---|");
for (const text of variantTexts) {
	const [name, description] = splitOnce(text, "=");
	const [recipeName, ...overrides] = description.split(";");
	const entry = recipes.get(recipeName!);
	if (entry === undefined) throw new Error(`There is no recipe ${recipeName}.`);
	const outcomes: Outcome[] = [];
	for (const seed of seeds) {
		const recipe = applyOverrides(entry.recipe, [`train.seed=${seed}`, `train.budget=${budgetText}`, ...overrides]);
		outcomes.push(await measure(recipe));
	}
	console.log(row(name, outcomes));
}

async function measure(recipe: Recipe): Promise<Outcome> {
	const from = recipe.from === undefined ? undefined : startOf(recipe.from);
	const corpus = await corpusFor(recipe, from);
	const adapter = recipe.adapter === undefined ? {} : { adapter: recipe.adapter };
	const config = from === undefined ? encoderOf(recipe, corpus.tokenizer) : { ...from.config, ...adapter };
	const compute = { executionProvider: "cpu" as const, threads: Number(process.env["THREADS"] ?? 2) };
	const ngrams = countNgrams(corpus.train, corpus.pieces);
	const parameters = trainedParameters(recipe, config);
	const phases = trainingPhases(recipe, { config, corpus, ngrams, ...compute });
	const frozen = new Map(
		frozenParameters(recipe, config).map(({ name, shape }) => [name, tensor(from!.parameters.get(name)!, shape)]),
	);
	const folder = mkdtempSync(join(tmpdir(), "maskwright-ledger-"));
	const clock = (): number => performance.now() / 1000;
	const quiet = { ...recipe, evaluation: { ...recipe.evaluation, everySteps: 1_000_000 } };
	try {
		const start = {
			model: initialState(
				{ parameters, optimizer: createOptimizer(recipe.optimizer) },
				new Map([...initialParameters(parameters, recipe.train.seed), ...(from?.parameters ?? [])]),
			),
			state: freshTrainingState(1),
		};
		const never = { pause: new AbortController().signal, finish: new AbortController().signal };
		const told = { phases, emit: () => {}, clock, startedAt: clock() };
		const run = { recipe: quiet, parameters, frozen, folder, ...told, ...never };
		const { model, state } = await train({ ...run, ...compute }, start);
		const scores = await phases.at(-1)!.evaluator.evaluate(new Map([...frozen, ...model]), "final");
		return {
			loss: scores.loss ?? Number.NaN,
			top1: scores.top1 ?? 0,
			top5: scores.top5 ?? 0,
			wordTop1: scores.wordTop1 ?? 0,
			identifierTop1: scores.identifierTop1 ?? 0,
			tokens: state.tokens,
			seconds: state.seconds,
		};
	} finally {
		for (const { evaluator } of phases) await evaluator.release();
		rmSync(folder, { recursive: true });
	}
}

/** Variants with the same tokenizer and packing share one prepared corpus. */
async function corpusFor(recipe: Recipe, start: StartingModel | undefined): Promise<PreparedCorpus> {
	const key = JSON.stringify([recipe.objective.name, recipe.from ?? recipe.tokenizer, recipe.data]);
	let corpus = prepared.get(key);
	if (corpus === undefined) {
		corpus = await prepareCorpus(corpusPath!, recipe, start === undefined ? {} : { start });
		prepared.set(key, corpus);
	}
	return corpus;
}

function startOf(name: string): StartingModel {
	const start = starts.get(name) ?? loadStart(findModel(name));
	starts.set(name, start);
	return start;
}

function row(name: string, outcomes: readonly Outcome[]): string {
	const typical = (pick: (outcome: Outcome) => number): number => median(outcomes.map(pick));
	const percent = (pick: (outcome: Outcome) => number): string => (100 * typical(pick)).toFixed(1);
	const losses = outcomes.map(({ loss }) => loss.toFixed(3)).join(" ");
	return `| ${name} | ${outcomes.length} | ${losses} | ${percent((o) => o.top1)} | ${percent((o) => o.top5)} | ${percent((o) => o.wordTop1)} | ${percent((o) => o.identifierTop1)} | ${(typical((o) => o.tokens) / 1e6).toFixed(2)} | ${typical((o) => o.seconds).toFixed(0)} |`;
}

function splitOnce(text: string, separator: string): [string, string] {
	const at = text.indexOf(separator);
	return [text.slice(0, at), text.slice(at + 1)];
}

import type { Document } from "../../sidecar/data/document.ts";
import { countNgrams } from "../../sidecar/data/ngrams.ts";
import { packDocuments } from "../../sidecar/data/packing.ts";
import { pieceTable } from "../../sidecar/data/pieces.ts";
import { encoderConfigSchema } from "../../sidecar/model/config.ts";
import { initialParameters } from "../../sidecar/model/parameters.ts";
import { createOptimizer } from "../../sidecar/optim/optimizers.ts";
import type { TrainingEvent } from "../../sidecar/protocol/events.ts";
import { codeMlmSmall } from "../../sidecar/recipes/codeMlmSmall.ts";
import { trainByteLevelBpe } from "../../sidecar/tokenizer/trainer.ts";
import { freshTrainingState, type TrainingState } from "../../sidecar/train/checkpointing.ts";
import { initialState, type ModelState } from "../../sidecar/train/modelState.ts";
import { trainingPhases } from "../../sidecar/train/phases.ts";
import type { PreparedCorpus } from "../../sidecar/train/preparedCorpus.ts";
import type { Recipe } from "../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../sidecar/train/recipeChanges.ts";
import { trainedParameters } from "../../sidecar/train/tasks/tasks.ts";
import { type TrainingResult, train } from "../../sidecar/train/trainer.ts";

/** `code-mlm-small` shrunk until a step takes milliseconds. */
export function tinyRecipe(...overrides: string[]): Recipe {
	return applyOverrides(codeMlmSmall.recipe, [
		"tokenizer.vocabularySize=300",
		"model.layers=2",
		"model.hiddenSize=16",
		"model.heads=2",
		"model.intermediateSize=24",
		"model.maxPositions=32",
		"data.sequenceLength=32",
		"train.batchTokens=256",
		"schedule.warmupSteps=2",
		"evaluation.rows=4",
		"evaluation.finalRows=4",
		"evaluation.everySteps=1000",
		"checkpoint.everySteps=1000",
		'train.budget={"steps":8}',
		...overrides,
	]);
}

/** A corpus of small functions, tokenized and packed for a recipe. */
function tinyCorpus(recipe: Recipe): PreparedCorpus {
	const texts = Array.from({ length: 40 }, (_, file) =>
		Array.from(
			{ length: 6 },
			(_, line) => `def add${file}_${line}(left, right):\n    return left + right * ${line}\n`,
		).join("\n"),
	);
	const tokenizer = trainByteLevelBpe(texts, recipe.tokenizer);
	const pack = (part: readonly string[]) =>
		packDocuments(
			part.map((text) => tokenizer.encode(text).ids),
			{ sequenceLength: recipe.data.sequenceLength, special: tokenizer.special },
		);
	const train = pack(texts.slice(4));
	return {
		tokenizer,
		pieces: pieceTable(tokenizer),
		train,
		heldOut: pack(texts.slice(0, 4)),
		files: 40,
		heldOutFiles: 4,
		examples: new Map(),
		tokens: train.tokens.length,
		positions: train.tokens.length,
		padding: 0,
		leftOut: [] satisfies Document[],
	};
}

export interface TinyRun {
	readonly result: TrainingResult;
	readonly events: TrainingEvent[];
}

export interface TinyRunOptions {
	readonly recipe: Recipe;
	readonly folder: string;
	/** What to train on; by default small Python functions, packed. */
	readonly corpus?: PreparedCorpus;
	/** Where to go on from; by default a fresh start. */
	readonly start?: { model: ModelState; state: TrainingState };
	/** Pauses after this step. */
	readonly pauseAfter?: number;
	/** Ends the budget after this step. */
	readonly finishAfter?: number;
	/** Changes the fresh model before training. */
	readonly prepare?: (model: ModelState) => void;
}

/** Trains a tiny model on the CPU in this process, one thread. */
export async function runTiny({
	recipe,
	folder,
	corpus = tinyCorpus(recipe),
	start,
	pauseAfter,
	finishAfter,
	prepare,
}: TinyRunOptions): Promise<TinyRun> {
	const { vocabularySize, special } = corpus.tokenizer;
	const config = encoderConfigSchema.parse({ ...recipe.model, vocabularySize, paddingId: special.pad });
	const compute = { executionProvider: "cpu" as const, threads: 1 };
	const ngrams = countNgrams(corpus.train, corpus.pieces);
	const phases = trainingPhases(recipe, { config, corpus, ngrams, ...compute });
	const parameters = trainedParameters(recipe, config);
	const fresh = {
		model: initialState(
			{ parameters, optimizer: createOptimizer(recipe.optimizer) },
			initialParameters(parameters, recipe.train.seed),
		),
		state: freshTrainingState(recipe.train.batchTokens / (recipe.train.microBatchTokens ?? recipe.train.batchTokens)),
	};
	prepare?.(fresh.model);
	const events: TrainingEvent[] = [];
	const pause = new AbortController();
	const finish = new AbortController();
	const emit = (event: TrainingEvent): void => {
		events.push(event);
		if (event.event === "step" && event.step === pauseAfter) pause.abort();
		if (event.event === "step" && event.step === finishAfter) finish.abort();
	};
	const clock = (): number => performance.now() / 1000;
	try {
		const signals = { pause: pause.signal, finish: finish.signal };
		const run = { recipe, parameters, phases, folder, emit, ...signals, clock, startedAt: clock() };
		return { result: await train({ ...run, ...compute }, start ?? fresh), events };
	} finally {
		for (const { evaluator } of phases) await evaluator.release();
	}
}

/** The losses of a run's steps, in order. */
export function lossesOf(events: readonly TrainingEvent[]): number[] {
	return events.flatMap((event) => (event.event === "step" ? [event.loss] : []));
}

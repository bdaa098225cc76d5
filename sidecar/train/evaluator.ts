import { type Baselines, evaluateBaselines } from "../data/baselines.ts";
import type { NgramModel } from "../data/ngrams.ts";
import type { PackedRows } from "../data/packing.ts";
import { openScorer, type Scorer } from "../inference/scorer.ts";
import type { EncoderConfig } from "../model/config.ts";
import { type HeldOut, modelScoresSchema } from "../protocol/scores.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { evaluate, evaluationSample, evaluationShape } from "./evaluation.ts";
import type { ModelState } from "./modelState.ts";
import type { PreparedCorpus } from "./preparedCorpus.ts";
import type { Recipe } from "./recipe.ts";

/** Scores the live parameters of a run: on few rows during training, on more at its end. */
export interface Evaluator {
	evaluate(model: ModelState, when: "start" | "during" | "final"): Promise<HeldOut>;
	release(): Promise<void>;
}

export interface EvaluatorOptions {
	readonly config: EncoderConfig;
	readonly corpus: PreparedCorpus;
	/** Counts of the training rows, for the baselines. */
	readonly ngrams: NgramModel;
	readonly executionProvider: ExecutionProvider;
	readonly threads: number;
	/** Scores before the first step, where an earlier stretch of the run has taken them. */
	readonly before?: HeldOut["before"];
}

/** The measure that is the same for every recipe; the session opens at the first evaluation and stays. */
export function createEvaluator(recipe: Recipe, options: EvaluatorOptions): Evaluator {
	const { config, corpus, executionProvider, threads } = options;
	const { mask: maskId, pad: padId } = corpus.tokenizer.special;
	const shape = evaluationShape(recipe.data.sequenceLength);
	const samples = new Map<number, { rows: PackedRows; baselines: Baselines }>();
	let scorer: Promise<Scorer> | undefined;
	let { before } = options;
	const sampleOf = (size: number) => {
		let sample = samples.get(size);
		if (sample === undefined) {
			const rows = evaluationSample(corpus.heldOut, size);
			sample = { rows, baselines: evaluateBaselines(options.ngrams, rows, { pieces: corpus.pieces }) };
			samples.set(size, sample);
		}
		return sample;
	};
	return {
		async evaluate(model, when) {
			scorer ??= openScorer({ config, shape, executionProvider, threads });
			const { rows: few, finalRows } = recipe.evaluation;
			const { rows, baselines } = sampleOf(when === "during" ? few : finalRows);
			const { pieces } = corpus;
			const scores = await evaluate({ scorer: await scorer, parameters: model, rows, pieces, maskId, padId });
			if (when === "start") before = modelScoresSchema.parse(scores);
			return { ...scores, baselines, ...(when === "final" && before !== undefined ? { before } : {}) };
		},
		async release() {
			await (await scorer)?.release();
			scorer = undefined;
		},
	};
}

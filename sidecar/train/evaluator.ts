import { type Baselines, evaluateBaselines } from "../data/baselines.ts";
import type { NgramModel } from "../data/ngrams.ts";
import type { PackedRows } from "../data/packing.ts";
import { openScorer, type Scorer } from "../inference/scorer.ts";
import type { EncoderConfig } from "../model/config.ts";
import type { HeldOut } from "../protocol/scores.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { evaluate, evaluationSample, evaluationShape } from "./evaluation.ts";
import type { PreparedCorpus } from "./prepare.ts";
import type { Recipe } from "./recipe.ts";
import type { ModelState } from "./stepper.ts";

/** Scores the live parameters of a run: on few rows during training, on more at its end. */
export interface Evaluator {
	evaluate(model: ModelState, when: "during" | "final"): Promise<HeldOut>;
	release(): Promise<void>;
}

export interface EvaluatorOptions {
	readonly recipe: Recipe;
	readonly config: EncoderConfig;
	readonly corpus: PreparedCorpus;
	/** Counts of the training rows, for the baselines. */
	readonly ngrams: NgramModel;
	readonly executionProvider: ExecutionProvider;
	readonly threads: number;
}

/** Makes an evaluator; its session opens at the first evaluation and stays. */
export function createEvaluator(options: EvaluatorOptions): Evaluator {
	const { recipe, config, corpus, executionProvider, threads } = options;
	const { mask: maskId, pad: padId } = corpus.tokenizer.special;
	const shape = evaluationShape(recipe.data.sequenceLength);
	const samples = new Map<string, { rows: PackedRows; baselines: Baselines }>();
	let scorer: Promise<Scorer> | undefined;
	const sampleFor = (when: "during" | "final") => {
		let sample = samples.get(when);
		if (sample === undefined) {
			const rows = evaluationSample(
				corpus.heldOut,
				when === "final" ? recipe.evaluation.finalRows : recipe.evaluation.rows,
			);
			sample = { rows, baselines: evaluateBaselines(options.ngrams, rows, { pieces: corpus.pieces }) };
			samples.set(when, sample);
		}
		return sample;
	};
	return {
		async evaluate(model, when) {
			scorer ??= openScorer({ config, shape, executionProvider, threads });
			const { rows, baselines } = sampleFor(when);
			const { pieces } = corpus;
			const scores = await evaluate({ scorer: await scorer, parameters: model, rows, pieces, maskId, padId });
			return { ...scores, baselines };
		},
		async release() {
			await (await scorer)?.release();
			scorer = undefined;
		},
	};
}

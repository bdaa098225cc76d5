import { compile } from "../../../autodiff/compile.ts";
import { Graph } from "../../../autodiff/graph.ts";
import { type Batch, collate, maskedCapacity } from "../../../data/collate.ts";
import { type GumbelNoise, gumbelNoise } from "../../../data/gumbelNoise.ts";
import { evaluationMasking, evaluationSeed } from "../../../data/masking/config.ts";
import { type Detector, openDetector } from "../../../inference/detector.ts";
import type { ParameterSpec } from "../../../model/parameters.ts";
import type { HeldOut } from "../../../protocol/scores.ts";
import { unscored } from "../../../protocol/unscored.ts";
import { openSession, type Session } from "../../../session/session.ts";
import { floats } from "../../../session/tensor.ts";
import { auroc } from "../../auroc.ts";
import { chunks, evaluationSample } from "../../evaluation.ts";
import type { Evaluator, EvaluatorOptions } from "../../evaluator.ts";
import type { ModelState } from "../../modelState.ts";
import type { RecipeOf } from "../../recipe.ts";
import { detectionFeeds } from "./feeds.ts";
import { type DetectionShape, detectionGraph } from "./loss.ts";

/** Rows that the evaluation takes at a time. */
const evaluationRows = 16;

/** Of the tokens of held-out files as they are, so many lie above the threshold: one in a hundred. */
const falseAlarms = 0.01;

export interface DetectionEvaluatorOptions extends EvaluatorOptions {
	/** All that is trained, the generator's too. */
	readonly parameters: readonly ParameterSpec[];
}

/**
 * Scores of the detector on held-out rows: a fixed 15% of the tokens are replaced by draws of the generator as it is.
 * The threshold is that of the same rows as they are. Sessions open at the first evaluation and stay.
 */
export function createDetectionEvaluator(
	recipe: RecipeOf<"replacedTokenDetection">,
	options: DetectionEvaluatorOptions,
): Evaluator {
	const { config, corpus, parameters, executionProvider, threads } = options;
	const { sequenceLength } = recipe.data;
	const rows = evaluationRows;
	const shape: DetectionShape = {
		config,
		generator: recipe.generator,
		corrupter: recipe.objective.corrupter,
		rows,
		sequenceLength,
		maskedRows: maskedCapacity(rows, sequenceLength, evaluationMasking),
	};
	const noise = gumbelNoise(evaluationSeed, config.vocabularySize);
	let opened: Promise<[Session, Detector]> | undefined;
	const open = async (): Promise<[Session, Detector]> => [
		await openSession(compile(outputsOf(shape, parameters)).model, { executionProvider, threads }),
		await openDetector({ config, rows, sequenceLength, executionProvider, threads }),
	];
	return {
		async evaluate(model, when) {
			opened ??= open();
			const [session, detector] = await opened;
			const { rows: few, finalRows } = recipe.evaluation;
			const sample = evaluationSample(corpus.heldOut, when === "during" ? few : finalRows);
			const { mask: maskId, pad: padId } = corpus.tokenizer.special;
			const { pieces } = corpus;
			const collateWith = { masking: evaluationMasking, pieces, maskId, padId, seed: evaluationSeed, epoch: 0 };
			const batches = [...chunks(sample.count, rows)].map((indices) => collate(sample, indices, collateWith));
			const detection = await score(batches, { session, detector, noise, shape, model });
			return { ...unscored, detection };
		},
		async release() {
			for (const each of (await opened) ?? []) await each.release();
			opened = undefined;
		},
	};
}

function outputsOf(shape: DetectionShape, parameters: readonly ParameterSpec[]) {
	const graph = new Graph();
	const values = new Map(parameters.map(({ name, shape: size }) => [name, graph.input(name, size)]));
	const { logits, replaced, generatorLoss } = detectionGraph(graph, values, shape);
	return { logits, replaced, ...(generatorLoss === undefined ? {} : { generatorLoss }) };
}

interface Scoring {
	readonly session: Session;
	readonly detector: Detector;
	readonly noise: GumbelNoise;
	readonly shape: DetectionShape;
	readonly model: ModelState;
}

async function score(
	batches: readonly Batch[],
	{ session, detector, noise, shape, model }: Scoring,
): Promise<NonNullable<HeldOut["detection"]>> {
	const found: { logit: number; replaced: boolean }[] = [];
	const untouched: number[] = [];
	let generatorLoss = 0;
	let masked = 0;
	for (const [step, batch] of batches.entries()) {
		const feeds = detectionFeeds({ batch, noise, step, shape, part: 0, parts: 1 });
		const outputs = await session.run({ ...Object.fromEntries(model), ...feeds });
		const [logits, replaced] = [floats(outputs["logits"]!), floats(outputs["replaced"]!)];
		const inputIds = feeds["original_ids"]!.data as Int32Array;
		const { segments, positions } = batch;
		const clean = await detector.probabilities({ inputIds, segments, positions }, model);
		segments.forEach((segment, at) => {
			if (segment < 0) return;
			found.push({ logit: logits[at]!, replaced: replaced[at] === 1 });
			untouched.push(clean[at]!);
		});
		if (outputs["generatorLoss"] === undefined) continue;
		generatorLoss += floats(outputs["generatorLoss"])[0]! * batch.maskedCount;
		masked += batch.maskedCount;
	}
	const threshold = quantile(untouched, 1 - falseAlarms);
	const positives = found.filter(({ replaced }) => replaced);
	const share = positives.length / found.length;
	return {
		auroc: auroc(
			found.map(({ logit }) => logit),
			(index) => found[index]!.replaced,
		),
		accuracy: found.filter(({ logit, replaced }) => logit > 0 === replaced).length / found.length,
		majority: Math.max(share, 1 - share),
		threshold,
		recall:
			positives.length === 0
				? null
				: positives.filter(({ logit }) => 1 / (1 + Math.exp(-logit)) > threshold).length / positives.length,
		generatorLoss: masked === 0 ? null : generatorLoss / masked,
		tokens: found.length,
	};
}

/** The smallest value that at least `share` of the values do not exceed. */
function quantile(values: readonly number[], share: number): number {
	const sorted = Float64Array.from(values).sort();
	return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 1;
}

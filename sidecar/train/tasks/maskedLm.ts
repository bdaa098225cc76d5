import type { Graph } from "../../autodiff/graph.ts";
import type { Value } from "../../autodiff/value.ts";
import { type Batch, collate, maskedCapacity } from "../../data/collate.ts";
import { strategiesOf } from "../../data/masking/config.ts";
import { type AttentionProgramName, attentionBias } from "../../model/attention.ts";
import type { EncoderConfig } from "../../model/config.ts";
import { encoder } from "../../model/encoder.ts";
import { maskedLmHead } from "../../model/heads.ts";
import { objectives } from "../../objectives/objectives.ts";
import type { Tensor } from "../../session/tensor.ts";
import { planBatches } from "../batches.ts";
import type { PreparedCorpus } from "../preparedCorpus.ts";
import type { RecipeOf } from "../recipe.ts";
import { maskedByRowFeeds, maskedLmFeeds, maskedLmInputs, sliceBatch } from "./maskedLmFeeds.ts";
import { preparePackedRows } from "./packedRows.ts";
import { createPairEvaluator } from "./pairEvaluator.ts";
import { createRegionEvaluator, regionMasking } from "./regionEvaluator.ts";
import type { TaskSteps, TrainingTask } from "./trainingTask.ts";

/** Masked language modelling (Devlin et al. 2019, section 3.1) on rows of packed documents. */
export function maskedLmTask(recipe: RecipeOf<"maskedLm">): TrainingTask {
	const template = instructionsOf(recipe);
	return {
		roles: template === undefined ? ["completion"] : ["completion", "classification"],
		prepare: preparePackedRows(recipe),
		extraParameters: () => [],
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		evaluator: (options) => {
			const regions = regionMasking(recipe.masking);
			return regions === undefined
				? createPairEvaluator(recipe, options)
				: createRegionEvaluator(recipe, regions, options);
		},
		...(template === undefined ? {} : { about: () => ({ instructions: template }) }),
	};
}

/** How a model is asked that learns to answer instructions; undefined where the answers are not what is masked. */
function instructionsOf({ data: { reader }, masking }: RecipeOf<"maskedLm">) {
	const answers = strategiesOf(masking).some((strategy) => strategy.name === "region" && strategy.region === "answer");
	return reader?.name === "labelled" && answers ? reader.template : undefined;
}

function trainingSteps(recipe: RecipeOf<"maskedLm">, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { sequenceLength, pairPositions } = recipe.data;
	const { seed } = recipe.train;
	const rows = recipe.train.batchTokens / sequenceLength;
	const maskedRows = maskedCapacity(rows, sequenceLength, recipe.masking, corpus.train);
	const plan = planBatches(corpus.train.count, rows, seed);
	const { mask: maskId, pad: padId } = corpus.tokenizer.special;
	const { masking } = recipe;
	const { pieces } = corpus;
	const { rows: headRows, attention = "full" } = recipe.objective;
	return maskedLmSteps({ config, attention, headRows, rows, sequenceLength, maskedRows }, (step) => {
		const { rows: indices, epochs } = plan.at(step);
		const options = { masking, pieces, maskId, padId, seed, epoch: epochs[0]!, pairPositions };
		return collate(corpus.train, indices, options);
	});
}

/** What fixes the graph of a masked-LM loss. */
export interface MaskedLmShape {
	readonly config: EncoderConfig;
	/** What a token sees; everything by default. */
	readonly attention?: AttentionProgramName;
	/** "masked" computes the head on the masked positions alone, "all" on every position. */
	readonly headRows: "masked" | "all";
	/** B rows of T tokens, at most M masked positions in all and M / B in each. */
	readonly rows: number;
	readonly sequenceLength: number;
	readonly maskedRows: number;
}

/** Steps on batches of one shape, wherever they come from. */
export function maskedLmSteps(whole: MaskedLmShape, batchAt: (step: number) => Batch): TaskSteps {
	const shapeOf = (parts: number): MaskedLmShape => ({
		...whole,
		rows: whole.rows / parts,
		maskedRows: parts === 1 ? whole.maskedRows : Math.ceil(whole.maskedRows / parts / 8) * 8,
	});
	return {
		rows: whole.rows,
		loss: (graph, parameters, parts) => maskedLmLoss(graph, parameters, shapeOf(parts)),
		batch: (step) => {
			const batch = batchAt(step);
			return {
				feeds: (part, parts) => lossFeeds(parts === 1 ? batch : sliceBatch(batch, part, parts), shapeOf(parts)),
			};
		},
	};
}

function maskedPerRow({ rows, maskedRows }: MaskedLmShape): number {
	return Math.ceil(maskedRows / rows);
}

/** A batch as the inputs of that loss. */
export function lossFeeds(batch: Batch, shape: MaskedLmShape): Record<string, Tensor> {
	return shape.headRows === "all" ? maskedLmFeeds(batch, shape) : maskedByRowFeeds(batch, maskedPerRow(shape));
}

/** The mean cross-entropy of the tokens of a batch that are predicted, as a graph. */
export function maskedLmLoss(graph: Graph, parameters: ReadonlyMap<string, Value>, shape: MaskedLmShape): Value {
	const { config, attention, rows, sequenceLength, headRows } = shape;
	const segments = graph.input(maskedLmInputs.segments, [rows, sequenceLength], "int32");
	const perRow = headRows === "all" ? sequenceLength : maskedPerRow(shape);
	const read = headRows === "all" ? {} : { at: graph.input(maskedLmInputs.maskedPositions, [rows, perRow], "int32") };
	const states = encoder(config, parameters, {
		inputIds: graph.input(maskedLmInputs.inputIds, [rows, sequenceLength], "int32"),
		positions: graph.input(maskedLmInputs.positions, [rows, sequenceLength], "int32"),
		bias: attentionBias(config, segments, attention),
		...read,
	}); // [count, hidden]
	const logits = maskedLmHead(config, parameters, states); // [count, vocabulary]
	const count = rows * perRow;
	const labels = graph.input(maskedLmInputs.labels, [count], "int32");
	return objectives.maskedLm(logits, labels, graph.input(maskedLmInputs.weights, [count]));
}

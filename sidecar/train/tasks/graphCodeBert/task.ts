import { collateGraph, graphMaskedCapacity, type Structure } from "../../../data/graph/collateGraph.ts";
import { sliceGraphBatch } from "../../../data/graph/graphBatch.ts";
import { type GraphShape, nodePositions } from "../../../inference/graphEncoder.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { parameterSpecs } from "../../../model/parameters.ts";
import { planBatches } from "../../batches.ts";
import { createEvaluator, type Evaluator, type EvaluatorOptions } from "../../evaluator.ts";
import type { PreparedCorpus } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import type { TaskSteps, TrainingTask } from "../trainingTask.ts";
import { readGraphRows } from "./columns.ts";
import { prepareExamples } from "./examples.ts";
import { graphCodeBertLoss, graphFeeds } from "./loss.ts";
import { rowShapeOf } from "./rowShape.ts";
import { createStructureEvaluator } from "./structureEvaluator.ts";

type GraphRecipe = RecipeOf<"graphCodeBert">;

/**
 * The pre-training of GraphCodeBERT (Guo et al. 2021, section 4): masked language modelling, edge prediction and node
 * alignment on functions with their data flow. With both weights 0 it is masked language modelling alone on the same
 * rows.
 */
export function graphCodeBertTask(recipe: GraphRecipe): TrainingTask {
	return {
		roles: ["completion"],
		prepare: (documents, tools) => prepareExamples(recipe, documents, tools),
		extraParameters: () => [],
		steps: (config, corpus) => trainingSteps(recipe, config, corpus),
		evaluator: (options) => createGraphEvaluator(recipe, options),
	};
}

function trainingSteps(recipe: GraphRecipe, config: EncoderConfig, corpus: PreparedCorpus): TaskSteps {
	const { data, masking, objective } = recipe;
	const { seed, batchTokens } = recipe.train;
	const rows = readGraphRows(corpus.examples, "train");
	const { textLength, nodes } = rowShapeOf(recipe);
	const count = batchTokens / data.sequenceLength;
	const plan = planBatches(rows.count, count, seed);
	const shapeOf = (parts: number): GraphShape => {
		const partRows = count / parts;
		return {
			config,
			rows: partRows,
			textLength,
			nodes,
			maskedRows: graphMaskedCapacity(partRows, textLength, masking),
		};
	};
	const weights = { edges: objective.edgeWeight, alignments: objective.alignmentWeight };
	return {
		rows: count,
		loss: (graph, parameters, parts) => graphCodeBertLoss(graph, parameters, { shape: shapeOf(parts), weights }),
		batch: (step) => {
			const { rows: indices, epochs } = plan.at(step);
			const layout = layoutOf(recipe, config, corpus);
			const structure = structureAt(recipe, step);
			const batch = collateGraph(rows, indices, { ...layout, masking, structure, seed, epoch: epochs[0]! });
			return {
				feeds: (part, parts) => {
					const shape = shapeOf(parts);
					return graphFeeds(sliceGraphBatch(batch, { part, parts, capacity: shape.maskedRows }), shape);
				},
			};
		},
	};
}

/** What a batch hides: edges and alignments in turn (appendix A), or both at once. */
function structureAt({ objective }: GraphRecipe, step: number): Structure {
	const { edgeWeight, alignmentWeight, edgeShare, alignmentShare, turns } = objective;
	const takeTurns = turns === "alternate" && edgeWeight > 0 && alignmentWeight > 0;
	return {
		...(edgeWeight > 0 && !(takeTurns && step % 2 === 1) ? { edges: edgeShare } : {}),
		...(alignmentWeight > 0 && !(takeTurns && step % 2 === 0) ? { alignments: alignmentShare } : {}),
	};
}

/** How rows are laid out. */
function layoutOf(recipe: GraphRecipe, config: EncoderConfig, { tokenizer, pieces }: PreparedCorpus) {
	const { mask: maskId, pad: padId } = tokenizer.special;
	const { attention } = recipe.objective;
	return { pieces, maskId, padId, attention, ...nodePositions(config) };
}

/** The measure that is the same for every recipe, and the two tasks on the structure. */
function createGraphEvaluator(recipe: GraphRecipe, options: EvaluatorOptions): Evaluator {
	const { config, corpus, executionProvider, threads } = options;
	const { evaluation, objective } = recipe;
	const { textLength, nodes } = rowShapeOf(recipe);
	const rows = evaluationRows;
	const maskedRows = graphMaskedCapacity(rows, textLength, undefined);
	const usual = createEvaluator(recipe, options);
	const structure = createStructureEvaluator({
		rows: readGraphRows(corpus.examples, "heldOut"),
		shape: { config, rows, textLength, nodes, maskedRows },
		parameters: parameterSpecs(config),
		layout: layoutOf(recipe, config, corpus),
		shares: { edges: objective.edgeShare, alignments: objective.alignmentShare },
		executionProvider,
		threads,
	});
	return {
		async evaluate(model, when) {
			const scores = await usual.evaluate(model, when);
			const maximumRows = when === "final" ? evaluation.finalRows : evaluation.rows;
			return { ...scores, ...(await structure.evaluate(model, maximumRows)) };
		},
		async release() {
			await usual.release();
			await structure.release();
		},
	};
}

/** Rows that the evaluation takes at a time. */
const evaluationRows = 16;

import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../../../base/errors.ts";
import type { Document } from "../../../data/document.ts";
import type { GraphExample, GraphRowShape } from "../../../data/graph/graphExample.ts";
import { graphExamplesOf } from "../../../data/graph/graphExamples.ts";
import { type GraphRows, graphRowsOf, usedPositions } from "../../../data/graph/graphRows.ts";
import { packDocuments } from "../../../data/packing.ts";
import type { HostTensor } from "../../../store/safetensors.ts";
import { syntaxLanguages } from "../../../syntax/languages.ts";
import type { TrainingExamples } from "../../preparedCorpus.ts";
import type { RecipeOf } from "../../recipe.ts";
import type { PreparationTools, SplitDocuments } from "../trainingTask.ts";
import { writeGraphRows } from "./columns.ts";
import { rowShapeOf } from "./rowShape.ts";

/**
 * The functions of all files, one a row, in the order of the files; equal functions count once, and one that stands on
 * both sides of the split is left to train on. Files are parsed one at a time and their trees are freed.
 * @throws `emptyCorpus` where there are no functions on one side, `interrupted` when the signal is aborted.
 */
export async function prepareExamples(
	recipe: RecipeOf<"graphCodeBert">,
	documents: SplitDocuments,
	tools: PreparationTools,
): Promise<TrainingExamples> {
	const shape = rowShapeOf(recipe);
	const seen = new Set<string>();
	const train = await rowsOf(documents.train, { shape, seen, tools });
	const heldOut = await rowsOf(documents.heldOut, { shape, seen, tools });
	if (train.count === 0 || heldOut.count === 0) {
		const where = train.count === 0 ? "" : " among the files that are kept aside to score the model";
		throw new MaskwrightError(
			"emptyCorpus",
			`There are no functions to learn from${where}: GraphCodeBERT reads ${syntaxLanguages.join(", ")}. Name a folder with more source code, or train another recipe.`,
		);
	}
	const examples = new Map<string, HostTensor>();
	writeGraphRows(examples, "train", train);
	writeGraphRows(examples, "heldOut", heldOut);
	const positions = train.count * recipe.data.sequenceLength;
	const tokens = usedPositions(train);
	const { special } = tools.tokenizer;
	const encoded = documents.train.map(({ text }) => tools.tokenizer.encode(text).ids);
	const packed = packDocuments(encoded, { sequenceLength: recipe.data.sequenceLength, special });
	return { train: packed, examples, tokens, positions, padding: positions - tokens };
}

async function rowsOf(
	documents: readonly Document[],
	{ shape, seen, tools }: { shape: GraphRowShape; seen: Set<string>; tools: PreparationTools },
): Promise<GraphRows> {
	const { tokenizer, signal, onEncoded } = tools;
	const examples: GraphExample[] = [];
	for (const [index, document] of documents.entries()) {
		onEncoded(index);
		await setImmediate(); // lets a request to stop come in
		if (signal?.aborted === true) throw new MaskwrightError("interrupted", "Stopped before the run began.");
		for (const { example } of await graphExamplesOf(document, { tokenizer, shape, seen })) examples.push(example);
	}
	return graphRowsOf(examples, shape);
}

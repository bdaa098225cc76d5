import { createRandom } from "../../base/random.ts";
import type { Masking } from "../masking/config.ts";
import { type MaskedRow, maskRow, mostMasked } from "../masking/maskRow.ts";
import type { PieceTable } from "../pieces.ts";
import { emptyGraphBatch, type GraphAttention, type GraphBatch, type PairBatch, pairsPerRow } from "./graphBatch.ts";
import type { GraphExample } from "./graphExample.ts";
import { type GraphRows, graphExampleAt } from "./graphRows.ts";
import { drawAlignments, drawEdges, type StructureTask } from "./structureTasks.ts";

export interface CollateGraphOptions {
	/** Undefined leaves the text as it is. */
	readonly masking: Masking | undefined;
	readonly pieces: PieceTable;
	readonly maskId: number;
	readonly padId: number;
	readonly seed: number;
	readonly epoch: number;
	readonly attention: GraphAttention;
	/** The share of the nodes that each task draws; a task that is left out hides nothing. */
	readonly structure: Structure;
	/** The position ids of variables and of padding. */
	readonly nodePosition: number;
	readonly padPosition: number;
}

/** The tasks on the structure that a batch carries, each with the share of the nodes that it draws. */
export interface Structure {
	readonly edges?: number;
	readonly alignments?: number;
}

/** Keeps the draws of the tasks on the structure apart from those of masks. */
const streams = { edges: 0x65646765, alignments: 0x616c6967 };

/** M for batches of `rowCount` rows of C tokens: no batch of this shape can choose more. A multiple of 8. */
export function graphMaskedCapacity(rowCount: number, textLength: number, masking: Masking | undefined): number {
	const perRow = masking === undefined ? 0 : mostMasked(masking, textLength);
	return Math.max(8, Math.ceil((rowCount * perRow) / 8) * 8);
}

/**
 * Puts rows together, masks their text and hides what the tasks on the structure ask for. An index of -1 makes a row of
 * padding. The result depends on the rows, the options and the indices alone.
 */
export function collateGraph(rows: GraphRows, indices: ArrayLike<number>, options: CollateGraphOptions): GraphBatch {
	const capacity = graphMaskedCapacity(indices.length, rows.textLength, options.masking);
	const batch = emptyGraphBatch(rows, { rows: indices.length, capacity, ...options });
	const place: Place = { batch, rows, options, masked: 0 };
	for (let slot = 0; slot < indices.length; slot++) {
		const row = indices[slot]!;
		if (row < 0) continue;
		const example = graphExampleAt(rows, row);
		const { edges, alignments } = drawTasks(example, row, options);
		placeText(place, slot, example);
		placeNodes(place, slot, { example, edges, alignments });
		placePairs(place, slot, { pairs: batch.edgePairs, task: edges, first: rows.textLength });
		placePairs(place, slot, { pairs: batch.alignmentPairs, task: alignments, first: 0 });
		placeMasks(place, slot, row);
	}
	batch.weights.fill(1 / place.masked, 0, place.masked);
	for (const { weights } of [batch.edgePairs, batch.alignmentPairs]) {
		const count = weights.reduce((sum, weight) => sum + weight, 0);
		for (let at = 0; at < weights.length; at++) weights[at]! /= Math.max(1, count);
	}
	return batch;
}

/** A batch that is being filled. */
interface Place {
	readonly batch: GraphBatch;
	readonly rows: GraphRows;
	readonly options: CollateGraphOptions;
	/** Tokens masked so far. */
	masked: number;
}

/** What the tasks on the structure draw of one row; undefined for a task that is left out. */
export interface StructureTasks {
	readonly edges: StructureTask | undefined;
	readonly alignments: StructureTask | undefined;
}

/** Draws the tasks of a row: a pure function of the example, the shares, the seed, the epoch and the row's index. */
export function drawTasks(
	example: GraphExample,
	row: number,
	{ structure, seed, epoch }: Pick<CollateGraphOptions, "structure" | "seed" | "epoch">,
): StructureTasks {
	const draw = (share: number, stream: number) => {
		return { share, maximum: pairsPerRow, random: createRandom(seed, stream, epoch, row) };
	};
	const { edges, alignments } = structure;
	return {
		edges: edges === undefined ? undefined : drawEdges(example, draw(edges, streams.edges)),
		alignments: alignments === undefined ? undefined : drawAlignments(example, draw(alignments, streams.alignments)),
	};
}

function placeText({ batch, rows }: Place, slot: number, { text, codeStart }: GraphExample): void {
	const { textLength, nodes } = rows;
	batch.inputIds.set(text, slot * textLength);
	batch.segments.fill(0, slot * textLength, slot * textLength + text.length);
	for (const at of [0, codeStart - 1, text.length - 1]) batch.special[slot * textLength + at] = 1;
	for (let at = 0; at < text.length; at++) batch.positions[slot * (textLength + nodes) + at] = at;
}

/** The variables: what each is made from, and what it sees, less what the tasks hide. */
function placeNodes(
	{ batch, rows, options }: Place,
	slot: number,
	{ example, edges, alignments }: StructureTasks & { example: GraphExample },
): void {
	const { textLength, nodes: capacity } = rows;
	const { attention, nodePosition } = options;
	const count = example.nodes.length;
	const firstNode = slot * capacity;
	if (attention !== "none") batch.nodes.fill(1, firstNode, firstNode + count);
	example.nodes.forEach(([start, end], node) => {
		const tokens = (firstNode + node) * textLength;
		const others = (firstNode + node) * capacity;
		batch.positions[slot * (textLength + capacity) + textLength + node] = nodePosition;
		batch.means.fill(1 / (end - start), tokens + start, tokens + end);
		if (attention === "full") {
			batch.links.fill(1, tokens, tokens + example.text.length);
			batch.edges.fill(1, others, others + count);
		}
		if (attention === "graph") {
			const linked = alignments?.hidden.has(node) !== true;
			if (linked) batch.links.fill(1, tokens + start, tokens + end);
			batch.edges[others + node] = linked ? 0 : 1;
		}
	});
	if (attention !== "graph") return;
	for (const [node, source] of example.edges) {
		if (edges?.hidden.has(node) === true || edges?.hidden.has(source) === true) continue;
		batch.edges[(firstNode + node) * capacity + node] = 0;
		batch.edges[(firstNode + node) * capacity + source] = 1;
	}
}

/** The second of a pair counts from position `first` of its row. Weights are 1 until all rows are in. */
function placePairs(
	{ rows }: Place,
	slot: number,
	{ pairs, task, first }: { pairs: PairBatch; task: StructureTask | undefined; first: number },
): void {
	const row = slot * (rows.textLength + rows.nodes);
	task?.pairs.forEach(([node, other], index) => {
		const at = slot * pairsPerRow + index;
		pairs.left[at] = row + rows.textLength + node;
		pairs.right[at] = row + first + other;
		pairs.targets[at] = index < task.connected ? 1 : 0;
		pairs.weights[at] = 1;
	});
}

function placeMasks(place: Place, slot: number, row: number): void {
	const { batch, rows, options } = place;
	const { masking } = options;
	if (masking === undefined) return;
	const { textLength, nodes } = rows;
	const from = slot * textLength;
	const masked = maskGraphRow(rows, row, { ...options, masking });
	masked.positions.forEach((position, index) => {
		batch.maskedPositions[place.masked] = slot * (textLength + nodes) + position;
		batch.labels[place.masked++] = masked.targets[index]!;
		batch.inputIds[from + position] = masked.inputs[index]!;
	});
}

/** The masks of one row's text: a pure function of the row, the masking, the seed, the epoch and the row's index. */
export function maskGraphRow(
	{ tokens, textLength }: Pick<GraphRows, "tokens" | "textLength">,
	row: number,
	options: Pick<CollateGraphOptions, "pieces" | "maskId" | "padId" | "seed" | "epoch"> & { readonly masking: Masking },
): MaskedRow {
	const { masking, pieces, maskId, padId, seed, epoch } = options;
	const stored = tokens.subarray(row * textLength, (row + 1) * textLength);
	const text = {
		tokens: stored.map((id) => (id < 0 ? padId : id)),
		segments: stored.map((id) => (id < 0 ? -1 : 0)),
		pieces,
	};
	return maskRow(text, masking, { maskId, random: createRandom(seed, epoch, row) });
}

import type { GraphRows } from "./graphRows.ts";

/**
 * What the variables of a row may see and be seen by. "graph" is graph-guided masked attention (Guo et al. 2021,
 * section 4.2); "full" lets every position of the row see every other; in "none" a variable is cut off, so that the
 * text is encoded as without it.
 */
export type GraphAttention = "graph" | "full" | "none";

/**
 * B rows of L = C + N positions: C tokens of text, then N variables. M masked positions, P pairs a row for each task on
 * the structure. Positions are flat: b * L + position.
 */
export interface GraphBatch {
	readonly rows: number;
	/** Ids after masking [B, C]. */
	readonly inputIds: Int32Array;
	/** 0 on text, -1 on padding [B, C]. */
	readonly segments: Int32Array;
	/** Position ids [B, L]: those of the text count from 0, `nodePosition` on variables, `padPosition` on padding. */
	readonly positions: Int32Array;
	/** 1 on the special tokens [B, C], which see all that is no padding. */
	readonly special: Float32Array;
	/** 1 on variables [B, N]. */
	readonly nodes: Float32Array;
	/** The weights of the mean of token embeddings that stands for a variable [B, N, C]. */
	readonly means: Float32Array;
	/** 1 where variable and token see each other [B, N, C]. */
	readonly links: Float32Array;
	/** 1 where a variable sees another [B, N, N]; with nothing else to see it sees itself, so that no row is empty. */
	readonly edges: Float32Array;
	/** [M], then zeros; with the weight 1/n for the n chosen tokens, else 0. */
	readonly maskedPositions: Int32Array;
	readonly labels: Int32Array;
	readonly weights: Float32Array;
	readonly edgePairs: PairBatch;
	readonly alignmentPairs: PairBatch;
}

/** Pairs of positions with the target 1 where they are connected; weights are 1/n for the n pairs, else 0. [B, P] each. */
export interface PairBatch {
	readonly left: Int32Array;
	readonly right: Int32Array;
	readonly targets: Float32Array;
	readonly weights: Float32Array;
}

/** P: a fifth of 32 variables has some ten edges, and as many pairs without one stand beside them. */
export const pairsPerRow = 32;

/** A batch of padding, in which padding sees itself. */
export function emptyGraphBatch(
	{ textLength, nodes }: GraphRows,
	{ rows, capacity, padId, padPosition }: { rows: number; capacity: number; padId: number; padPosition: number },
): GraphBatch {
	const edges = new Float32Array(rows * nodes * nodes);
	for (let at = 0; at < rows * nodes; at++) edges[at * nodes + (at % nodes)] = 1;
	return {
		rows,
		inputIds: new Int32Array(rows * textLength).fill(padId),
		segments: new Int32Array(rows * textLength).fill(-1),
		positions: new Int32Array(rows * (textLength + nodes)).fill(padPosition),
		special: new Float32Array(rows * textLength),
		nodes: new Float32Array(rows * nodes),
		means: new Float32Array(rows * nodes * textLength),
		links: new Float32Array(rows * nodes * textLength),
		edges,
		maskedPositions: new Int32Array(capacity),
		labels: new Int32Array(capacity),
		weights: new Float32Array(capacity),
		edgePairs: emptyPairs(rows),
		alignmentPairs: emptyPairs(rows),
	};
}

function emptyPairs(rows: number): PairBatch {
	const size = rows * pairsPerRow;
	return {
		left: new Int32Array(size),
		right: new Int32Array(size),
		targets: new Float32Array(size),
		weights: new Float32Array(size),
	};
}

/**
 * Part `part` of `parts` equal parts of a batch, with room for `capacity` masked positions. Weights stay those of the
 * whole batch, so that the losses of all parts sum to the whole batch's.
 */
export function sliceGraphBatch(
	batch: GraphBatch,
	{ part, parts, capacity }: { readonly part: number; readonly parts: number; readonly capacity: number },
): GraphBatch {
	if (parts === 1) return batch;
	const share = <T extends Int32Array | Float32Array>(column: T): T => {
		const size = column.length / parts;
		return column.slice(part * size, (part + 1) * size) as T;
	};
	const positions = share(batch.positions);
	const first = part * positions.length;
	const maskedPositions = new Int32Array(capacity);
	const labels = new Int32Array(capacity);
	const weights = new Float32Array(capacity);
	let count = 0;
	batch.maskedPositions.forEach((position, at) => {
		if (batch.weights[at] === 0 || position < first || position >= first + positions.length) return;
		maskedPositions[count] = position - first;
		labels[count] = batch.labels[at]!;
		weights[count++] = batch.weights[at]!;
	});
	const pairs = ({ left, right, targets, weights: pairWeights }: PairBatch): PairBatch => ({
		left: share(left).map((position) => Math.max(0, position - first)),
		right: share(right).map((position) => Math.max(0, position - first)),
		targets: share(targets),
		weights: share(pairWeights),
	});
	return {
		rows: batch.rows / parts,
		inputIds: share(batch.inputIds),
		segments: share(batch.segments),
		positions,
		special: share(batch.special),
		nodes: share(batch.nodes),
		means: share(batch.means),
		links: share(batch.links),
		edges: share(batch.edges),
		maskedPositions,
		labels,
		weights,
		edgePairs: pairs(batch.edgePairs),
		alignmentPairs: pairs(batch.alignmentPairs),
	};
}

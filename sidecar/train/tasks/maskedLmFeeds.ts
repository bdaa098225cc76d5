import { invariant } from "../../base/errors.ts";
import type { Batch } from "../../data/collate.ts";
import { type Tensor, tensor } from "../../session/tensor.ts";

/** Names of the graph inputs of a masked-LM loss. */
export const maskedLmInputs = {
	inputIds: "input_ids",
	segments: "segments",
	positions: "positions",
	maskedPositions: "masked_positions",
	labels: "labels",
	weights: "weights",
} as const;

/** A batch as those inputs; where the head is on all rows, labels and weights are too. */
export function maskedLmFeeds(
	batch: Batch,
	{ headRows, maskedRows }: { readonly headRows: "masked" | "all"; readonly maskedRows: number },
): Record<string, Tensor> {
	const { rows, sequenceLength } = batch;
	const feeds = tokenFeeds(batch);
	if (headRows === "masked") {
		feeds[maskedLmInputs.maskedPositions] = tensor(fitted(batch.maskedPositions, maskedRows), [maskedRows]);
		feeds[maskedLmInputs.labels] = tensor(fitted(batch.labels, maskedRows), [maskedRows]);
		feeds[maskedLmInputs.weights] = tensor(fitFloats(batch.weights, maskedRows), [maskedRows]);
		return feeds;
	}
	const labels = new Int32Array(rows * sequenceLength);
	const weights = new Float32Array(rows * sequenceLength);
	for (let i = 0; i < batch.maskedCount; i++) {
		labels[batch.maskedPositions[i]!] = batch.labels[i]!;
		weights[batch.maskedPositions[i]!] = batch.weights[i]!;
	}
	feeds[maskedLmInputs.labels] = tensor(labels, [rows * sequenceLength]);
	feeds[maskedLmInputs.weights] = tensor(weights, [rows * sequenceLength]);
	return feeds;
}

/**
 * A batch as those inputs with as many masked positions of each row, by their places in it: [rows, perRow]. What a row has
 * fewer stands at its first place and counts nothing.
 */
export function maskedByRowFeeds(batch: Batch, perRow: number): Record<string, Tensor> {
	const { rows, sequenceLength, maskedCount } = batch;
	const size = rows * perRow;
	const [places, labels, weights] = [new Int32Array(size), new Int32Array(size), new Float32Array(size)];
	const taken = new Int32Array(rows);
	for (let i = 0; i < maskedCount; i++) {
		const position = batch.maskedPositions[i]!;
		const row = Math.floor(position / sequenceLength);
		invariant(taken[row]! < perRow, `row ${row} of a batch has more than ${perRow} masked tokens.`);
		const slot = row * perRow + taken[row]!++;
		places[slot] = position % sequenceLength;
		labels[slot] = batch.labels[i]!;
		weights[slot] = batch.weights[i]!;
	}
	return {
		...tokenFeeds(batch),
		[maskedLmInputs.maskedPositions]: tensor(places, [rows, perRow]),
		[maskedLmInputs.labels]: tensor(labels, [size]),
		[maskedLmInputs.weights]: tensor(weights, [size]),
	};
}

/**
 * Part `part` of `parts` equal parts of a batch. Weights stay those of the whole batch, so that the
 * losses and gradients of all parts sum to the whole batch's.
 */
export function sliceBatch(batch: Batch, part: number, parts: number): Batch {
	const rows = batch.rows / parts;
	const size = rows * batch.sequenceLength;
	const start = part * size;
	const inside: number[] = [];
	for (let i = 0; i < batch.maskedCount; i++) {
		const position = batch.maskedPositions[i]!;
		if (position >= start && position < start + size) inside.push(i);
	}
	const segments = batch.segments.subarray(start, start + size);
	return {
		rows,
		sequenceLength: batch.sequenceLength,
		inputIds: batch.inputIds.subarray(start, start + size),
		segments,
		positions: batch.positions.subarray(start, start + size),
		maskedPositions: Int32Array.from(inside, (i) => batch.maskedPositions[i]! - start),
		labels: Int32Array.from(inside, (i) => batch.labels[i]!),
		weights: Float32Array.from(inside, (i) => batch.weights[i]!),
		maskedCount: inside.length,
		tokenCount: segments.reduce((count, segment) => count + (segment >= 0 ? 1 : 0), 0),
	};
}

function tokenFeeds({ rows, sequenceLength, inputIds, segments, positions }: Batch): Record<string, Tensor> {
	const shape = [rows, sequenceLength];
	return {
		[maskedLmInputs.inputIds]: tensor(inputIds, shape),
		[maskedLmInputs.segments]: tensor(segments, shape),
		[maskedLmInputs.positions]: tensor(positions, shape),
	};
}

function fitted(values: Int32Array, length: number): Int32Array {
	if (values.length === length) return values;
	const fitted = new Int32Array(length);
	fitted.set(values);
	return fitted;
}

function fitFloats(values: Float32Array, length: number): Float32Array {
	if (values.length === length) return values;
	const fitted = new Float32Array(length);
	fitted.set(values);
	return fitted;
}

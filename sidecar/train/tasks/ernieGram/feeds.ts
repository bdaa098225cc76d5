import { createRandom } from "../../../base/random.ts";
import type { GumbelNoise } from "../../../data/gumbelNoise.ts";
import type { NgramBatch, Predictions } from "../../../data/ngramMasks/ngramBatch.ts";
import { type Tensor, tensor } from "../../../session/tensor.ts";
import { relationInputs } from "./relations.ts";

/** A batch as the inputs of these graphs; a session takes those that its graph has. */
export function ngramFeeds(batch: NgramBatch): Record<string, Tensor> {
	const column = (data: Int32Array): Tensor => tensor(data, [batch.rows, batch.length]);
	return {
		input_ids: column(batch.inputIds),
		segments: column(batch.segments),
		positions: column(batch.positions),
		places: column(batch.places),
		views: column(batch.views),
		...predictionFeeds("coarse", batch.coarse),
		...predictionFeeds("fine", batch.fine),
	};
}

function predictionFeeds(view: "coarse" | "fine", predictions: Predictions): Record<string, Tensor> {
	const { positions, labels, weights } = predictions;
	const shape = [positions.length];
	return {
		[`${view}.positions`]: tensor(positions, shape),
		[`${view}.labels`]: tensor(labels, shape),
		[`${view}.weights`]: tensor(weights, shape),
	};
}

export interface RelationFeeds {
	/** Part `part` of the batch of `step`. */
	readonly batch: NgramBatch;
	readonly step: number;
	readonly part: number;
	readonly noise: GumbelNoise;
	readonly seed: number;
	/** The share of masks in whose place a draw stands. */
	readonly share: number;
	/** T, the tokens of a row without queries. */
	readonly textLength: number;
	readonly padId: number;
	/** V_F and V_N together. */
	readonly classes: number;
}

/** The stream that keeps the choice of masks apart from other draws. */
const drawnStream = 0x64726177;

/** The same for a step with a generator: with drawn masks as what they hide, and all that the generator reads. */
export function relationFeeds(options: RelationFeeds): Record<string, Tensor> {
	const { batch, step, part, noise, seed, share, classes } = options;
	const { positions, labels, weights } = batch.coarse;
	const capacity = positions.length;
	const size = batch.rows * batch.length;
	const places = positions.filter((_, mask) => weights[mask]! > 0).map((position) => part * size + position);
	const drawn = new Float32Array(capacity);
	const originals = batch.inputIds.slice();
	const detectorWeights = Float32Array.from(batch.segments, (segment, at) =>
		segment >= 0 && batch.views[at]! < 2 ? batch.maskWeight : 0,
	);
	places.forEach((place, mask) => {
		const position = positions[mask]!;
		const isDrawn = createRandom(seed, drawnStream, step, place).uniform() < share;
		if (isDrawn) originals[position] = labels[mask]!;
		else detectorWeights[position] = 0; // a mask is none of the text's tokens
		drawn[mask] = isDrawn ? 1 : 0;
	});
	return {
		...ngramFeeds({ ...batch, inputIds: originals }),
		...generatorRows(options),
		[relationInputs.noise]: tensor(noise.rows(step, places, capacity), [capacity, classes]),
		[relationInputs.drawn]: tensor(drawn, [capacity]),
		[relationInputs.detectorWeights]: tensor(detectorWeights, [size]),
	};
}

/** The rows without queries, which stand behind the text. */
function generatorRows({ batch, textLength, padId }: RelationFeeds): Record<string, Tensor> {
	const { rows, length, coarse } = batch;
	const column = (source: Int32Array, empty: number): Tensor => {
		const data = new Int32Array(rows * textLength).fill(empty);
		for (let at = 0; at < data.length; at++) {
			const from = Math.floor(at / textLength) * length + (at % textLength);
			if (batch.views[from]! < 2) data[at] = source[from]!;
		}
		return tensor(data, [rows, textLength]);
	};
	const masks = coarse.positions.map((at) => Math.floor(at / length) * textLength + (at % length));
	return {
		[relationInputs.inputIds]: column(batch.inputIds, padId),
		[relationInputs.segments]: column(batch.segments, -1),
		[relationInputs.positions]: column(batch.positions, 0),
		[relationInputs.masks]: tensor(masks, [masks.length]),
	};
}

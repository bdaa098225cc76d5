import type { Batch } from "../../../data/collate.ts";
import type { GumbelNoise } from "../../../data/gumbelNoise.ts";
import { type Tensor, tensor } from "../../../session/tensor.ts";
import { maskedLmFeeds, sliceBatch } from "../maskedLmFeeds.ts";
import { type DetectionShape, detectionInputs } from "./loss.ts";

export interface DetectionFeeds {
	readonly batch: Batch;
	readonly noise: GumbelNoise;
	/** Of the noise. */
	readonly step: number;
	/** The shape of a part. */
	readonly shape: DetectionShape;
	readonly part: number;
	readonly parts: number;
}

/** Part `part` of `parts` equal parts of a batch as the inputs of its graph; weights are those of the whole batch. */
export function detectionFeeds({ batch, noise, step, shape, part, parts }: DetectionFeeds): Record<string, Tensor> {
	const own = parts === 1 ? batch : sliceBatch(batch, part, parts);
	const { rows, sequenceLength, maskedRows, config } = shape;
	const size = rows * sequenceLength;
	const places = own.maskedPositions.subarray(0, own.maskedCount).map((position) => part * size + position);
	const noiseRows = noise.rows(step, places, maskedRows);
	const weights = Float32Array.from(own.segments, (segment) => (segment < 0 ? 0 : 1 / batch.tokenCount));
	return {
		...maskedLmFeeds(own, { headRows: "masked", maskedRows }),
		[detectionInputs.originalIds]: tensor(originalIds(own), [rows, sequenceLength]),
		[detectionInputs.noise]: tensor(noiseRows, [maskedRows, config.vocabularySize]),
		[detectionInputs.tokenWeights]: tensor(weights, [size]),
	};
}

/** The tokens of a batch before they were masked. */
function originalIds({ inputIds, maskedPositions, labels, maskedCount }: Batch): Int32Array {
	const ids = inputIds.slice();
	for (let i = 0; i < maskedCount; i++) ids[maskedPositions[i]!] = labels[i]!;
	return ids;
}

import type { EncoderConfig } from "../../sidecar/model/config.ts";
import { type ReferenceBatch, referenceHidden } from "./referenceEncoder.ts";
import { affine, geluExact } from "./referenceMath.ts";

/** The probability that each token was replaced, as Clark et al. 2020 (section 2) has it, in float64: D = sigmoid(w h(x)). */
export function referenceDetector(
	config: EncoderConfig,
	tensors: ReadonlyMap<string, Float64Array>,
	batch: ReferenceBatch,
): Float64Array {
	const layer = (x: Float64Array, name: string): Float64Array =>
		affine(x, {
			weight: tensors.get(`discriminator_predictions.${name}.weight`)!,
			bias: tensors.get(`discriminator_predictions.${name}.bias`)!,
			inner: config.hiddenSize,
		});
	const dense = layer(referenceHidden(config, new Map(tensors), batch), "dense");
	return layer(dense.map(geluExact), "dense_prediction").map((logit) => 1 / (1 + Math.exp(-logit)));
}

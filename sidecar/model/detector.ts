/** The head that tells whether a token is the one that stood there (Clark et al. 2020, section 2). */
import { reshape } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { activations } from "./activations.ts";
import type { EncoderConfig } from "./config.ts";
import { linear } from "./layers.ts";
import { rootModule } from "./module.ts";
import { type ParameterSpec, specMakers } from "./parameters.ts";

/** As transformers' ElectraForPreTraining has them, whatever the encoder. */
const names = {
	dense: "discriminator_predictions.dense",
	output: "discriminator_predictions.dense_prediction",
} as const;

/** The tensors of the head. */
export function detectorSpecs(config: EncoderConfig): ParameterSpec[] {
	const make = specMakers(config);
	const { hiddenSize: hidden } = config;
	// One row is no matrix between hidden units.
	const output = make.linear(names.output, [1, hidden]).map((spec) => ({ ...spec, matrix: false }));
	return [...make.linear(names.dense, [hidden, hidden]), ...output];
}

/**
 * Logits [rows] of hidden rows [rows, hidden]: act(x W^T + b) v + c, above 0 where a token was likelier replaced than
 * not.
 */
export function detectorHead(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, rows: Value): Value {
	const root = rootModule(rows.graph, parameters);
	const active = activations[config.activation](linear(root, names.dense, rows));
	return reshape(linear(root, names.output, active), [rows.shape[0]!]);
}

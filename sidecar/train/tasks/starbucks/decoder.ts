/**
 * The decoder of masked autoencoding: one layer over the embeddings of a more heavily masked copy, with the vector of a
 * text in place of its [CLS] (RetroMAE, Xiao et al. 2022, section 3; Starbucks, Zhuang et al. 2024, section 3.2).
 * Embeddings, final norm and head are the encoder's own.
 */
import type { Value } from "../../../autodiff/value.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import { encoder } from "../../../model/encoder.ts";
import type { EncoderInputs } from "../../../model/inputs.ts";
import { layerPath } from "../../../model/names.ts";
import { type ParameterSpec, parameterSpecs } from "../../../model/parameters.ts";

/** What stands in the names of the decoder's tensors in place of an encoder's first layer. */
const decoderPath = "autoencoder.layer";

/** The decoder's own parameters: those of one layer. It helps in training alone, and no model keeps them. */
export function decoderSpecs(config: EncoderConfig): ParameterSpec[] {
	const { specs, own } = oneLayer(config);
	return specs.filter(({ name }) => own(name)).map((spec) => ({ ...spec, name: renamed(config, spec.name) }));
}

/** Hidden rows [batch * length, hidden], or those that `inputs.at` names; `inputs.first` [batch, hidden] are the vectors of the texts. */
export function decoderRows(
	config: EncoderConfig,
	parameters: ReadonlyMap<string, Value>,
	inputs: EncoderInputs & { readonly first: Value },
): Value {
	const { specs, own } = oneLayer(config);
	const shared = specs.flatMap(({ name }): [string, Value][] => {
		const value = parameters.get(own(name) ? renamed(config, name) : name);
		return value === undefined ? [] : [[name, value]];
	});
	return encoder({ ...config, layers: 1 }, new Map(shared), inputs);
}

function oneLayer(config: EncoderConfig) {
	const path = `${layerPath(config, 0)}.`;
	return { specs: parameterSpecs({ ...config, layers: 1 }), own: (name: string) => name.startsWith(path) };
}

function renamed(config: EncoderConfig, name: string): string {
	return decoderPath + name.slice(layerPath(config, 0).length);
}

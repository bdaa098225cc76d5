/** Adapters in use: beside the model that they are for, whose weights stay in memory, or merged into its weights. */
import { MaskwrightError } from "../base/errors.ts";
import { type InstructionTemplate, templateSchema } from "../data/readers/config.ts";
import { type AdapterConfig, adapterSchema, type LoraConfig } from "../model/adapters/config.ts";
import { adapterPlaces } from "../model/adapters/places.ts";
import type { EncoderConfig } from "../model/config.ts";
import { fromHuggingFaceConfig } from "../model/huggingFace.ts";
import { adapterSpecs } from "../model/parameters.ts";
import { baseFolder, isAdapter, loadAdapter } from "../store/adapters.ts";
import { loadModel, modelName, type StoredModel } from "../store/modelFolder.ts";
import type { HostTensor } from "../store/safetensors.ts";

/** An adapter that fits a model. */
export interface OpenedAdapter {
	readonly config: AdapterConfig;
	/** By the names of `adapterSpecs`. */
	readonly weights: ReadonlyMap<string, Float32Array>;
	/** How its model is asked with it, of an adapter that was trained on instructions. */
	readonly instructions?: InstructionTemplate;
}

/** Reads an adapter for a model of `config`. Throws `modelInvalid` naming the tensor that is missing or does not fit. */
export function openAdapter(folder: string, config: EncoderConfig): OpenedAdapter {
	const stored = loadAdapter(folder);
	const parsed = adapterSchema.safeParse(stored.adapter);
	if (!parsed.success) {
		const sentence = `${folder} holds an adapter of a kind that this Maskwright does not know (${stored.adapter.kind}). Train it again.`;
		throw new MaskwrightError("modelInvalid", sentence, { cause: parsed.error });
	}
	const specs = adapterSpecs({ ...config, adapter: parsed.data });
	const weights = new Map<string, Float32Array>();
	for (const { name, shape } of specs) {
		const found = stored.tensors.get(name);
		if (!(found?.data instanceof Float32Array) || found.shape.join() !== shape.join()) {
			const fault = found === undefined ? "is missing" : `has the shape [${found.shape}] and not [${shape}]`;
			const sentence = `The adapter in ${folder} cannot be used: its tensor ${name} ${fault}. Train it again.`;
			throw new MaskwrightError("modelInvalid", sentence, { data: { tensor: name } });
		}
		weights.set(name, found.data);
	}
	const instructions = templateSchema.safeParse(stored.about["instructions"]).data;
	return { config: parsed.data, weights, ...(instructions === undefined ? {} : { instructions }) };
}

/** A model's folder as it is; of an adapter, the model that it makes of its base, see `mergeLora`. */
export function loadWhole(folder: string): StoredModel {
	if (!isAdapter(folder)) return loadModel(folder);
	const base = loadModel(baseFolder(folder));
	const config = fromHuggingFaceConfig(base.config);
	const { config: adapter, weights } = openAdapter(folder, config);
	if (adapter.kind !== "lora") {
		const sentence = `${modelName(folder)} is a bottleneck adapter: it adds layers to its model, which no weights of the model can stand for. Only a LoRA adapter can be merged.`;
		throw new MaskwrightError("usage", sentence);
	}
	const { about } = loadAdapter(folder);
	const { base: _, adapter: __, ...rest } = about;
	return {
		...base,
		tensors: mergeLora({ ...config, adapter }, base.tensors, weights),
		// Measured of the base's weights, not of these.
		about: { ...base.about, ...rest, int8: undefined },
		card: `# ${modelName(folder)}\n\nThe adapter ${modelName(folder)}, merged into the weights of the model that it was trained on.\n`,
	};
}

/** The weights with LoRA's product added, W + (alpha / rank) B A (Hu et al. 2021, section 4.1): the same model exactly. */
export function mergeLora(
	config: EncoderConfig & { readonly adapter: LoraConfig },
	tensors: ReadonlyMap<string, HostTensor>,
	adapter: ReadonlyMap<string, Float32Array>,
): Map<string, HostTensor> {
	const { rank, alpha } = config.adapter;
	const merged = new Map(tensors);
	for (const { path, shape } of adapterPlaces(config).projections) {
		const [down, up] = [adapter.get(`${path}.lora_A.weight`), adapter.get(`${path}.lora_B.weight`)];
		if (down === undefined || up === undefined) continue;
		const [outputs, inputs] = shape;
		const weight = Float32Array.from(tensors.get(`${path}.weight`)!.data as Float32Array);
		for (let output = 0; output < outputs; output++) {
			for (let input = 0; input < inputs; input++) {
				let sum = 0;
				for (let at = 0; at < rank; at++) sum += up[output * rank + at]! * down[at * inputs + input]!;
				weight[output * inputs + input]! += (alpha / rank) * sum;
			}
		}
		merged.set(`${path}.weight`, { data: weight, shape });
	}
	return merged;
}

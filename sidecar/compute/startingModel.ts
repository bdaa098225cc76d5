import { MaskwrightError } from "../base/errors.ts";
import type { EncoderConfig } from "../model/config.ts";
import { fromHuggingFaceConfig } from "../model/huggingFace.ts";
import { parameterSpecs } from "../model/parameters.ts";
import { loadModel } from "../store/models.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** A model on disk as the start of a run: its shape, weights and tokenizer. */
export interface StartingModel {
	readonly config: EncoderConfig;
	readonly parameters: ReadonlyMap<string, Float32Array>;
	readonly tokenizer: Tokenizer;
}

/** Loads the model to train on from; throws `modelInvalid` naming the tensor that is missing or has another shape. */
export function loadStart(folder: string): StartingModel {
	const stored = loadModel(folder);
	const config = fromHuggingFaceConfig(stored.config);
	const parameters = new Map<string, Float32Array>();
	for (const { name, shape } of parameterSpecs(config)) {
		const found = stored.tensors.get(name);
		if (!(found?.data instanceof Float32Array) || found.shape.join() !== shape.join()) {
			throw new MaskwrightError(
				"modelInvalid",
				`The model ${folder} can't be trained on: its tensor ${name} is ${found === undefined ? "missing" : `of shape [${found.shape}] where its config asks for [${shape}]`}.`,
			);
		}
		parameters.set(name, found.data);
	}
	return { config, parameters, tokenizer: loadTokenizer(stored.tokenizer) };
}

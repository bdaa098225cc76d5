import { MaskwrightError } from "../base/errors.ts";
import { loadWhole } from "../inference/adapters.ts";
import { detectorSectionOf } from "../inference/detectorSection.ts";
import { type EmbeddingSection, embeddingSectionOf } from "../inference/embeddingSection.ts";
import { headSpecs } from "../inference/predictingHead.ts";
import type { EncoderConfig } from "../model/config.ts";
import { detectorSpecs } from "../model/detector.ts";
import { fromHuggingFaceConfig } from "../model/huggingFace.ts";
import { parameterSpecs } from "../model/parameters.ts";
import { poolingSpecs } from "../model/pooling.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** A model on disk as the start of a run: its shape, weights and tokenizer. */
export interface StartingModel {
	readonly config: EncoderConfig;
	readonly parameters: ReadonlyMap<string, Float32Array>;
	readonly tokenizer: Tokenizer;
	/** How its vectors are made, when it is trained for search. */
	readonly embedding: EmbeddingSection;
}

/**
 * Loads the model to train on from. A head that it lacks is left to be started anew. Throws `modelInvalid`
 * naming the tensor that is missing or has another shape.
 */
export function loadStart(folder: string): StartingModel {
	const stored = loadWhole(folder);
	const config = fromHuggingFaceConfig(stored.config);
	const parameters = new Map<string, Float32Array>();
	const embedding = embeddingSectionOf(stored.about, folder);
	const heads = headSpecs(config).map(({ name }) => name);
	const isEncoder = heads.every((name) => !stored.tensors.has(name));
	const detector = detectorSectionOf(config, stored) === undefined ? [] : detectorSpecs(config);
	for (const { name, shape } of [...parameterSpecs(config), ...detector, ...poolingSpecs(embedding.pooling, config)]) {
		if (isEncoder && heads.includes(name)) continue;
		const found = stored.tensors.get(name);
		if (!(found?.data instanceof Float32Array) || found.shape.join() !== shape.join()) {
			throw new MaskwrightError(
				"modelInvalid",
				`The model ${folder} can't be trained on: its tensor ${name} is ${found === undefined ? "missing" : `of shape [${found.shape}] where its config asks for [${shape}]`}.`,
			);
		}
		parameters.set(name, found.data);
	}
	return { config, parameters, tokenizer: loadTokenizer(stored.tokenizer), embedding };
}

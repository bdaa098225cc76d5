import { join } from "node:path";
import { isError } from "../../base/errors.ts";
import { loadWhole } from "../../inference/adapters.ts";
import { type DetectorSection, detectorSectionOf } from "../../inference/detectorSection.ts";
import { type EmbeddingSection, embeddingSectionOf } from "../../inference/embeddingSection.ts";
import { readWeights } from "../../inference/modelWeights.ts";
import { headSpecs } from "../../inference/predictingHead.ts";
import { embeddingSpecs } from "../../inference/vectorizer.ts";
import type { EncoderConfig } from "../../model/config.ts";
import { detectorSpecs } from "../../model/detector.ts";
import { fromHuggingFaceConfig, toHuggingFaceConfig } from "../../model/huggingFace.ts";
import { type ParameterSpec, parameterSpecs } from "../../model/parameters.ts";
import { readText } from "../../store/atomic.ts";
import { modelFiles } from "../../store/layout.ts";
import { modelName } from "../../store/modelFolder.ts";
import { loadTokenizer } from "../../tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";

/** A model of ours as the formats for elsewhere need it. */
export interface ModelToExport {
	readonly name: string;
	readonly config: EncoderConfig;
	/** `config.json` as transformers would have it; its `model_type` is "maskwright" where no class of it computes the model. */
	readonly configFile: Readonly<Record<string, unknown>>;
	readonly tokenizer: Tokenizer;
	readonly roles: readonly string[];
	/** Whether it predicts tokens: a model for search alone may carry a head, which was not trained. */
	readonly predicts: boolean;
	/** Its detector of replaced tokens, where it has one. */
	readonly detector: DetectorSection | undefined;
	/** How its sentence embedding is made. */
	readonly embedding: EmbeddingSection;
	/**
	 * What a folder for transformers holds, in the order of the forward pass: the encoder, and the head that predicts, or
	 * else the detector's.
	 */
	readonly specs: readonly ParameterSpec[];
	/** By state-dict name: those of `specs`, of the pooling and of the detector. */
	readonly weights: ReadonlyMap<string, Float32Array>;
	/** Its model card, without the front matter. */
	readonly card: string | undefined;
}

/** Reads a model folder. Throws `notFound`, `modelInvalid` or `tokenizerInvalid`. */
export function readModelToExport(folder: string): ModelToExport {
	const stored = loadWhole(folder);
	const config = fromHuggingFaceConfig(stored.config);
	const tokenizer = loadTokenizer(stored.tokenizer);
	const embedding = embeddingSectionOf(stored.about, folder);
	const roles = stored.about?.roles ?? ["completion"];
	const head = headSpecs(config);
	const predicts = roles.includes("completion") && head.every(({ name }) => stored.tensors.has(name));
	const inHead = new Set(head.map(({ name }) => name));
	const detector = detectorSectionOf(config, stored);
	const detecting = detector === undefined ? [] : detectorSpecs(config);
	const encoder = parameterSpecs(config).filter(({ name }) => !inHead.has(name));
	const specs = predicts ? parameterSpecs(config) : [...encoder, ...detecting];
	const weights = readWeights([...specs, ...detecting, ...embeddingSpecs(config, embedding.pooling)], stored, folder);
	const part = predicts ? "maskedLm" : detector === undefined ? "encoder" : "detector";
	const { special } = tokenizer;
	return {
		name: modelName(folder),
		config,
		configFile: toHuggingFaceConfig(config, special, part),
		tokenizer,
		roles,
		predicts,
		detector,
		embedding,
		specs,
		weights,
		card: cardOf(folder),
	};
}

/** The model card that stands in a folder, without its front matter. */
function cardOf(folder: string): string | undefined {
	try {
		return readText(join(folder, modelFiles.card)).replace(/^---\n[\s\S]*?\n---\n/, "");
	} catch (error) {
		if (isError(error, "notFound")) return undefined;
		throw error;
	}
}

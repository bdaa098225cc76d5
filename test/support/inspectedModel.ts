/** Small models with weights far from their start, for tests of what is seen inside a model. */
import { type LoadedModel, useModelParts } from "../../sidecar/inference/loadedModel.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../sidecar/model/config.ts";
import type { Tokenizer } from "../../sidecar/tokenizer/tokenizer.ts";
import { trainByteLevelBpe } from "../../sidecar/tokenizer/trainer.ts";
import { exampleParameters } from "./maskedLmGraph.ts";

/** Two functions, with names that are defined and used. */
export const inspectedText = `def area(width, height):
    size = width * height
    return size

def volume(width, height, depth):
    base = area(width, height)
    return base * depth
`;

const tokenizer = trainByteLevelBpe([inspectedText], { vocabularySize: 290, minFrequency: 1 });

const shape = {
	layers: 3,
	hiddenSize: 16,
	heads: 2,
	intermediateSize: 20,
	maxPositions: 128,
	vocabularySize: tokenizer.vocabularySize,
	paddingId: tokenizer.special.pad,
};

/** One of each kind of encoder; ModernBERT's second layer sees four tokens to either side. */
export const inspectedConfigs: Readonly<Record<string, EncoderConfig>> = {
	BERT: encoderConfigSchema.parse({ architecture: "bert", ...shape }),
	RoBERTa: encoderConfigSchema.parse({ architecture: "roberta", ...shape }),
	DistilBERT: encoderConfigSchema.parse({ architecture: "distilbert", ...shape }),
	ELECTRA: encoderConfigSchema.parse({ architecture: "electra", ...shape, embeddingSize: 8 }),
	DeBERTa: encoderConfigSchema.parse({
		architecture: "deberta-v2",
		...shape,
		maxRelativePositions: 128,
		positionBuckets: 16,
	}),
	ModernBERT: encoderConfigSchema.parse({
		architecture: "modernbert",
		...shape,
		globalAttentionEveryNLayers: 2,
		localAttention: 8,
	}),
};

export interface InspectedModel {
	readonly model: LoadedModel;
	readonly tokenizer: Tokenizer;
	/** The weights as the float64 reference takes them. */
	readonly tensors: ReadonlyMap<string, Float64Array>;
}

/** A model on one CPU thread; the same configuration and seed give the same weights. */
export function inspectedModel(
	config: EncoderConfig,
	{ seed = 3, sequenceLength = 128 }: { readonly seed?: number; readonly sequenceLength?: number } = {},
): InspectedModel {
	const tensors = exampleParameters(config, seed);
	const weights = new Map([...tensors].map(([name, data]) => [name, Float32Array.from(data)]));
	const parts = { config, weights, tokenizer, sequenceLength };
	return { model: useModelParts(parts, { executionProvider: "cpu", threads: 1 }), tokenizer, tensors };
}

/** One document of these ids as the float64 reference takes it. */
export function referenceRow(ids: Int32Array) {
	const segments = new Int32Array(ids.length);
	return { batch: 1, length: ids.length, inputIds: ids, positions: Int32Array.from(ids.keys()), segments };
}

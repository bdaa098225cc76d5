/** The shape of an encoder: the `model` section of a recipe, once its defaults and the tokenizer's facts are in. */
import { z } from "zod";

const size = z.int().positive();

/**
 * How weight matrices start. `fanIn` draws from N(0, 1/fan_in) and divides what is written to the residual stream
 * by sqrt(2 layers) (GPT-2, section 2.3); it learns at a rate of 2e-3 where BERT's 0.02 stalls. `{ std }` draws every
 * matrix from N(0, std^2), as BERT does.
 */
const initializerSchema = z.union([z.literal("fanIn"), z.strictObject({ std: z.number().positive() })]);

interface ArchitectureDefaults {
	layerNormEps: number;
	positionEmbedding: "absolute" | "rope";
	feedForward: "mlp" | "geglu";
	typeVocabularySize: number;
	globalAttentionEveryNLayers: number;
}

/**
 * The fields are the same for all architectures and only defaults differ, so that a lever (rotary positions, gated
 * feed-forward, local attention) can be pulled alone. There is no dropout: the engine has no random operator that
 * runs on every device, and short runs on one pass of the data do not overfit.
 */
function architectureSchema<const Name extends string>(name: Name, defaults: ArchitectureDefaults) {
	return z.strictObject({
		architecture: z.literal(name),
		layers: size,
		hiddenSize: size,
		heads: size,
		intermediateSize: size,
		maxPositions: size,
		activation: z.enum(["gelu", "gelu_new", "relu", "silu"]).default("gelu"),
		layerNormEps: z.number().positive().default(defaults.layerNormEps),
		positionEmbedding: z.enum(["absolute", "rope"]).default(defaults.positionEmbedding),
		feedForward: z.enum(["mlp", "geglu"]).default(defaults.feedForward),
		typeVocabularySize: z.int().nonnegative().default(defaults.typeVocabularySize),
		/** The base of the rotary wavelengths in layers that see the whole row; ModernBERT, section 2.1. */
		globalRopeTheta: z.number().positive().default(160_000),
		/** The same in layers with a local window. */
		localRopeTheta: z.number().positive().default(10_000),
		/** Layer i sees the whole row when i is a multiple of this, else a window; 1 makes every layer global. */
		globalAttentionEveryNLayers: size.default(defaults.globalAttentionEveryNLayers),
		/** The whole window in tokens: 128 lets a token see 64 to either side. */
		localAttention: size.default(128),
		initializer: initializerSchema.default("fanIn"),
		vocabularySize: size,
		/** The padding token; RoBERTa counts positions from `paddingId` + 1. */
		paddingId: z.int().nonnegative(),
	});
}

const bert = architectureSchema("bert", {
	layerNormEps: 1e-12, // the original BERT's
	positionEmbedding: "absolute",
	feedForward: "mlp",
	typeVocabularySize: 2,
	globalAttentionEveryNLayers: 1,
});

const roberta = architectureSchema("roberta", {
	layerNormEps: 1e-5, // fairseq's default, which RoBERTa was trained with
	positionEmbedding: "absolute",
	feedForward: "mlp",
	typeVocabularySize: 1,
	globalAttentionEveryNLayers: 1,
});

const modernbert = architectureSchema("modernbert", {
	layerNormEps: 1e-5,
	positionEmbedding: "rope",
	feedForward: "geglu",
	typeVocabularySize: 0,
	globalAttentionEveryNLayers: 3,
});

/** What the tokenizer knows and a recipe need not repeat. */
const fromTokenizer = { vocabularySize: true, paddingId: true } as const;

/** The `model` section of a recipe: everything but what its tokenizer decides. */
export const modelSectionSchema = z.discriminatedUnion("architecture", [
	bert.omit(fromTokenizer),
	roberta.omit(fromTokenizer),
	modernbert.omit(fromTokenizer),
]);

/** A whole encoder configuration. Sizes are counts of units; rejects unknown keys and head counts that do not divide. */
export const encoderConfigSchema = z
	.discriminatedUnion("architecture", [bert, roberta, modernbert])
	.refine((config) => config.hiddenSize % config.heads === 0, {
		path: ["heads"],
		message: "heads must divide hiddenSize, because every head gets the same share of it.",
	})
	.refine((config) => config.positionEmbedding !== "rope" || (config.hiddenSize / config.heads) % 2 === 0, {
		path: ["heads"],
		message: "hiddenSize / heads must be even, because rotary positions turn pairs of units.",
	})
	.refine((config) => config.architecture !== "modernbert" || config.typeVocabularySize === 0, {
		path: ["typeVocabularySize"],
		message: "typeVocabularySize must be 0 for modernbert, which has no token type embeddings.",
	});

export type EncoderConfig = z.output<typeof encoderConfigSchema>;
export type Architecture = EncoderConfig["architecture"];
export type Activation = EncoderConfig["activation"];

/** Whether layer `layer` (from 0) sees the whole row rather than a window. */
export function isGlobalLayer(config: EncoderConfig, layer: number): boolean {
	return layer % config.globalAttentionEveryNLayers === 0;
}

/** The position row of a document's first token: RoBERTa leaves `paddingId` + 1 rows before it unused. */
export function positionOffset(config: EncoderConfig): number {
	return config.architecture === "roberta" ? config.paddingId + 1 : 0;
}

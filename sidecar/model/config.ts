/** The shape of an encoder: the `model` section of a recipe, once its defaults and the tokenizer's facts are in. */
import { z } from "zod";
import { adapterSchema } from "./adapters/config.ts";

/** No published encoder comes near: a hostile file is refused before anything is allocated by what it says. */
const limits = { size: 2 ** 24, layers: 1024, weights: 2 ** 31 };

const size = z.int().positive().max(limits.size);

/**
 * How weight matrices start. `fanIn` draws from N(0, 1/fan_in) and divides what is written to the residual stream
 * by sqrt(2 layers) (GPT-2, section 2.3); it learns at a rate of 2e-3 where BERT's 0.02 stalls. `{ std }` draws every
 * matrix from N(0, std^2), as BERT does.
 */
const initializerSchema = z
	.union([
		z.literal("fanIn"),
		z.strictObject({ std: z.number().positive().describe("The standard deviation of every matrix; BERT's is 0.02") }),
	])
	.describe("How weight matrices start: fanIn by the width of their input, or all with one standard deviation");

interface ArchitectureDefaults {
	paper: string;
	layerNormEps: number;
	positionEmbedding: "absolute" | "rope" | "none";
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
		architecture: z.literal(name).describe(defaults.paper),
		layers: z.int().positive().max(limits.layers).describe("Layers of attention and feed-forward network"),
		hiddenSize: size.describe("Units of a token between layers"),
		heads: size.describe("Heads of attention; they must divide hiddenSize"),
		embeddingSize: size
			.optional()
			.describe("The width of the embeddings, projected to hiddenSize where it is another; by default the same"),
		intermediateSize: size.describe("Units inside the feed-forward network, after the gate where there is one"),
		maxPositions: size.describe("The longest row in tokens; at least data.sequenceLength"),
		activation: z
			.enum(["gelu", "gelu_new", "relu", "silu"])
			.default("gelu")
			.describe("Of the feed-forward network; gelu_new is the approximation by tanh"),
		layerNormEps: z
			.number()
			.positive()
			.default(defaults.layerNormEps)
			.describe("What normalisation adds to the variance"),
		positionEmbedding: z
			.enum(["absolute", "rope", "none"])
			.default(defaults.positionEmbedding)
			.describe(
				"absolute: learned, one a place; rope: rotary (Su et al. 2021); none leaves positions to relative attention, as DeBERTa",
			),
		feedForward: z
			.enum(["mlp", "geglu"])
			.default(defaults.feedForward)
			.describe("mlp, or with a gate: geglu (Shazeer 2020)"),
		typeVocabularySize: z
			.int()
			.nonnegative()
			.max(limits.size)
			.default(defaults.typeVocabularySize)
			.describe("Kinds of segments with an embedding of their own; 0 leaves them out"),
		relativePositionBuckets: z
			.int()
			.min(4)
			.max(512)
			.multipleOf(4)
			.optional()
			.describe(
				"Buckets of distances with a bias for each head, the same in all layers (T5; ERNIE-Gram's code has 32); absent, none",
			),
		globalRopeTheta: z
			.number()
			.positive()
			.default(160_000)
			.describe("The base of the rotary wavelengths in layers that see the whole row; ModernBERT, section 2.1"),
		localRopeTheta: z.number().positive().default(10_000).describe("The same in layers with a local window"),
		globalAttentionEveryNLayers: size
			.default(defaults.globalAttentionEveryNLayers)
			.describe("Layer i sees the whole row when i is a multiple of this, else a window; 1 makes every layer global"),
		localAttention: size.default(128).describe("The whole window in tokens: 128 lets a token see 64 to either side"),
		ownDecoder: z
			.literal(true)
			.optional()
			.describe(
				"The masked-LM head has a matrix of its own, rather than decoding with the token embedding (Press and Wolf 2017)",
			),
		initializer: initializerSchema.default("fanIn"),
		vocabularySize: size,
		/** What is trained or used beside the weights, which stay as they are. */
		adapter: adapterSchema.optional(),
		/** The padding token; RoBERTa counts positions from `paddingId` + 1. */
		paddingId: z.int().nonnegative().max(limits.size),
	});
}

const bert = architectureSchema("bert", {
	paper: "Devlin et al. 2019, BERT",
	layerNormEps: 1e-12, // the original BERT's
	positionEmbedding: "absolute",
	feedForward: "mlp",
	typeVocabularySize: 2,
	globalAttentionEveryNLayers: 1,
});

const roberta = architectureSchema("roberta", {
	paper: "Liu et al. 2019, RoBERTa",
	layerNormEps: 1e-5, // fairseq's default, which RoBERTa was trained with
	positionEmbedding: "absolute",
	feedForward: "mlp",
	typeVocabularySize: 1,
	globalAttentionEveryNLayers: 1,
});

const distilbert = architectureSchema("distilbert", {
	paper: "Sanh et al. 2019, DistilBERT",
	layerNormEps: 1e-12,
	positionEmbedding: "absolute",
	feedForward: "mlp",
	typeVocabularySize: 0, // section 3: a distilled BERT without token types
	globalAttentionEveryNLayers: 1,
});

const electra = architectureSchema("electra", {
	paper: "Clark et al. 2020, ELECTRA",
	layerNormEps: 1e-12,
	positionEmbedding: "absolute",
	feedForward: "mlp",
	typeVocabularySize: 2,
	globalAttentionEveryNLayers: 1,
});

const deberta = architectureSchema("deberta-v2", {
	paper: "He et al. 2021, DeBERTa",
	layerNormEps: 1e-7,
	positionEmbedding: "none",
	feedForward: "mlp",
	typeVocabularySize: 0,
	globalAttentionEveryNLayers: 1,
}).extend({
	relativeAttention: z
		.array(z.enum(["c2p", "p2c"]))
		.min(1)
		.default(["c2p", "p2c"])
		.describe(
			"Terms of the disentangled attention beside content to content: content to position, position to content",
		),
	maxRelativePositions: size.default(512).describe("Distances beyond this share an embedding"),
	positionBuckets: z
		.int()
		.nonnegative()
		.max(limits.size)
		.default(256)
		.describe("Logarithmic buckets of the distances to one side; 0 gives every distance one of its own"),
	sharedRelativeKeys: z
		.boolean()
		.default(true)
		.describe("Whether the embeddings of distances go through the projections of the content or have their own"),
	relativeNorm: z.boolean().default(true).describe("Whether the embeddings of distances are normalised"),
});

const modernbert = architectureSchema("modernbert", {
	paper: "Warner et al. 2024, ModernBERT",
	layerNormEps: 1e-5,
	positionEmbedding: "rope",
	feedForward: "geglu",
	typeVocabularySize: 0,
	globalAttentionEveryNLayers: 3,
}).extend({
	layers: z
		.int()
		.nonnegative()
		.max(limits.layers)
		.describe(
			"Layers of attention and feed-forward network; without any the encoder is its normalised embeddings: a bag of tokens, which search learns in minutes",
		),
});

/** What the tokenizer knows and a recipe need not repeat, and the adapter, which is a section of its own. */
const fromTokenizer = { vocabularySize: true, paddingId: true, adapter: true } as const;

const tokenRows = {
	vocabularySize: size
		.optional()
		.describe(
			"Rows of the token embedding, at least: a model made elsewhere may have more than its tokenizer has tokens",
		),
} as const;

/** And the width of the embeddings, which no file of Hugging Face's says for these: only generators have another. */
const withoutWidth = { ...fromTokenizer, embeddingSize: true } as const;

/** The same for RoBERTa alone. */
export const robertaSectionSchema = roberta.omit(withoutWidth).extend(tokenRows).describe("The shape of the encoder");

/** The `model` section of a recipe: everything but what its tokenizer decides. */
export const modelSectionSchema = z
	.discriminatedUnion("architecture", [
		bert.omit(withoutWidth).extend(tokenRows),
		robertaSectionSchema,
		modernbert.omit(withoutWidth).extend(tokenRows),
		distilbert.omit(withoutWidth).extend(tokenRows),
		electra.omit(fromTokenizer).extend(tokenRows),
		deberta.omit(fromTokenizer).extend(tokenRows),
	])
	.describe("The shape of the encoder; a run that goes on from a model has that model's");

/** A whole encoder configuration. Sizes are counts of units; rejects unknown keys and head counts that do not divide. */
export const encoderConfigSchema = z
	.discriminatedUnion("architecture", [bert, roberta, modernbert, distilbert, electra, deberta])
	.refine((config) => roughWeights(config) <= limits.weights, {
		path: ["hiddenSize"],
		message: `these sizes make a model of more than ${limits.weights} weights, which is not computed here.`,
	})
	.refine((config) => config.hiddenSize % config.heads === 0, {
		path: ["heads"],
		message: "heads must divide hiddenSize, because every head gets the same share of it.",
	})
	.refine((config) => config.positionEmbedding !== "rope" || (config.hiddenSize / config.heads) % 2 === 0, {
		path: ["heads"],
		message: "hiddenSize / heads must be even, because rotary positions turn pairs of units.",
	})
	.refine(({ architecture, typeVocabularySize: types }) => !withoutTypes.has(architecture) || types === 0, {
		path: ["typeVocabularySize"],
		message: "typeVocabularySize must be 0 for modernbert and distilbert, which have no token type embeddings.",
	});

const withoutTypes: ReadonlySet<string> = new Set(["modernbert", "distilbert"]);

/** Embeddings, and four matrices for attention and two or more for the feed-forward network in each layer. */
function roughWeights(
	sizes: Record<"hiddenSize" | "intermediateSize" | "layers" | "maxPositions" | "vocabularySize", number>,
): number {
	const { hiddenSize, intermediateSize, layers, maxPositions, vocabularySize } = sizes;
	return hiddenSize * (vocabularySize + maxPositions + layers * (4 * hiddenSize + 2 * intermediateSize));
}

export type EncoderConfig = z.output<typeof encoderConfigSchema>;
export type Architecture = EncoderConfig["architecture"];
export type Activation = EncoderConfig["activation"];
export type DebertaConfig = Extract<EncoderConfig, { architecture: "deberta-v2" }>;

/** The width of the token embedding, and of the masked-LM head: units. */
export function embeddingWidth(config: EncoderConfig): number {
	return config.embeddingSize ?? config.hiddenSize;
}

/** Whether layer `layer` (from 0) sees the whole row rather than a window. */
export function isGlobalLayer(config: EncoderConfig, layer: number): boolean {
	return layer % config.globalAttentionEveryNLayers === 0;
}

/** The position row of a document's first token: RoBERTa leaves `paddingId` + 1 rows before it unused. */
export function positionOffset(config: EncoderConfig): number {
	return config.architecture === "roberta" ? config.paddingId + 1 : 0;
}

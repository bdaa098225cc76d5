/** What Hugging Face's `config.json` files say, by architecture, and which of it is refused. */
import { z } from "zod";

const activations = {
	gelu_python: "gelu",
	gelu_pytorch_tanh: "gelu_new",
	gelu_fast: "gelu_new",
	swish: "silu",
} as Record<string, string>;

const common = {
	vocab_size: z.number(),
	max_position_embeddings: z.number(),
	initializer_range: z.number().default(0.02),
	tie_word_embeddings: z.boolean().default(true),
};

const sizes = {
	hidden_size: z.number(),
	num_hidden_layers: z.number(),
	num_attention_heads: z.number(),
	intermediate_size: z.number(),
};

const bertFile = {
	...common,
	...sizes,
	hidden_act: z.string().default("gelu"),
	layer_norm_eps: z.number().default(1e-12),
	type_vocab_size: z.number().default(2),
};

const ropeBase = z.looseObject({ rope_type: z.literal("default").default("default"), rope_theta: z.number() });

/** The defaults are those of transformers' configuration classes. */
export const configFileSchema = z.discriminatedUnion("model_type", [
	z.looseObject({ model_type: z.literal("bert"), ...bertFile, pad_token_id: z.number().default(0) }),
	z.looseObject({ model_type: z.literal("roberta"), ...bertFile, pad_token_id: z.number().default(1) }),
	z.looseObject({
		model_type: z.literal("electra"),
		...bertFile,
		embedding_size: z.number().default(128),
		pad_token_id: z.number().default(0),
	}),
	z.looseObject({
		model_type: z.literal("distilbert"),
		...common,
		dim: z.number(),
		n_layers: z.number(),
		n_heads: z.number(),
		hidden_dim: z.number(),
		activation: z.string().default("gelu"),
		pad_token_id: z.number().default(0),
	}),
	z.looseObject({
		model_type: z.literal("deberta-v2"),
		...bertFile,
		layer_norm_eps: z.number().default(1e-7),
		type_vocab_size: z.number().default(0),
		embedding_size: z.number().optional(),
		pad_token_id: z.number().default(0),
		position_biased_input: z.boolean().default(true),
		pos_att_type: z.union([z.string(), z.array(z.string())]),
		max_relative_positions: z.number().default(-1),
		position_buckets: z.number().default(-1),
		share_att_key: z.boolean().default(false),
		norm_rel_ebd: z.enum(["none", "layer_norm"]).default("none"),
	}),
	z.looseObject({
		model_type: z.literal("modernbert"),
		...common,
		...sizes,
		hidden_activation: z.string().default("gelu"),
		norm_eps: z.number().default(1e-5),
		pad_token_id: z.number().default(50_283),
		global_attn_every_n_layers: z.int().positive().default(3),
		layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).optional(),
		local_attention: z.number().default(128),
		global_rope_theta: z.number().optional(),
		local_rope_theta: z.number().nullable().optional(),
		rope_parameters: z.looseObject({ full_attention: ropeBase, sliding_attention: ropeBase }).optional(),
	}),
	z.looseObject({ model_type: z.literal("maskwright"), maskwright: z.unknown() }),
]);

type ConfigFile = z.output<typeof configFileSchema>;

/** The fields of an encoder configuration, yet to be checked. */
export function configFields(file: ConfigFile): unknown {
	if (file.model_type === "maskwright") return file.maskwright;
	const shared = {
		architecture: file.model_type,
		vocabularySize: file.vocab_size,
		maxPositions: file.max_position_embeddings,
		paddingId: file.pad_token_id,
		initializer: { std: file.initializer_range },
		...(file.tie_word_embeddings ? {} : { ownDecoder: true }),
	};
	if (file.model_type === "distilbert") {
		return {
			...shared,
			hiddenSize: file.dim,
			layers: file.n_layers,
			heads: file.n_heads,
			intermediateSize: file.hidden_dim,
			activation: activations[file.activation] ?? file.activation,
		};
	}
	const sized = {
		...shared,
		hiddenSize: file.hidden_size,
		layers: file.num_hidden_layers,
		heads: file.num_attention_heads,
		intermediateSize: file.intermediate_size,
	};
	if (file.model_type === "modernbert") return { ...sized, ...modernBertFields(file) };
	const like = {
		...sized,
		activation: activations[file.hidden_act] ?? file.hidden_act,
		layerNormEps: file.layer_norm_eps,
		typeVocabularySize: file.type_vocab_size,
	};
	if (file.model_type === "roberta") return { ...like, maxPositions: shared.maxPositions - file.pad_token_id - 1 };
	if (file.model_type === "bert") return like;
	const { embedding_size: width } = file;
	const wide = { ...like, ...(width === undefined || width === file.hidden_size ? {} : { embeddingSize: width }) };
	return file.model_type === "electra" ? wide : { ...wide, ...debertaFields(file) };
}

function debertaFields(file: Extract<ConfigFile, { model_type: "deberta-v2" }>): Json {
	const reach = file.max_relative_positions;
	return {
		positionEmbedding: file.position_biased_input ? "absolute" : "none",
		relativeAttention: termsOf(file.pos_att_type),
		maxRelativePositions: reach < 1 ? file.max_position_embeddings : reach,
		positionBuckets: Math.max(0, file.position_buckets),
		sharedRelativeKeys: file.share_att_key,
		relativeNorm: file.norm_rel_ebd === "layer_norm",
	};
}

/** Terms by name, as a list or as older files write them: "p2c|c2p". */
function termsOf(terms: unknown): string[] {
	const list = typeof terms === "string" ? terms.split("|") : Array.isArray(terms) ? terms.map(String) : [];
	return list.map((term) => term.trim().toLowerCase()).toSorted();
}

function modernBertFields(file: Extract<ConfigFile, { model_type: "modernbert" }>): Json {
	const globalTheta = file.global_rope_theta ?? file.rope_parameters?.full_attention.rope_theta;
	return {
		activation: activations[file.hidden_activation] ?? file.hidden_activation,
		layerNormEps: file.norm_eps,
		globalAttentionEveryNLayers: globalPeriod(file.layer_types) ?? file.global_attn_every_n_layers,
		localAttention: file.local_attention,
		globalRopeTheta: globalTheta,
		// null says: that of the global layers.
		localRopeTheta:
			file.local_rope_theta === null
				? globalTheta
				: (file.local_rope_theta ?? file.rope_parameters?.sliding_attention.rope_theta),
	};
}

/** The n for which every n-th layer, from the first, is global; undefined when there is none. */
function globalPeriod(layers: readonly string[] | undefined): number | undefined {
	if (layers === undefined) return undefined;
	const second = layers.indexOf("full_attention", 1);
	const period = second === -1 ? layers.length : second;
	const regular = layers.every((type, layer) => (type === "full_attention") === (layer % period === 0));
	return regular ? period : undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** A setting under which a model computes something that we do not, by its key, and why it is refused. */
interface Refusal {
	readonly key: string;
	/** Of one architecture; by default of all. */
	readonly of?: string;
	readonly isFine: (value: unknown, file: Json) => boolean;
	readonly why: string;
}

const absent = (value: unknown): boolean => value === undefined || value === null;
const off = (value: unknown): boolean => absent(value) || value === false;
const biasless = "its layers have biases that the graph of ModernBERT here does not";

const refusals: readonly Refusal[] = [
	{ key: "quantization_config", isFine: absent, why: "its weights are quantized; get them in full precision" },
	{ key: "is_decoder", isFine: off, why: "it reads from left to right and does not see what comes behind a mask" },
	{ key: "add_cross_attention", isFine: off, why: "it attends to another model's output" },
	{ key: "is_encoder_decoder", isFine: off, why: "it is an encoder with a decoder behind it" },
	{
		key: "pruned_heads",
		isFine: (value) => absent(value) || (typeof value === "object" && Object.keys(value as object).length === 0),
		why: "some of its attention heads are pruned, so that its layers differ in shape",
	},
	{
		key: "auto_map",
		isFine: (value) =>
			absent(value) ||
			(typeof value === "object" && !Object.keys(value as object).some((key) => /^AutoModel/.test(key))),
		why: "it comes with a program of its own that computes it, and no program of a model is run here",
	},
	{
		key: "position_embedding_type",
		isFine: (value) => absent(value) || value === "absolute",
		why: "its positions are not absolute",
	},
	{
		key: "norm_bias",
		of: "modernbert",
		isFine: off,
		why: biasless,
	},
	{ key: "attention_bias", of: "modernbert", isFine: off, why: biasless },
	{ key: "mlp_bias", of: "modernbert", isFine: off, why: biasless },
	{ key: "classifier_bias", of: "modernbert", isFine: off, why: biasless },
	{
		key: "classifier_activation",
		of: "modernbert",
		isFine: (value, file) => absent(value) || value === (file["hidden_activation"] ?? "gelu"),
		why: "its head has another activation than its layers",
	},
	{
		key: "layer_types",
		of: "modernbert",
		isFine: (value) => !Array.isArray(value) || globalPeriod(value.map(String)) !== undefined,
		why: "its global layers are not evenly spaced from the first on",
	},
	{
		key: "relative_attention",
		of: "deberta-v2",
		isFine: (value) => value === true,
		why: "it has no relative positions",
	},
	{
		key: "pos_att_type",
		of: "deberta-v2",
		isFine: (value) => {
			const terms = termsOf(value);
			return terms.length > 0 && terms.every((term) => term === "c2p" || term === "p2c");
		},
		why: "the terms of its attention are not content to position and position to content",
	},
	{
		key: "conv_kernel_size",
		of: "deberta-v2",
		isFine: (value) => absent(value) || value === 0,
		why: "its first layer has a convolution beside it, as in DeBERTa-v2-xlarge; the models of DeBERTa-v3 have none",
	},
	{
		key: "attention_head_size",
		of: "deberta-v2",
		isFine: (value, file) =>
			absent(value) || Number(value) * Number(file["num_attention_heads"]) === file["hidden_size"],
		why: "its heads together are not as wide as its layers",
	},
];

/** Why a `config.json` is refused before it is read as one of the schema; undefined when nothing speaks against it. */
export function refusal(json: unknown): string | undefined {
	if (typeof json !== "object" || json === null || Array.isArray(json)) return "it is not a JSON object";
	const file = json as Json;
	const type = file["model_type"];
	if (typeof type !== "string") return `it has no "model_type" that names an architecture`;
	const known = configFileSchema.options.map((option) => option.shape.model_type.value as string);
	if (!known.includes(type)) return `its architecture is ${JSON.stringify(type.slice(0, 60))}`;
	const found = refusals.find(({ key, of, isFine }) => (of === undefined || of === type) && !isFine(file[key], file));
	if (found === undefined) return undefined;
	return `${found.why} ("${found.key}" is ${JSON.stringify(file[found.key])?.slice(0, 80) ?? "missing"})`;
}

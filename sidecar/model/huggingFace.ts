/** Encoder configurations as Hugging Face `config.json` files, both ways. */
import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { type Architecture, type EncoderConfig, encoderConfigSchema, positionOffset } from "./config.ts";

/** The tokens whose ids `config.json` repeats from the tokenizer. */
interface SpecialTokenIds {
	readonly cls: number;
	readonly sep: number;
	readonly pad: number;
}

const modelClasses: Readonly<Record<Architecture, string>> = {
	bert: "BertForMaskedLM",
	roberta: "RobertaForMaskedLM",
	modernbert: "ModernBertForMaskedLM",
};

/**
 * The `config.json` that transformers reads. A configuration that transformers has no class for, such as BERT with
 * rotary positions, gets `model_type` "maskwright" and its own section, so that nothing loads it and computes
 * something else in silence.
 */
export function toHuggingFaceConfig(config: EncoderConfig, special: SpecialTokenIds): Record<string, unknown> {
	const common = {
		torch_dtype: "float32",
		vocab_size: config.vocabularySize,
		hidden_size: config.hiddenSize,
		num_hidden_layers: config.layers,
		num_attention_heads: config.heads,
		intermediate_size: config.intermediateSize,
		initializer_range: config.initializer === "fanIn" ? config.hiddenSize ** -0.5 : config.initializer.std,
		pad_token_id: special.pad,
		bos_token_id: special.cls,
		eos_token_id: special.sep,
		cls_token_id: special.cls,
		sep_token_id: special.sep,
		tie_word_embeddings: true,
	};
	if (!isStandard(config)) return { ...common, model_type: "maskwright", maskwright: config };
	const named = { ...common, model_type: config.architecture, architectures: [modelClasses[config.architecture]] };
	if (config.architecture === "modernbert") {
		return {
			...named,
			max_position_embeddings: config.maxPositions,
			hidden_activation: config.activation,
			classifier_activation: config.activation,
			norm_eps: config.layerNormEps,
			norm_bias: false,
			attention_bias: false,
			mlp_bias: false,
			classifier_bias: false,
			decoder_bias: true,
			attention_dropout: 0,
			mlp_dropout: 0,
			embedding_dropout: 0,
			global_attn_every_n_layers: config.globalAttentionEveryNLayers,
			local_attention: config.localAttention,
			global_rope_theta: config.globalRopeTheta,
			local_rope_theta: config.localRopeTheta,
		};
	}
	return {
		...named,
		max_position_embeddings: config.maxPositions + positionOffset(config),
		hidden_act: config.activation,
		layer_norm_eps: config.layerNormEps,
		type_vocab_size: config.typeVocabularySize,
		hidden_dropout_prob: 0,
		attention_probs_dropout_prob: 0,
		position_embedding_type: "absolute",
	};
}

/** Reads a `config.json`; throws `modelInvalid` when it is not a BERT, RoBERTa or ModernBERT that we can compute. */
export function fromHuggingFaceConfig(json: unknown): EncoderConfig {
	const source = fileSchema.safeParse(json);
	if (!source.success) throw invalid(source.error.issues[0]);
	const fields = recipeFields(source.data);
	const config = encoderConfigSchema.safeParse(fields);
	if (!config.success) throw invalid(config.error.issues[0]);
	return config.data;
}

function isStandard(config: EncoderConfig): boolean {
	if (config.architecture === "modernbert") {
		return config.positionEmbedding === "rope" && config.feedForward === "geglu";
	}
	return (
		config.positionEmbedding === "absolute" &&
		config.feedForward === "mlp" &&
		config.globalAttentionEveryNLayers === 1 &&
		config.typeVocabularySize > 0
	);
}

const activations = { gelu_pytorch_tanh: "gelu_new", gelu_fast: "gelu_new", swish: "silu" } as Record<string, string>;

const shared = {
	vocab_size: z.number(),
	hidden_size: z.number(),
	num_hidden_layers: z.number(),
	num_attention_heads: z.number(),
	intermediate_size: z.number(),
	max_position_embeddings: z.number(),
	initializer_range: z.number().default(0.02),
	tie_word_embeddings: z.literal(true).default(true),
};

const bertFile = {
	...shared,
	hidden_act: z.string().default("gelu"),
	layer_norm_eps: z.number().default(1e-12),
	type_vocab_size: z.number().default(2),
	position_embedding_type: z.literal("absolute").default("absolute"),
};

const ropeBase = z.looseObject({ rope_type: z.literal("default").default("default"), rope_theta: z.number() });

const fileSchema = z.discriminatedUnion("model_type", [
	z.looseObject({ model_type: z.literal("bert"), ...bertFile, pad_token_id: z.number().default(0) }),
	z.looseObject({ model_type: z.literal("roberta"), ...bertFile, pad_token_id: z.number().default(1) }),
	z.looseObject({
		model_type: z.literal("modernbert"),
		...shared,
		hidden_activation: z.string().default("gelu"),
		norm_eps: z.number().default(1e-5),
		norm_bias: z.literal(false).default(false),
		attention_bias: z.literal(false).default(false),
		mlp_bias: z.literal(false).default(false),
		classifier_bias: z.literal(false).default(false),
		decoder_bias: z.literal(true).default(true),
		pad_token_id: z.number().default(50_283),
		global_attn_every_n_layers: z.int().positive().default(3),
		layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).optional(),
		local_attention: z.number().default(128),
		global_rope_theta: z.number().optional(),
		local_rope_theta: z.number().optional(),
		rope_parameters: z.looseObject({ full_attention: ropeBase, sliding_attention: ropeBase }).optional(),
	}),
	z.looseObject({ model_type: z.literal("maskwright"), maskwright: z.unknown() }),
]);

function recipeFields(file: z.output<typeof fileSchema>): unknown {
	if (file.model_type === "maskwright") return file.maskwright;
	const common = {
		architecture: file.model_type,
		vocabularySize: file.vocab_size,
		hiddenSize: file.hidden_size,
		layers: file.num_hidden_layers,
		heads: file.num_attention_heads,
		intermediateSize: file.intermediate_size,
		paddingId: file.pad_token_id,
		initializer: { std: file.initializer_range },
	};
	if (file.model_type === "modernbert") {
		return {
			...common,
			maxPositions: file.max_position_embeddings,
			activation: activations[file.hidden_activation] ?? file.hidden_activation,
			layerNormEps: file.norm_eps,
			globalAttentionEveryNLayers: globalPeriod(file.layer_types) ?? file.global_attn_every_n_layers,
			localAttention: file.local_attention,
			globalRopeTheta: file.global_rope_theta ?? file.rope_parameters?.full_attention.rope_theta,
			localRopeTheta: file.local_rope_theta ?? file.rope_parameters?.sliding_attention.rope_theta,
		};
	}
	const offset = file.model_type === "roberta" ? file.pad_token_id + 1 : 0;
	return {
		...common,
		maxPositions: file.max_position_embeddings - offset,
		activation: activations[file.hidden_act] ?? file.hidden_act,
		layerNormEps: file.layer_norm_eps,
		typeVocabularySize: file.type_vocab_size,
	};
}

/** The n for which every n-th layer, from the first, is global; throws `modelInvalid` when there is none. */
function globalPeriod(layers: readonly string[] | undefined): number | undefined {
	if (layers === undefined) return undefined;
	const second = layers.indexOf("full_attention", 1);
	const period = second === -1 ? layers.length : second;
	const regular = layers.every((type, layer) => (type === "full_attention") === (layer % period === 0));
	if (regular) return period;
	throw invalid({ path: ["layer_types"], message: "global layers must be evenly spaced from the first on" });
}

function invalid(issue: { path: PropertyKey[]; message: string } | undefined): MaskwrightError {
	const where = issue === undefined ? "" : ` at "${issue.path.join(".")}" (${issue.message})`;
	return new MaskwrightError(
		"modelInvalid",
		`This config.json cannot be used${where}. Maskwright reads BERT, RoBERTa and ModernBERT masked language models.`,
	);
}

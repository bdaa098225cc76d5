/** Encoder configurations as Hugging Face `config.json` files, both ways. */
import { MaskwrightError } from "../base/errors.ts";
import {
	type Architecture,
	type EncoderConfig,
	embeddingWidth,
	encoderConfigSchema,
	positionOffset,
} from "./config.ts";
import { configFields, configFileSchema, refusal } from "./huggingFaceFile.ts";

/** The tokens whose ids `config.json` repeats from the tokenizer. */
interface SpecialTokenIds {
	readonly cls: number;
	readonly sep: number;
	readonly pad: number;
}

/** What of a model there is: the encoder with its masked-LM head, with a detector's, or alone. */
export type ModelPart = "maskedLm" | "detector" | "encoder";

/** The classes of transformers; where none has a detector's head, the encoder's reads the rest. */
const modelClasses: Readonly<Record<Architecture, Partial<Record<ModelPart, string>> & { encoder: string }>> = {
	bert: { maskedLm: "BertForMaskedLM", encoder: "BertModel" },
	roberta: { maskedLm: "RobertaForMaskedLM", encoder: "RobertaModel" },
	distilbert: { maskedLm: "DistilBertForMaskedLM", encoder: "DistilBertModel" },
	electra: { maskedLm: "ElectraForMaskedLM", detector: "ElectraForPreTraining", encoder: "ElectraModel" },
	"deberta-v2": { maskedLm: "DebertaV2ForMaskedLM", encoder: "DebertaV2Model" },
	modernbert: { maskedLm: "ModernBertForMaskedLM", encoder: "ModernBertModel" },
};

/**
 * The `config.json` that transformers reads; `part` says which head the weights hold. A configuration
 * that transformers has no class for, such as BERT with rotary positions, gets `model_type` "maskwright" and its own
 * section, so that nothing loads it and computes something else in silence.
 */
export function toHuggingFaceConfig(
	config: EncoderConfig,
	special: SpecialTokenIds,
	part: ModelPart = "maskedLm",
): Record<string, unknown> {
	const { architecture } = config;
	const common = {
		torch_dtype: "float32",
		vocab_size: config.vocabularySize,
		initializer_range: config.initializer === "fanIn" ? config.hiddenSize ** -0.5 : config.initializer.std,
		pad_token_id: special.pad,
		bos_token_id: special.cls,
		eos_token_id: special.sep,
		cls_token_id: special.cls,
		sep_token_id: special.sep,
		tie_word_embeddings: config.ownDecoder !== true,
	};
	if (!isStandard(config)) return { ...common, ...sizes(config), model_type: "maskwright", maskwright: config };
	const named = { ...common, model_type: architecture, architectures: [classOf(architecture, part)] };
	if (architecture === "distilbert") return { ...named, ...distilBertFields(config) };
	if (architecture === "modernbert") return { ...named, ...sizes(config), ...modernBertFields(config) };
	return {
		...named,
		...sizes(config),
		max_position_embeddings: config.maxPositions + positionOffset(config),
		hidden_act: config.activation,
		layer_norm_eps: config.layerNormEps,
		type_vocab_size: config.typeVocabularySize,
		hidden_dropout_prob: 0,
		attention_probs_dropout_prob: 0,
		...(architecture === "deberta-v2" ? debertaFields(config) : { position_embedding_type: "absolute" }),
		...(architecture === "electra" ? { embedding_size: config.embeddingSize ?? config.hiddenSize } : {}),
	};
}

/** Reads a `config.json`; throws `modelInvalid` with the reason when it is not an encoder that we compute exactly. */
export function fromHuggingFaceConfig(json: unknown): EncoderConfig {
	const why = refusal(json);
	if (why !== undefined) throw invalid(why);
	const file = configFileSchema.safeParse(json);
	if (!file.success) throw invalid(fault(file.error.issues[0]));
	const config = encoderConfigSchema.safeParse(configFields(file.data));
	if (!config.success) throw invalid(fault(config.error.issues[0]));
	return config.data;
}

function classOf(architecture: Architecture, part: ModelPart): string {
	return modelClasses[architecture][part] ?? modelClasses[architecture].encoder;
}

function isStandard(config: EncoderConfig): boolean {
	const { architecture, positionEmbedding: positions, feedForward, typeVocabularySize: types } = config;
	const projects = architecture === "electra" || architecture === "deberta-v2";
	if (!projects && embeddingWidth(config) !== config.hiddenSize) return false;
	if (config.relativePositionBuckets !== undefined) return false;
	if (config.architecture === "modernbert") return positions === "rope" && feedForward === "geglu";
	if (feedForward !== "mlp" || config.globalAttentionEveryNLayers !== 1) return false;
	if (config.architecture === "deberta-v2") return positions !== "rope";
	// DistilBERT's epsilon stands in its code.
	if (config.architecture === "distilbert") return positions === "absolute" && config.layerNormEps === 1e-12;
	return positions === "absolute" && types > 0;
}

function sizes(config: EncoderConfig): Record<string, unknown> {
	return {
		hidden_size: config.hiddenSize,
		num_hidden_layers: config.layers,
		num_attention_heads: config.heads,
		intermediate_size: config.intermediateSize,
	};
}

function distilBertFields(config: EncoderConfig): Record<string, unknown> {
	return {
		dim: config.hiddenSize,
		n_layers: config.layers,
		n_heads: config.heads,
		hidden_dim: config.intermediateSize,
		max_position_embeddings: config.maxPositions,
		activation: config.activation,
		sinusoidal_pos_embds: false,
		tie_weights_: true,
		dropout: 0,
		attention_dropout: 0,
	};
}

function debertaFields(config: Extract<EncoderConfig, { architecture: "deberta-v2" }>): Record<string, unknown> {
	const { embeddingSize } = config;
	return {
		position_biased_input: config.positionEmbedding === "absolute",
		relative_attention: true,
		pos_att_type: config.relativeAttention,
		max_relative_positions: config.maxRelativePositions,
		position_buckets: config.positionBuckets > 0 ? config.positionBuckets : -1,
		share_att_key: config.sharedRelativeKeys,
		norm_rel_ebd: config.relativeNorm ? "layer_norm" : "none",
		legacy: true, // the head by the names of `headNames`
		...(embeddingSize === undefined ? {} : { embedding_size: embeddingSize }),
	};
}

function modernBertFields(config: EncoderConfig): Record<string, unknown> {
	return {
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

function fault(issue: { path: PropertyKey[]; message: string } | undefined): string {
	return issue === undefined ? "it is not as it should be" : `at "${issue.path.join(".")}", ${issue.message}`;
}

function invalid(why: string): MaskwrightError {
	return new MaskwrightError(
		"modelInvalid",
		`This config.json cannot be used: ${why}. Maskwright computes BERT, RoBERTa, DistilBERT, ELECTRA, DeBERTa-v2 and v3, and ModernBERT; choose such a model.`,
	);
}

/** Where each architecture keeps its parts: the module paths of Hugging Face's state dicts. */
import type { Activation, Architecture } from "./config.ts";

/** Architectures of post-norm layers, as BERT's: they differ in names, in their embeddings and in how positions count. */
export type PostNormArchitecture = Exclude<Architecture, "modernbert">;

/** Module paths within a layer of a post-norm encoder. */
interface LayerNames {
	/** The layers, below the encoder. */
	readonly layers: string;
	/** The module of the three projections, and their names within it. */
	readonly attention: string;
	readonly query: string;
	readonly key: string;
	readonly value: string;
	readonly mixed: string;
	readonly attentionNorm: string;
	readonly expand: string;
	readonly contract: string;
	readonly norm: string;
	/** Of a bottleneck adapter, as AdapterHub has it. */
	readonly adapters: string;
}

/** The module of a bottleneck adapter within a layer of ModernBERT. */
export const modernBertAdapters = "output_adapters.adapters";

const bertLayer: LayerNames = {
	layers: "encoder.layer",
	attention: "attention.self",
	query: "query",
	key: "key",
	value: "value",
	mixed: "attention.output.dense",
	attentionNorm: "attention.output.LayerNorm",
	expand: "intermediate.dense",
	contract: "output.dense",
	norm: "output.LayerNorm",
	adapters: "output.adapters",
};

export const layerNames: Readonly<Record<PostNormArchitecture, LayerNames>> = {
	bert: bertLayer,
	roberta: bertLayer,
	electra: bertLayer,
	"deberta-v2": { ...bertLayer, query: "query_proj", key: "key_proj", value: "value_proj" },
	distilbert: {
		layers: "transformer.layer",
		attention: "attention",
		query: "q_lin",
		key: "k_lin",
		value: "v_lin",
		mixed: "attention.out_lin",
		attentionNorm: "sa_layer_norm",
		expand: "ffn.lin1",
		contract: "ffn.lin2",
		norm: "output_layer_norm",
		adapters: "output_adapters.adapters",
	},
};

/** DeBERTa's projections of the embeddings of distances, in the module of the others, where these are not shared. */
export const relativeProjections = { c2p: "pos_key_proj", p2c: "pos_query_proj" } as const;

/** The biases by distance of all layers, below the encoder, where a configuration has them. */
export const relativeBiasName = "relative_attention_bias.weight";

/** The masked-LM head, by full paths. */
interface HeadNames {
	readonly dense: string;
	readonly norm: string;
	/** Of a decoder of its own; a tied one is the token embedding. */
	readonly decoder: string;
	readonly bias: string;
	/** Where it is not the encoder's. */
	readonly activation?: Activation;
}

const bertHead: HeadNames = {
	dense: "cls.predictions.transform.dense",
	norm: "cls.predictions.transform.LayerNorm",
	decoder: "cls.predictions.decoder.weight",
	bias: "cls.predictions.bias",
};

export const headNames: Readonly<Record<Architecture, HeadNames>> = {
	bert: bertHead,
	"deberta-v2": bertHead, // what transformers calls its legacy head; the newer one computes the same under other names
	roberta: {
		dense: "lm_head.dense",
		norm: "lm_head.layer_norm",
		decoder: "lm_head.decoder.weight",
		bias: "lm_head.bias",
		activation: "gelu", // whatever the encoder has
	},
	distilbert: {
		dense: "vocab_transform",
		norm: "vocab_layer_norm",
		decoder: "vocab_projector.weight",
		bias: "vocab_projector.bias",
	},
	electra: {
		dense: "generator_predictions.dense",
		norm: "generator_predictions.LayerNorm",
		decoder: "generator_lm_head.weight",
		bias: "generator_lm_head.bias",
		activation: "gelu", // whatever the encoder has
	},
	modernbert: { dense: "head.dense", norm: "head.norm", decoder: "decoder.weight", bias: "decoder.bias" },
};

const prefixes: Readonly<Record<Architecture, string>> = {
	bert: "bert",
	roberta: "roberta",
	electra: "electra",
	"deberta-v2": "deberta",
	distilbert: "distilbert",
	modernbert: "model",
};

/** The prefix of the encoder's parameters, such as "bert". */
export function encoderPrefix({ architecture }: { readonly architecture: Architecture }): string {
	return prefixes[architecture];
}

/** The name of the token embedding [vocabulary, embedding], which a tied masked-LM head decodes with. */
export function tokenEmbeddingName({ architecture }: { readonly architecture: Architecture }): string {
	const table = architecture === "modernbert" ? "tok_embeddings" : "word_embeddings";
	return `${prefixes[architecture]}.embeddings.${table}.weight`;
}

/** The path of layer `layer` (from 0) of an encoder, such as "bert.encoder.layer.0". */
export function layerPath({ architecture }: { readonly architecture: Architecture }, layer: number): string {
	const layers = architecture === "modernbert" ? "layers" : layerNames[architecture].layers;
	return `${prefixes[architecture]}.${layers}.${layer}`;
}

/** The name by which an encoder tells an observer of a layer's output. */
export function layerOutputName({ architecture }: { readonly architecture: Architecture }, layer: number): string {
	const path = layerPath({ architecture }, layer);
	return architecture === "modernbert" ? path : `${path}.${layerNames[architecture].norm}`;
}

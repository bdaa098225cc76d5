/**
 * Public checkpoints: their `config.json` with sizes shrunk, and the names and shapes of their tensors as the hub lists
 * them, from the module trees of transformers.
 */

/** Shapes of tensors by their names. */
export type Shapes = Record<string, readonly number[]>;

/** Of scale and shift. */
type NormNames = readonly [string, string];

const [hidden, inner, layers, heads, places] = [16, 24, 2, 2, 64];

const sizes = {
	hidden_size: hidden,
	num_hidden_layers: layers,
	num_attention_heads: heads,
	intermediate_size: inner,
};

const bertLike = {
	attention_probs_dropout_prob: 0.1,
	hidden_act: "gelu",
	hidden_dropout_prob: 0.1,
	initializer_range: 0.02,
	...sizes,
};

const robertaLike = {
	...bertLike,
	architectures: ["RobertaForMaskedLM"],
	bos_token_id: 0,
	eos_token_id: 2,
	layer_norm_eps: 1e-5,
	max_position_embeddings: places + 2,
	model_type: "roberta",
	pad_token_id: 1,
	type_vocab_size: 1,
};

const electraLike = {
	...bertLike,
	embedding_size: 8,
	layer_norm_eps: 1e-12,
	max_position_embeddings: places,
	model_type: "electra",
	summary_activation: "gelu",
	summary_last_dropout: 0.1,
	summary_type: "first",
	summary_use_proj: true,
	type_vocab_size: 2,
};

export const checkpoints = {
	"google-bert/bert-base-uncased": {
		config: {
			architectures: ["BertForMaskedLM"],
			...bertLike,
			gradient_checkpointing: false,
			layer_norm_eps: 1e-12,
			max_position_embeddings: places,
			model_type: "bert",
			pad_token_id: 0,
			position_embedding_type: "absolute",
			transformers_version: "4.6.0.dev0",
			type_vocab_size: 2,
			use_cache: true,
		},
		tokenizer: "vocabTxt",
		// Converted from TensorFlow, with its names of the norms.
		shapes: (rows: number): Shapes => ({
			...bertEncoder("bert.", { rows, types: 2 }, ["gamma", "beta"]),
			"bert.embeddings.position_ids": [1, places],
			...linear("bert.pooler.dense", hidden),
			...linear("cls.predictions.transform.dense", hidden),
			...norm("cls.predictions.transform.LayerNorm", hidden, ["gamma", "beta"]),
			"cls.predictions.bias": [rows],
			...linear("cls.seq_relationship", 2),
		}),
	},
	"FacebookAI/roberta-base": {
		config: robertaLike,
		tokenizer: "vocabJson",
		shapes: (rows: number): Shapes => ({
			...bertEncoder("roberta.", { rows, types: 1, places: places + 2 }),
			"roberta.embeddings.position_ids": [1, places + 2],
			...robertaHead(rows),
		}),
	},
	"microsoft/codebert-base-mlm": {
		config: { ...robertaLike, output_past: true },
		tokenizer: "vocabJson",
		shapes: (rows: number): Shapes => ({
			...bertEncoder("roberta.", { rows, types: 1, places: places + 2 }),
			...linear("roberta.pooler.dense", hidden),
			...robertaHead(rows),
			"lm_head.decoder.weight": [rows, hidden],
			"lm_head.decoder.bias": [rows],
		}),
	},
	"microsoft/graphcodebert-base": {
		config: {
			...robertaLike,
			_name_or_path: "microsoft/graphcodebert-base",
			gradient_checkpointing: false,
			output_past: true,
		},
		tokenizer: "vocabJson",
		shapes: (rows: number): Shapes => ({
			...bertEncoder("roberta.", { rows, types: 1, places: places + 2 }),
			...linear("roberta.pooler.dense", hidden),
			...robertaHead(rows),
		}),
	},
	"microsoft/unixcoder-base": {
		config: {
			...robertaLike,
			architectures: ["RobertaModel"],
			gradient_checkpointing: false,
			output_past: true,
			type_vocab_size: 10,
			position_embedding_type: "absolute",
			use_cache: true,
		},
		tokenizer: "vocabJson",
		// The encoder alone, saved without its prefix.
		shapes: (rows: number): Shapes => ({
			...bertEncoder("", { rows, types: 10, places: places + 2 }),
			...linear("pooler.dense", hidden),
		}),
	},
	"distilbert/distilbert-base-uncased": {
		config: {
			activation: "gelu",
			architectures: ["DistilBertForMaskedLM"],
			attention_dropout: 0.1,
			dim: hidden,
			dropout: 0.1,
			hidden_dim: inner,
			initializer_range: 0.02,
			max_position_embeddings: places,
			model_type: "distilbert",
			n_heads: heads,
			n_layers: layers,
			pad_token_id: 0,
			qa_dropout: 0.1,
			seq_classif_dropout: 0.2,
			sinusoidal_pos_embds: false,
			tie_weights_: true,
			transformers_version: "4.10.0.dev0",
		},
		tokenizer: "vocabTxt",
		shapes: distilBert,
	},
	"google/electra-small-generator": {
		config: { ...electraLike, architectures: ["ElectraForMaskedLM"] },
		tokenizer: "vocabTxt",
		shapes: (rows: number): Shapes => ({
			...electraEncoder(rows),
			...linear("generator_predictions.dense", 8),
			...norm("generator_predictions.LayerNorm", 8),
			"generator_lm_head.weight": [rows, 8],
			"generator_lm_head.bias": [rows],
		}),
	},
	"google/electra-small-discriminator": {
		config: { ...electraLike, architectures: ["ElectraForPreTraining"] },
		tokenizer: "vocabTxt",
		shapes: (rows: number): Shapes => ({
			...electraEncoder(rows),
			...linear("discriminator_predictions.dense", hidden),
			...linear("discriminator_predictions.dense_prediction", 1),
		}),
	},
	"microsoft/deberta-v3-small": {
		config: {
			model_type: "deberta-v2",
			...bertLike,
			max_position_embeddings: places,
			relative_attention: true,
			position_buckets: 8,
			norm_rel_ebd: "layer_norm",
			share_att_key: true,
			pos_att_type: "p2c|c2p",
			layer_norm_eps: 1e-7,
			max_relative_positions: -1,
			position_biased_input: false,
			type_vocab_size: 0,
		},
		tokenizer: "spm",
		// Both heads of its training are there; only that of the discriminator is of this model.
		shapes: (rows: number): Shapes => ({
			...debertaEncoder(rows),
			...linear("lm_predictions.lm_head.dense", hidden),
			...norm("lm_predictions.lm_head.LayerNorm", hidden),
			"lm_predictions.lm_head.bias": [rows],
			...linear("mask_predictions.dense", hidden),
			...norm("mask_predictions.LayerNorm", hidden),
			...linear("mask_predictions.classifier", 1),
		}),
	},
	"answerdotai/ModernBERT-base": {
		config: {
			architectures: ["ModernBertForMaskedLM"],
			attention_bias: false,
			attention_dropout: 0,
			bos_token_id: 0,
			classifier_activation: "gelu",
			classifier_bias: false,
			classifier_dropout: 0,
			classifier_pooling: "mean",
			cls_token_id: 0,
			decoder_bias: true,
			deterministic_flash_attn: false,
			embedding_dropout: 0,
			eos_token_id: 1,
			global_attn_every_n_layers: 3,
			global_rope_theta: 160_000,
			gradient_checkpointing: false,
			hidden_activation: "gelu",
			initializer_cutoff_factor: 2,
			initializer_range: 0.02,
			layer_norm_eps: 1e-5,
			local_attention: 8,
			local_rope_theta: 10_000,
			max_position_embeddings: places,
			mlp_bias: false,
			mlp_dropout: 0,
			model_type: "modernbert",
			norm_bias: false,
			norm_eps: 1e-5,
			...sizes,
			pad_token_id: 3,
			position_embedding_type: "absolute",
			sep_token_id: 1,
			sparse_pred_ignore_index: -100,
			sparse_prediction: false,
			torch_dtype: "float32",
			transformers_version: "4.47.0.dev0",
		},
		tokenizer: "tokenizerJson",
		shapes: modernBert,
	},
} as const;

function linear(path: string, out: number, input = hidden): Shapes {
	return { [`${path}.weight`]: [out, input], [`${path}.bias`]: [out] };
}

function norm(path: string, width: number, [scale, shift]: NormNames = ["weight", "bias"]): Shapes {
	return { [`${path}.${scale}`]: [width], [`${path}.${shift}`]: [width] };
}

function bertEncoder(
	prefix: string,
	table: { rows: number; types: number; places?: number; width?: number },
	names: NormNames = ["weight", "bias"],
): Shapes {
	const width = table.width ?? hidden;
	const shapes: Shapes = {
		[`${prefix}embeddings.word_embeddings.weight`]: [table.rows, width],
		[`${prefix}embeddings.position_embeddings.weight`]: [table.places ?? places, width],
		[`${prefix}embeddings.token_type_embeddings.weight`]: [table.types, width],
		...norm(`${prefix}embeddings.LayerNorm`, width, names),
	};
	for (let layer = 0; layer < layers; layer++) {
		const at = `${prefix}encoder.layer.${layer}`;
		for (const name of ["query", "key", "value"]) Object.assign(shapes, linear(`${at}.attention.self.${name}`, hidden));
		Object.assign(shapes, bertRest(at, names));
	}
	return shapes;
}

function bertRest(at: string, names: NormNames): Shapes {
	return {
		...linear(`${at}.attention.output.dense`, hidden),
		...norm(`${at}.attention.output.LayerNorm`, hidden, names),
		...linear(`${at}.intermediate.dense`, inner),
		...linear(`${at}.output.dense`, hidden, inner),
		...norm(`${at}.output.LayerNorm`, hidden, names),
	};
}

function robertaHead(rows: number): Shapes {
	return {
		...linear("lm_head.dense", hidden),
		...norm("lm_head.layer_norm", hidden),
		"lm_head.bias": [rows],
	};
}

function electraEncoder(rows: number): Shapes {
	return {
		...bertEncoder("electra.", { rows, types: 2, width: 8 }),
		"electra.embeddings.position_ids": [1, places],
		...linear("electra.embeddings_project", hidden, 8),
	};
}

function debertaEncoder(rows: number): Shapes {
	const shapes: Shapes = {
		"deberta.embeddings.word_embeddings.weight": [rows, hidden],
		...norm("deberta.embeddings.LayerNorm", hidden),
		"deberta.encoder.rel_embeddings.weight": [16, hidden],
		...norm("deberta.encoder.LayerNorm", hidden),
	};
	for (let layer = 0; layer < layers; layer++) {
		const at = `deberta.encoder.layer.${layer}`;
		for (const name of ["query_proj", "key_proj", "value_proj"]) {
			Object.assign(shapes, linear(`${at}.attention.self.${name}`, hidden));
		}
		Object.assign(shapes, bertRest(at, ["weight", "bias"]));
	}
	return shapes;
}

function distilBert(rows: number): Shapes {
	const shapes: Shapes = {
		"distilbert.embeddings.word_embeddings.weight": [rows, hidden],
		"distilbert.embeddings.position_embeddings.weight": [places, hidden],
		...norm("distilbert.embeddings.LayerNorm", hidden),
	};
	for (let layer = 0; layer < layers; layer++) {
		const at = `distilbert.transformer.layer.${layer}`;
		for (const name of ["q_lin", "k_lin", "v_lin", "out_lin"]) {
			Object.assign(shapes, linear(`${at}.attention.${name}`, hidden));
		}
		Object.assign(shapes, norm(`${at}.sa_layer_norm`, hidden), norm(`${at}.output_layer_norm`, hidden));
		Object.assign(shapes, linear(`${at}.ffn.lin1`, inner), linear(`${at}.ffn.lin2`, hidden, inner));
	}
	return {
		...shapes,
		...linear("vocab_transform", hidden),
		...norm("vocab_layer_norm", hidden),
		"vocab_projector.weight": [rows, hidden],
		"vocab_projector.bias": [rows],
	};
}

function modernBert(rows: number): Shapes {
	const shapes: Shapes = {
		"model.embeddings.tok_embeddings.weight": [rows, hidden],
		"model.embeddings.norm.weight": [hidden],
	};
	for (let layer = 0; layer < layers; layer++) {
		const at = `model.layers.${layer}`;
		if (layer > 0) shapes[`${at}.attn_norm.weight`] = [hidden];
		shapes[`${at}.attn.Wqkv.weight`] = [3 * hidden, hidden];
		shapes[`${at}.attn.Wo.weight`] = [hidden, hidden];
		shapes[`${at}.mlp_norm.weight`] = [hidden];
		shapes[`${at}.mlp.Wi.weight`] = [2 * inner, hidden];
		shapes[`${at}.mlp.Wo.weight`] = [hidden, inner];
	}
	return {
		...shapes,
		"model.final_norm.weight": [hidden],
		"head.dense.weight": [hidden, hidden],
		"head.norm.weight": [hidden],
		"decoder.bias": [rows],
	};
}

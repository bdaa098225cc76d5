/** The state-dict names of transformers' classes, copied from their module trees for the float64 references. */

const bert = {
	prefix: "bert",
	layers: "encoder.layer",
	self: "attention.self",
	projections: ["attention.self.query", "attention.self.key", "attention.self.value"],
	mixed: "attention.output.dense",
	firstNorm: "attention.output.LayerNorm",
	wide: "intermediate.dense",
	narrow: "output.dense",
	secondNorm: "output.LayerNorm",
	adapters: "output.adapters",
};

export const bertNames = {
	bert,
	roberta: { ...bert, prefix: "roberta" },
	electra: { ...bert, prefix: "electra" },
	"deberta-v2": {
		...bert,
		prefix: "deberta",
		projections: ["attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj"],
	},
	distilbert: {
		prefix: "distilbert",
		layers: "transformer.layer",
		self: "attention",
		projections: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
		mixed: "attention.out_lin",
		firstNorm: "sa_layer_norm",
		wide: "ffn.lin1",
		narrow: "ffn.lin2",
		secondNorm: "output_layer_norm",
		adapters: "output_adapters.adapters",
	},
};

const bertHead = {
	dense: "cls.predictions.transform.dense",
	norm: "cls.predictions.transform.LayerNorm",
	bias: "cls.predictions.bias",
	own: "cls.predictions.decoder.weight",
};

export const headPlaces = {
	bert: { ...bertHead, tied: "bert.embeddings.word_embeddings.weight" },
	"deberta-v2": { ...bertHead, tied: "deberta.embeddings.word_embeddings.weight" },
	roberta: {
		dense: "lm_head.dense",
		norm: "lm_head.layer_norm",
		bias: "lm_head.bias",
		own: "lm_head.decoder.weight",
		tied: "roberta.embeddings.word_embeddings.weight",
	},
	distilbert: {
		dense: "vocab_transform",
		norm: "vocab_layer_norm",
		bias: "vocab_projector.bias",
		own: "vocab_projector.weight",
		tied: "distilbert.embeddings.word_embeddings.weight",
	},
	electra: {
		dense: "generator_predictions.dense",
		norm: "generator_predictions.LayerNorm",
		bias: "generator_lm_head.bias",
		own: "generator_lm_head.weight",
		tied: "electra.embeddings.word_embeddings.weight",
	},
	modernbert: {
		dense: "head.dense",
		norm: "head.norm",
		bias: "decoder.bias",
		own: "decoder.weight",
		tied: "model.embeddings.tok_embeddings.weight",
	},
};

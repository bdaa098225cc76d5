import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { encoderConfigSchema, modelSectionSchema } from "../../../sidecar/model/config.ts";
import { fromHuggingFaceConfig, toHuggingFaceConfig } from "../../../sidecar/model/huggingFace.ts";

const sizes = { layers: 4, hiddenSize: 64, heads: 4, intermediateSize: 128, maxPositions: 128 };
const special = { cls: 2, sep: 3, pad: 1 };

for (const architecture of ["bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert"] as const) {
	test(`A ${architecture} configuration comes back from its config.json`, () => {
		const initializer = { std: 0.02 };
		const config = encoderConfigSchema.parse({
			architecture,
			...sizes,
			initializer,
			vocabularySize: 500,
			paddingId: 1,
		});
		const json = JSON.parse(JSON.stringify(toHuggingFaceConfig(config, special)));
		assert.equal(json["model_type"], architecture);
		assert.deepEqual(fromHuggingFaceConfig(json), config);
	});
}

test("A configuration that transformers has no class for is not passed off as one that it has", () => {
	const config = encoderConfigSchema.parse({
		architecture: "bert",
		...sizes,
		positionEmbedding: "rope",
		feedForward: "geglu",
		vocabularySize: 500,
		paddingId: 1,
	});
	const json = JSON.parse(JSON.stringify(toHuggingFaceConfig(config, special)));
	assert.equal(json["model_type"], "maskwright");
	assert.deepEqual(fromHuggingFaceConfig(json), config);
});

test("The published config.json of ModernBERT-base is read, in its older and its newer form", () => {
	const common = {
		model_type: "modernbert",
		architectures: ["ModernBertForMaskedLM"],
		vocab_size: 50_368,
		hidden_size: 768,
		intermediate_size: 1152,
		num_hidden_layers: 22,
		num_attention_heads: 12,
		max_position_embeddings: 8192,
		hidden_activation: "gelu",
		norm_eps: 1e-5,
		pad_token_id: 50_283,
		local_attention: 128,
		tie_word_embeddings: true,
	};
	const older = fromHuggingFaceConfig({
		...common,
		global_attn_every_n_layers: 3,
		global_rope_theta: 160_000.0,
		local_rope_theta: 10_000.0,
	});
	assert.deepEqual(
		[older.globalRopeTheta, older.localRopeTheta, older.globalAttentionEveryNLayers, older.maxPositions],
		[160_000, 10_000, 3, 8192],
	);
	const newer = fromHuggingFaceConfig({
		...common,
		layer_types: Array.from({ length: 22 }, (_, layer) => (layer % 3 ? "sliding_attention" : "full_attention")),
		global_attn_every_n_layers: 7, // layer_types are the newer word
		rope_parameters: {
			full_attention: { rope_type: "default", rope_theta: 160_000.0 },
			sliding_attention: { rope_type: "default", rope_theta: 10_000.0 },
		},
	});
	assert.deepEqual(newer, older);
	assert.throws(
		() => fromHuggingFaceConfig({ ...common, layer_types: ["sliding_attention", "full_attention"] }),
		(error) => isError(error, "modelInvalid"),
	);
});

test("The published config.json of RoBERTa-base has 512 usable positions", () => {
	const config = fromHuggingFaceConfig({
		model_type: "roberta",
		vocab_size: 50_265,
		hidden_size: 768,
		num_hidden_layers: 12,
		num_attention_heads: 12,
		intermediate_size: 3072,
		hidden_act: "gelu",
		layer_norm_eps: 1e-5,
		max_position_embeddings: 514,
		pad_token_id: 1,
		type_vocab_size: 1,
	});
	assert.equal(config.maxPositions, 512);
});

test("A config.json of something else is refused by name", () => {
	const bert = toHuggingFaceConfig(
		encoderConfigSchema.parse({ architecture: "bert", ...sizes, vocabularySize: 500, paddingId: 1 }),
		special,
	);
	const refused = [
		{ model_type: "gpt2" },
		{ ...bert, position_embedding_type: "relative_key" },
		{ ...bert, quantization_config: { quant_method: "bitsandbytes" } },
		{ ...bert, is_decoder: true },
		{ ...bert, auto_map: { AutoModel: "modeling.MyBert" } },
		{ ...bert, pruned_heads: { 0: [1] } },
		[bert],
		null,
		{ ...bert, hidden_act: "mish" },
		{ ...bert, num_attention_heads: 5 },
		"not an object",
	];
	for (const json of refused) {
		assert.throws(
			() => fromHuggingFaceConfig(json),
			(error) => isError(error, "modelInvalid"),
		);
	}
});

test("A model section rejects unknown keys, wrong types and heads that do not divide", () => {
	const valid = { architecture: "modernbert", ...sizes };
	assert.equal(modelSectionSchema.safeParse(valid).success, true);
	assert.equal(modelSectionSchema.safeParse({ ...valid, dropout: 0.1 }).success, false);
	assert.equal(modelSectionSchema.safeParse({ ...valid, layers: "4" }).success, false);
	assert.equal(modelSectionSchema.safeParse({ ...valid, architecture: "gpt" }).success, false);
	const whole = { ...valid, vocabularySize: 500, paddingId: 1 };
	assert.equal(encoderConfigSchema.safeParse({ ...whole, heads: 3 }).success, false);
	assert.equal(encoderConfigSchema.safeParse({ ...whole, hiddenSize: 20 }).success, false); // heads of 5 units
});

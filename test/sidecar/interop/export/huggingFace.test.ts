import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../../sidecar/base/errors.ts";
import { exportModel } from "../../../../sidecar/interop/export/exportModel.ts";
import { encoderConfigSchema } from "../../../../sidecar/model/config.ts";
import { fromHuggingFaceConfig, toHuggingFaceConfig } from "../../../../sidecar/model/huggingFace.ts";
import { initialParameters, parameterSpecs } from "../../../../sidecar/model/parameters.ts";
import { poolingSpecs } from "../../../../sidecar/model/pooling.ts";
import { type ModelAbout, saveModel } from "../../../../sidecar/store/modelFolder.ts";
import { decodeSafetensors } from "../../../../sidecar/store/safetensors.ts";
import { trainByteLevelBpe } from "../../../../sidecar/tokenizer/trainer.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

const tokenizer = trainByteLevelBpe(["def load(path):\n    return path\n"], { vocabularySize: 270, minFrequency: 1 });

function writeModel(folder: string, change: Record<string, unknown>, about: ModelAbout): void {
	const config = encoderConfigSchema.parse({
		architecture: "modernbert",
		layers: 2,
		hiddenSize: 16,
		heads: 2,
		intermediateSize: 24,
		maxPositions: 48,
		vocabularySize: tokenizer.vocabularySize,
		paddingId: tokenizer.special.pad,
		...change,
	});
	const specs = [...parameterSpecs(config), ...poolingSpecs("weighted", config)];
	const weights = initialParameters(specs, 1);
	saveModel(folder, {
		config: toHuggingFaceConfig(config, tokenizer.special),
		tensors: new Map(specs.map(({ name, shape }) => [name, { data: weights.get(name)!, shape }])),
		tokenizer: tokenizer.toJSON(),
		card: "---\nlibrary_name: old\n---\n# Mine\n\nTrained on things.\n",
		about,
	});
}

const completion: ModelAbout = { roles: ["completion"], scores: null };
const json = (folder: string, name: string): Record<string, unknown> =>
	JSON.parse(readFileSync(join(folder, name), "utf8")) as Record<string, unknown>;
const tensorNames = (folder: string): string[] =>
	[...decodeSafetensors(readFileSync(join(folder, "model.safetensors")), "model.safetensors").keys()].sort();

/** The state dict of ModernBertForMaskedLM of two layers but for `decoder.weight`, which it ties to the embedding. */
const modernBertNames = [
	"decoder.bias",
	"head.dense.weight",
	"head.norm.weight",
	"model.embeddings.norm.weight",
	"model.embeddings.tok_embeddings.weight",
	"model.final_norm.weight",
	"model.layers.0.attn.Wo.weight",
	"model.layers.0.attn.Wqkv.weight",
	"model.layers.0.mlp.Wi.weight",
	"model.layers.0.mlp.Wo.weight",
	"model.layers.0.mlp_norm.weight",
	"model.layers.1.attn.Wo.weight",
	"model.layers.1.attn.Wqkv.weight",
	"model.layers.1.attn_norm.weight",
	"model.layers.1.mlp.Wi.weight",
	"model.layers.1.mlp.Wo.weight",
	"model.layers.1.mlp_norm.weight",
];

test("a ModernBERT is written as transformers names it, for its old releases and its new", async (context) => {
	const folder = temporaryFolder(context);
	const [model, out] = [join(folder, "model"), join(folder, "out")];
	writeModel(model, { globalAttentionEveryNLayers: 2, localAttention: 10 }, completion);
	const report = await exportModel({ path: model, format: "huggingface", folder: out });
	assert.deepEqual(report.files.map(({ path }) => path).sort(), readdirSync(out).sort());
	assert.deepEqual(readdirSync(out).sort(), [
		"README.md",
		"config.json",
		"model.safetensors",
		"special_tokens_map.json",
		"tokenizer.json",
		"tokenizer_config.json",
	]);
	assert.deepEqual(tensorNames(out), modernBertNames);
	const config = json(out, "config.json");
	assert.deepEqual(
		[config["model_type"], config["architectures"], config["tie_word_embeddings"], config["norm_eps"]],
		["modernbert", ["ModernBertForMaskedLM"], true, 1e-5],
	);
	assert.deepEqual([config["global_attn_every_n_layers"], config["local_attention"]], [2, 10]);
	assert.deepEqual(config["layer_types"], ["full_attention", "sliding_attention"]);
	assert.deepEqual(config["rope_parameters"], {
		full_attention: { rope_type: "default", rope_theta: config["global_rope_theta"] },
		sliding_attention: { rope_type: "default", rope_theta: config["local_rope_theta"] },
	});
	const tokens = json(out, "tokenizer_config.json");
	assert.deepEqual(
		[tokens["tokenizer_class"], tokens["model_max_length"], tokens["mask_token"], tokens["model_input_names"]],
		["PreTrainedTokenizerFast", 48, "<mask>", ["input_ids", "attention_mask"]],
	);
	assert.equal((tokens["added_tokens_decoder"] as Record<string, { content: string }>)["4"]!.content, "<mask>");
	assert.equal(json(out, "special_tokens_map.json")["pad_token"], "<pad>");
	const card = readFileSync(join(out, "README.md"), "utf8");
	assert.match(card, /^---\nlibrary_name: transformers\npipeline_tag: fill-mask\ntags: \[[^\]]+\]\n---\n# Mine\n/);
	assert.doesNotMatch(card, /library_name: old/);
	// What was written is a model of ours too, the same one.
	assert.deepEqual(fromHuggingFaceConfig(config), fromHuggingFaceConfig(json(model, "config.json")));
});

const classes = {
	bert: ["BertForMaskedLM", "cls.predictions.bias", "cls.predictions.decoder.bias"],
	roberta: ["RobertaForMaskedLM", "lm_head.bias", "lm_head.decoder.bias"],
} as const;

for (const [architecture, [className, bias, tied]] of Object.entries(classes)) {
	test(`a ${architecture} is written without what ${className} ties`, async (context) => {
		const folder = temporaryFolder(context);
		writeModel(join(folder, "model"), { architecture }, completion);
		const out = join(folder, "out");
		await exportModel({ path: join(folder, "model"), format: "huggingface", folder: out });
		const names = tensorNames(out);
		assert.ok(names.includes(bias) && !names.includes(tied) && !names.some((name) => name.includes("decoder.weight")));
		assert.deepEqual(json(out, "config.json")["architectures"], [className]);
		assert.equal(json(out, "config.json")["max_position_embeddings"], architecture === "bert" ? 48 : 50);
	});
}

test("a model for search becomes a sentence transformer where that makes the same vectors", async (context) => {
	const folder = temporaryFolder(context);
	const model = join(folder, "model");
	writeModel(model, {}, { roles: ["search"], scores: null, embedding: { codeTokens: 40, queryTokens: 16 } });
	const out = join(folder, "out");
	const { notes } = await exportModel({ path: model, format: "huggingface", folder: out });
	assert.deepEqual(notes, []);
	assert.deepEqual(
		(JSON.parse(readFileSync(join(out, "modules.json"), "utf8")) as { type: string }[]).map(({ type }) => type),
		["Transformer", "Pooling", "Normalize"].map((name) => `sentence_transformers.models.${name}`),
	);
	assert.deepEqual(json(join(out, "1_Pooling"), "config.json")["pooling_mode_mean_tokens"], true);
	assert.equal(json(out, "sentence_bert_config.json")["max_seq_length"], 40);
	// Its head was not trained to predict: it stays here, and the class is the encoder's.
	assert.deepEqual(json(out, "config.json")["architectures"], ["ModernBertModel"]);
	assert.ok(tensorNames(out).every((name) => name.startsWith("model.")));
});

test("vectors that sentence-transformers can't make are told of", async (context) => {
	const folder = temporaryFolder(context);
	const embeddings = { words: { text: "words" }, weighs: { pooling: "weighted" }, again: { repeatDamping: 1 } };
	for (const [word, embedding] of Object.entries(embeddings)) {
		const model = join(folder, `model ${word}`);
		writeModel(model, {}, { roles: ["search"], scores: null, embedding });
		const out = join(folder, word);
		const { notes } = await exportModel({ path: model, format: "huggingface", folder: out });
		assert.match(notes.join(), new RegExp(`can't be made by sentence-transformers, because it .*${word}`));
		assert.equal(existsSync(join(out, "modules.json")), false);
		assert.ok(readFileSync(join(out, "README.md"), "utf8").includes(notes[0]!));
		assert.ok(!tensorNames(out).includes("pooling.query.weight"));
	}
});

test("a model that no class of transformers computes is refused with the reason; its graph is exported all the same", async (context) => {
	const folder = temporaryFolder(context);
	const changes = {
		"it has no layers": { layers: 0 },
		"no bert with rope positions": { architecture: "bert", positionEmbedding: "rope" },
		"no modernbert with absolute positions": { positionEmbedding: "absolute" },
	};
	for (const [reason, change] of Object.entries(changes)) {
		const model = join(folder, reason);
		writeModel(model, change, completion);
		await assert.rejects(
			exportModel({ path: model, format: "huggingface", folder: join(folder, "out") }),
			(error) =>
				isError(error, "modelInvalid") && error.message.includes(reason) && error.message.includes("--format onnx"),
		);
		const { files } = await exportModel({ path: model, format: "onnx", folder: join(folder, `${reason}.onnx`) });
		assert.ok(files.some(({ path }) => path === "onnx/model.onnx"));
		assert.notEqual(json(join(folder, `${reason}.onnx`), "config.json")["model_type"], "maskwright");
	}
	assert.equal(existsSync(join(folder, "out")), false);
});

test("nothing is written beside what stands there, and a failure leaves nothing", async (context) => {
	const folder = temporaryFolder(context);
	const model = join(folder, "model");
	writeModel(model, {}, completion);
	const full = join(folder, "full");
	mkdirSync(full);
	writeFileSync(join(full, "mine.txt"), "mine");
	const before = readdirSync(folder);
	const name = async (path: string, out: string): Promise<string> => {
		const failed = await exportModel({ path, format: "huggingface", folder: out }).catch((error: unknown) => error);
		return isError(failed) ? failed.name : String(failed);
	};
	assert.equal(await name(model, full), "usage");
	assert.equal(await name(model, join(full, "mine.txt")), "usage");
	assert.equal(await name(model, join(full, "mine.txt", "below")), "storage");
	assert.equal(await name(join(folder, "none"), join(folder, "out")), "notFound");
	writeFileSync(join(model, "model.safetensors"), "no tensors");
	assert.equal(await name(model, join(folder, "out")), "modelInvalid");
	assert.deepEqual(readdirSync(folder), before);
	assert.deepEqual(readdirSync(full), ["mine.txt"]);
});

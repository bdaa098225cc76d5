import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ErrorName, isError } from "../../../sidecar/base/errors.ts";
import { openEmbedder } from "../../../sidecar/inference/embedder.ts";
import { importModel } from "../../../sidecar/interop/importModel.ts";
import { fromHuggingFaceConfig } from "../../../sidecar/model/huggingFace.ts";
import { loadModel } from "../../../sidecar/store/modelFolder.ts";
import type { HostTensor } from "../../../sidecar/store/safetensors.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import { callCli } from "../../support/callCli.ts";
import { closeTo } from "../../support/closeTo.ts";
import { type CheckpointName, type FolderChange, writeHuggingFaceFolder } from "../../support/huggingFaceFolder.ts";
import { referenceRow } from "../../support/inspectedModel.ts";
import { referenceHidden } from "../../support/referenceEncoder.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { useUserFolder } from "../../support/userFolder.ts";

type Tensors = Map<string, HostTensor>;

const bert = "google-bert/bert-base-uncased";
const roberta = "FacebookAI/roberta-base";
const deberta = "microsoft/deberta-v3-small";
const electra = "google/electra-small-discriminator";
const modernBert = "answerdotai/ModernBERT-base";

const added =
	(name: string, shape: number[]) =>
	(tensors: Tensors): void => {
		tensors.set(name, { data: new Float32Array(shape.reduce((product, side) => product * side, 1)), shape });
	};

/** What is wrong, in which checkpoint, and what the sentence says of it. */
const refusals: readonly [what: string, CheckpointName, FolderChange, ErrorName, RegExp][] = [
	["no config.json", bert, { files: { "config.json": null } }, "notFound", /no config\.json/],
	["an adapter", bert, { files: { "config.json": null, "adapter_config.json": "{}" } }, "notFound", /merge it into/],
	["a config.json that is no object", bert, { files: { "config.json": "[1]" } }, "modelInvalid", /not a JSON object/],
	["a config.json that is cut", bert, { files: { "config.json": '{"model_type": "be' } }, "modelInvalid", /not JSON/],
	["no model_type", bert, { config: { model_type: undefined } }, "modelInvalid", /no "model_type"/],
	["another architecture", bert, { config: { model_type: "gpt2" } }, "modelInvalid", /"gpt2".*computes BERT, RoBERTa/],
	["DeBERTa of the first version", deberta, { config: { model_type: "deberta" } }, "modelInvalid", /"deberta"/],
	["another activation", bert, { config: { hidden_act: "quick_gelu" } }, "modelInvalid", /activation/],
	[
		"relative positions in BERT",
		bert,
		{ config: { position_embedding_type: "relative_key" } },
		"modelInvalid",
		/not absolute/,
	],
	["quantized weights", roberta, { config: { quantization_config: { bits: 4 } } }, "modelInvalid", /full precision/],
	["a decoder", roberta, { config: { is_decoder: true } }, "modelInvalid", /left to right/],
	["cross attention", bert, { config: { add_cross_attention: true } }, "modelInvalid", /another model's output/],
	["code of its own", bert, { config: { auto_map: { AutoModel: "a.B" } } }, "modelInvalid", /program of its own/],
	["pruned heads", bert, { config: { pruned_heads: { 1: [0] } } }, "modelInvalid", /pruned/],
	["a convolution", deberta, { config: { conv_kernel_size: 3 } }, "modelInvalid", /convolution/],
	["terms of position to position", deberta, { config: { pos_att_type: "c2p|p2p" } }, "modelInvalid", /terms/],
	["no relative positions in DeBERTa", deberta, { config: { relative_attention: false } }, "modelInvalid", /relative/],
	["biases in ModernBERT", modernBert, { config: { attention_bias: true } }, "modelInvalid", /biases/],
	["another activation of the head", modernBert, { config: { classifier_activation: "silu" } }, "modelInvalid", /head/],
	[
		"global layers in no order",
		modernBert,
		{ config: { layer_types: ["sliding_attention", "full_attention"] } },
		"modelInvalid",
		/evenly/,
	],
	["heads that do not divide", bert, { config: { num_attention_heads: 3 } }, "modelInvalid", /heads must divide/],
	["a size that is no number", bert, { config: { hidden_size: "16" } }, "modelInvalid", /hidden_size/],
	["more layers than weights", bert, { config: { num_hidden_layers: 3 } }, "modelInvalid", /layer\.2.*is missing/],
	[
		"fewer layers than weights",
		bert,
		{ config: { num_hidden_layers: 1 } },
		"modelInvalid",
		/layer\.1.*belongs to no part/,
	],
	["wider layers than weights", bert, { config: { intermediate_size: 25 } }, "modelInvalid", /\[24, 16\].*\[25, 16\]/],
	[
		"a larger vocabulary than the weights",
		bert,
		{ config: { vocab_size: 500 } },
		"modelInvalid",
		/token embedding has \d+ rows.*500/,
	],
	[
		"a smaller vocabulary than the tokenizer",
		bert,
		{ config: { vocab_size: 20 } },
		"modelInvalid",
		/tokenizer has \d+ tokens.*rows for 20/,
	],
	[
		"another padding token than the tokenizer",
		roberta,
		{ config: { pad_token_id: 0 } },
		"modelInvalid",
		/padding token is 0.*1 by the tokenizer/,
	],
	["no tokenizer", bert, { files: { "vocab.txt": null } }, "tokenizerInvalid", /tokenizer\.json, vocab\.txt/],
	["a tokenizer.json that is cut", modernBert, { files: { "tokenizer.json": '{"model"' } }, "tokenizerInvalid", /./],
	["a vocabulary without merges", roberta, { files: { "merges.txt": null } }, "tokenizerInvalid", /merges\.txt/],
	[
		"an adapter's tensors",
		bert,
		{ tensors: added("bert.encoder.layer.0.attention.self.query.lora_A.weight", [2, 16]) },
		"modelInvalid",
		/lora_A.*adapters merged/,
	],
	[
		"weights as a norm and a direction",
		bert,
		{ tensors: added("bert.encoder.layer.0.output.dense.weight_g", [16, 1]) },
		"modelInvalid",
		/weight_g/,
	],
	[
		"embeddings of distances in BERT",
		bert,
		{ tensors: added("bert.encoder.layer.0.attention.self.distance_embedding.weight", [127, 8]) },
		"modelInvalid",
		/distance_embedding/,
	],
	[
		"a missing tensor",
		roberta,
		{ tensors: (tensors) => void tensors.delete("roberta.encoder.layer.1.output.dense.bias") },
		"modelInvalid",
		/output\.dense\.bias is missing/,
	],
	[
		"half a detector",
		electra,
		{ tensors: (tensors) => void tensors.delete("discriminator_predictions.dense_prediction.bias") },
		"modelInvalid",
		/dense_prediction\.bias is missing, and others of its detector are there/,
	],
	[
		"a detector of two classes",
		electra,
		{ tensors: added("discriminator_predictions.dense_prediction.weight", [2, 16]) },
		"modelInvalid",
		/dense_prediction\.weight has the shape \[2, 16\].*\[1, 16\]/,
	],
	[
		"a detector that is no number",
		electra,
		{
			tensors: (tensors) => {
				(tensors.get("discriminator_predictions.dense.weight")!.data as Float32Array)[3] = Number.POSITIVE_INFINITY;
			},
		},
		"modelInvalid",
		/discriminator_predictions\.dense\.weight holds values that are no numbers/,
	],
	[
		"a value that is no number",
		bert,
		{
			tensors: (tensors) => {
				(tensors.get("bert.encoder.layer.0.output.dense.bias")!.data as Float32Array)[3] = Number.NaN;
			},
		},
		"modelInvalid",
		/no numbers/,
	],
];

for (const [what, name, change, error, sentence] of refusals) {
	test(`refused with a reason: ${what}`, async (context) => {
		const home = temporaryFolder(context);
		const folder = join(home, "source");
		writeHuggingFaceFolder(folder, name, change);
		await assert.rejects(importModel({ folder, home }), (thrown) => {
			assert.ok(isError(thrown, error), String(thrown));
			assert.match(thrown.message, sentence);
			return true;
		});
		assert.deepEqual(readdirSync(home), ["source"], "nothing of it is kept");
	});
}

test("weights that are cut, exchanged for a pickle or a link are refused, and so is a folder that is not there", async (context) => {
	const home = temporaryFolder(context);
	const folder = join(home, "source");
	const refused = async (error: ErrorName, sentence: RegExp): Promise<void> => {
		await assert.rejects(
			importModel({ folder, home }),
			(thrown) => isError(thrown, error) && sentence.test(thrown.message),
		);
	};
	await refused("notFound", /does not exist/);
	writeHuggingFaceFolder(folder, bert);
	const weights = join(folder, "model.safetensors");
	truncateSync(weights, 5000);
	await refused("modelInvalid", /shorter/);
	writeFileSync(weights, Buffer.from("\u0080\u0002}q\u0000.", "latin1"));
	await refused("modelInvalid", /pickle/);
	rmSync(folder, { recursive: true });
	writeHuggingFaceFolder(folder, bert, { files: { "config.json": null } });
	writeFileSync(join(home, "elsewhere.json"), "{}");
	symlinkSync(join(home, "elsewhere.json"), join(folder, "config.json"));
	await refused("modelInvalid", /symbolic link/);
	mkdirSync(join(home, "empty"));
	await assert.rejects(importModel({ folder: join(home, "empty"), home }), /no config\.json/);
});

test("a name is the folder's or the one given, and none is taken twice", async (context) => {
	const home = temporaryFolder(context);
	const folder = join(home, "My model (copy)");
	writeHuggingFaceFolder(folder, bert);
	assert.equal((await importModel({ folder, home })).name, "My-model-copy-");
	assert.equal((await importModel({ folder, home, name: "mine" })).name, "mine");
	const snapshot = join(
		home,
		"models--google-bert--bert-base-uncased",
		"snapshots",
		"86b5e0934494bd15c9632b12f734a8a67f723594",
	);
	writeHuggingFaceFolder(snapshot, bert);
	assert.equal((await importModel({ folder: snapshot, home })).name, "bert-base-uncased");
	for (const name of ["mine", "../out", "", "a/b", ".hidden", "model"]) {
		await assert.rejects(importModel({ folder, home, name }), (error) => isError(error, "usage"), name);
	}
	const stopped = AbortSignal.abort();
	await assert.rejects(importModel({ folder, home, name: "late", signal: stopped }), (error) =>
		isError(error, "interrupted"),
	);
	assert.deepEqual(readdirSync(join(home, "models")).sort(), ["My-model-copy-", "bert-base-uncased", "mine"]);
});

test("a head that was never trained or is incomplete is left out, and a decoder of its own is kept", async (context) => {
	const home = temporaryFolder(context);
	const take = async (name: CheckpointName, as: string, change: FolderChange) => {
		const folder = join(home, as);
		writeHuggingFaceFolder(folder, name, change);
		const report = await importModel({ folder, home });
		return { ...report, stored: loadModel(report.path) };
	};
	const fresh = await take(roberta, "fresh", {
		tensors: (tensors) => {
			tensors.get("lm_head.layer_norm.weight")!.data.fill(1 as never);
			tensors.get("lm_head.bias")!.data.fill(0 as never);
		},
	});
	assert.match(fresh.notes.join(" "), /never trained/);
	const partial = await take(roberta, "partial", { tensors: (tensors) => void tensors.delete("lm_head.dense.bias") });
	assert.match(partial.notes.join(" "), /incomplete \(lm_head\.dense\.bias missing\)/);
	for (const { roles, maskedLmHead, stored } of [fresh, partial]) {
		assert.deepEqual([roles, maskedLmHead], [["search"], false]);
		assert.deepEqual(
			[...stored.tensors.keys()].filter((key) => key.startsWith("lm_head")),
			[],
		);
		assert.deepEqual((stored.config as { architectures: unknown }).architectures, ["RobertaModel"]);
	}

	const untied = await take("microsoft/codebert-base-mlm", "untied", { config: { tie_word_embeddings: false } });
	assert.equal(untied.maskedLmHead, true);
	assert.ok(untied.stored.tensors.has("lm_head.decoder.weight"));
	assert.equal((untied.stored.config as { tie_word_embeddings: unknown }).tie_word_embeddings, false);

	const biasless = await take(modernBert, "biasless", { tensors: (tensors) => void tensors.delete("decoder.bias") });
	assert.equal(biasless.maskedLmHead, true);
	assert.ok((biasless.stored.tensors.get("decoder.bias")!.data as Float32Array).every((value) => value === 0));

	const newer = await take(deberta, "newer", {
		tensors: (tensors) => {
			for (const key of [...tensors.keys()]) if (key.startsWith("mask_predictions.")) tensors.delete(key);
		},
	});
	assert.equal(newer.maskedLmHead, true);
	assert.ok(newer.stored.tensors.has("cls.predictions.transform.dense.weight"));
});

test("a folder of sentence-transformers says how its vectors are made, or why they are not made here", async (context) => {
	const home = temporaryFolder(context);
	const modules = (...kinds: string[]): string =>
		JSON.stringify(
			kinds.map((kind, idx) => ({
				idx,
				name: `${idx}`,
				path: idx === 0 ? "" : `${idx}_${kind}`,
				type: `sentence_transformers.models.${kind}`,
			})),
		);
	const pooling = (mode: string): string =>
		JSON.stringify({
			word_embedding_dimension: 16,
			pooling_mode_cls_token: false,
			pooling_mode_mean_tokens: false,
			pooling_mode_max_tokens: false,
			[mode]: true,
		});
	const take = (as: string, files: Record<string, string>) => {
		const folder = join(home, as);
		writeHuggingFaceFolder(folder, "microsoft/unixcoder-base", { files });
		return importModel({ folder, home });
	};
	const first = await take("first", {
		"modules.json": modules("Transformer", "Pooling", "Normalize"),
		"1_Pooling/config.json": pooling("pooling_mode_cls_token"),
		"sentence_bert_config.json": JSON.stringify({ max_seq_length: 32, do_lower_case: false }),
	});
	assert.deepEqual(loadModel(first.path).about?.["embedding"], { pooling: "first", queryTokens: 32, codeTokens: 32 });
	const { config: file, tensors, tokenizer: json } = loadModel(first.path);
	const config = fromHuggingFaceConfig(file);
	const tokenizer = loadTokenizer(json);
	const { cls, sep } = tokenizer.special;
	const text = "def total(left):";
	const row = referenceRow(Int32Array.of(cls, ...tokenizer.encode(text).ids, sep));
	const weights = new Map([...tensors].map(([name, { data }]) => [name, Float64Array.from(data as Float32Array)]));
	const hidden = referenceHidden(config, weights, row).subarray(0, config.hiddenSize);
	const embedder = await openEmbedder(first.path, { executionProvider: "cpu", threads: 1 });
	const vector = await embedder.embed("code", [text, "return right + left"]);
	await embedder.release();
	closeTo(
		vector.subarray(0, config.hiddenSize),
		hidden.map((unit) => unit / Math.hypot(...hidden)),
		1e-4,
	);
	const refused = [
		take("dense", {
			"modules.json": modules("Transformer", "Pooling", "Dense"),
			"1_Pooling/config.json": pooling("pooling_mode_mean_tokens"),
		}),
		take("largest", {
			"modules.json": modules("Transformer", "Pooling"),
			"1_Pooling/config.json": pooling("pooling_mode_max_tokens"),
		}),
	];
	for (const [index, sentence] of [/"Dense"/, /max_tokens/].entries()) {
		await assert.rejects(refused[index]!, (error) => isError(error, "modelInvalid") && sentence.test(error.message));
	}
});

test("the command says what it took in, as lines and as JSON, and exits 1 with a sentence where it refuses", async (context) => {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	const folder = join(home, "source");
	writeHuggingFaceFolder(folder, bert);
	const lines = await callCli(["import", folder, "--name", "mine"]);
	assert.deepEqual([lines.exitCode, lines.stderr], [0, ""]);
	assert.match(
		lines.stdout,
		/bert, [\d,]+ parameters.*\n.*wordpiece, \d+ tokens, mask token \[MASK\]\n.*64 tokens.*\n.*trained\n.*completion, search/,
	);
	const json = await callCli(["import", folder, "--json"]);
	assert.equal(JSON.parse(json.stdout).name, "source");
	const again = await callCli(["import", folder, "--json"]);
	assert.deepEqual([again.exitCode, again.stdout], [2, ""]);
	assert.match(again.stderr, /There is a model source already/);
	writeHuggingFaceFolder(folder, bert, { config: { model_type: "llama" } });
	const llama = await callCli(["import", folder, "--name", "llama"]);
	assert.deepEqual([llama.exitCode, llama.stdout], [1, ""]);
	assert.match(llama.stderr, /"llama"/);
	assert.doesNotMatch(llama.stderr, /\n\s+at /);
});

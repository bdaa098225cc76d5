import assert from "node:assert/strict";
import { test } from "node:test";
import { encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../../../sidecar/model/parameters.ts";

const tiny = {
	layers: 2,
	hiddenSize: 8,
	heads: 2,
	intermediateSize: 12,
	vocabularySize: 20,
	maxPositions: 16,
	paddingId: 1,
};

test("BERT's parameters are those of BertForMaskedLM, by name and shape", () => {
	const layer = (n: number) => {
		const at = `bert.encoder.layer.${n}`;
		return [
			...["query", "key", "value"].flatMap((name) => [
				`${at}.attention.self.${name}.weight [8,8]`,
				`${at}.attention.self.${name}.bias [8]`,
			]),
			`${at}.attention.output.dense.weight [8,8]`,
			`${at}.attention.output.dense.bias [8]`,
			`${at}.attention.output.LayerNorm.weight [8]`,
			`${at}.attention.output.LayerNorm.bias [8]`,
			`${at}.intermediate.dense.weight [12,8]`,
			`${at}.intermediate.dense.bias [12]`,
			`${at}.output.dense.weight [8,12]`,
			`${at}.output.dense.bias [8]`,
			`${at}.output.LayerNorm.weight [8]`,
			`${at}.output.LayerNorm.bias [8]`,
		];
	};
	assert.deepEqual(namesOf({ architecture: "bert", ...tiny }), [
		"bert.embeddings.word_embeddings.weight [20,8]",
		"bert.embeddings.position_embeddings.weight [16,8]",
		"bert.embeddings.token_type_embeddings.weight [2,8]",
		"bert.embeddings.LayerNorm.weight [8]",
		"bert.embeddings.LayerNorm.bias [8]",
		...layer(0),
		...layer(1),
		"cls.predictions.transform.dense.weight [8,8]",
		"cls.predictions.transform.dense.bias [8]",
		"cls.predictions.transform.LayerNorm.weight [8]",
		"cls.predictions.transform.LayerNorm.bias [8]",
		"cls.predictions.bias [20]",
	]);
});

test("RoBERTa's head and its shifted positions have RobertaForMaskedLM's names and shapes", () => {
	const names = namesOf({ architecture: "roberta", ...tiny });
	assert.equal(names[1], "roberta.embeddings.position_embeddings.weight [18,8]");
	assert.equal(names[2], "roberta.embeddings.token_type_embeddings.weight [1,8]");
	assert.deepEqual(names.slice(-5), [
		"lm_head.dense.weight [8,8]",
		"lm_head.dense.bias [8]",
		"lm_head.layer_norm.weight [8]",
		"lm_head.layer_norm.bias [8]",
		"lm_head.bias [20]",
	]);
});

test("ModernBERT's parameters are those of ModernBertForMaskedLM, by name and shape", () => {
	assert.deepEqual(namesOf({ architecture: "modernbert", ...tiny }), [
		"model.embeddings.tok_embeddings.weight [20,8]",
		"model.embeddings.norm.weight [8]",
		"model.layers.0.attn.Wqkv.weight [24,8]",
		"model.layers.0.attn.Wo.weight [8,8]",
		"model.layers.0.mlp_norm.weight [8]",
		"model.layers.0.mlp.Wi.weight [24,8]",
		"model.layers.0.mlp.Wo.weight [8,12]",
		"model.layers.1.attn_norm.weight [8]",
		"model.layers.1.attn.Wqkv.weight [24,8]",
		"model.layers.1.attn.Wo.weight [8,8]",
		"model.layers.1.mlp_norm.weight [8]",
		"model.layers.1.mlp.Wi.weight [24,8]",
		"model.layers.1.mlp.Wo.weight [8,12]",
		"model.final_norm.weight [8]",
		"head.dense.weight [8,8]",
		"head.norm.weight [8]",
		"decoder.bias [20]",
	]);
});

test("The published base models have the published number of parameters", () => {
	const base = { layers: 12, hiddenSize: 768, heads: 12, intermediateSize: 3072 };
	const count = (config: object) =>
		specsOf(config).reduce((sum, spec) => sum + spec.shape.reduce((size, side) => size * side, 1), 0);
	const bert = { ...base, architecture: "bert", vocabularySize: 30_522, maxPositions: 512, paddingId: 0 };
	const roberta = { ...base, architecture: "roberta", vocabularySize: 50_265, maxPositions: 512, paddingId: 1 };
	const modernbert = {
		...base,
		architecture: "modernbert",
		layers: 22,
		intermediateSize: 1152,
		vocabularySize: 50_368,
		maxPositions: 8192,
		paddingId: 50_283,
	};
	assert.deepEqual([count(bert), count(roberta), count(modernbert)], [109_514_298, 124_697_433, 149_655_232]);
});

test("Decay is for matrices, Muon for hidden ones, and fused projections count their blocks", () => {
	const specs = specsOf({ architecture: "modernbert", ...tiny });
	const traits = new Map(specs.map((spec) => [spec.name, [spec.decay, spec.matrix, spec.blocks]]));
	assert.deepEqual(traits.get("model.embeddings.tok_embeddings.weight"), [true, false, 1]);
	assert.deepEqual(traits.get("model.layers.0.attn.Wqkv.weight"), [true, true, 3]);
	assert.deepEqual(traits.get("model.layers.0.mlp.Wi.weight"), [true, true, 2]);
	assert.deepEqual(traits.get("head.dense.weight"), [true, true, 1]);
	assert.deepEqual(traits.get("model.final_norm.weight"), [false, false, 1]);
	assert.deepEqual(traits.get("decoder.bias"), [false, false, 1]);
});

test("Fan-in initialisation has deviation 1/sqrt(fan_in), divided by sqrt(2 layers) into the residual stream", () => {
	const config = encoderConfigSchema.parse({
		...tiny,
		architecture: "modernbert",
		hiddenSize: 64,
		intermediateSize: 100,
		vocabularySize: 400,
	});
	const values = initialParameters(parameterSpecs(config), 1);
	const deviation = (name: string) => {
		const data = values.get(name)!;
		return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
	};
	const near = (name: string, expected: number) => {
		assert.ok(Math.abs(deviation(name) / expected - 1) < 0.05, `${name} has deviation ${deviation(name)}`);
	};
	near("model.layers.1.attn.Wqkv.weight", 1 / 8);
	near("model.layers.1.mlp.Wi.weight", 1 / 8);
	near("model.layers.1.attn.Wo.weight", 1 / 16);
	near("model.layers.1.mlp.Wo.weight", 1 / 20);
	near("model.embeddings.tok_embeddings.weight", 0.02);
	assert.deepEqual(values.get("model.final_norm.weight"), new Float32Array(64).fill(1));
	assert.deepEqual(values.get("decoder.bias"), new Float32Array(400));
});

test("A seed gives the same start every time, another seed another, and no two tensors share one", () => {
	const config = encoderConfigSchema.parse({ architecture: "bert", ...tiny });
	assert.deepEqual(initialParameters(parameterSpecs(config), 1), initialParameters(parameterSpecs(config), 1));
	const firsts = [1, 2].flatMap((seed) =>
		["query", "key", "value"].map(
			(name) =>
				initialParameters(parameterSpecs(config), seed).get(`bert.encoder.layer.0.attention.self.${name}.weight`)![0],
		),
	);
	assert.equal(new Set(firsts).size, 6);
});

function specsOf(config: object) {
	return parameterSpecs(encoderConfigSchema.parse(config));
}

function namesOf(config: object): string[] {
	return specsOf(config).map((spec) => `${spec.name} [${spec.shape}]`);
}

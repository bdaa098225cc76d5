import assert from "node:assert/strict";
import { test } from "node:test";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { mergeLora } from "../../../sidecar/inference/adapters.ts";
import type { AdapterConfig } from "../../../sidecar/model/adapters/config.ts";
import { couple } from "../../../sidecar/model/adapters/layers.ts";
import { type Architecture, type EncoderConfig, encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { rootModule } from "../../../sidecar/model/module.ts";
import { adapterSpecs, baseSpecs, initialParameters, parameterSpecs } from "../../../sidecar/model/parameters.ts";
import { closeTo } from "../../support/closeTo.ts";
import { evaluate, exampleBatch, maskedLmFeeds, maskedLmGraph } from "../../support/maskedLmGraph.ts";

const sizes = { layers: 2, hiddenSize: 16, heads: 2, intermediateSize: 20, vocabularySize: 29, maxPositions: 10 };
const architectures: readonly Architecture[] = ["bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert"];
const kinds: Readonly<Record<string, object>> = {
	lora: { kind: "lora", rank: 3, alpha: 7 },
	sequentialBottleneck: { kind: "sequentialBottleneck", reductionFactor: 4 },
	sequentialBottleneckInvertible: { kind: "sequentialBottleneckInvertible", reductionFactor: 4 },
};

function configOf(architecture: Architecture, adapter?: object): EncoderConfig {
	return encoderConfigSchema.parse({
		architecture,
		...sizes,
		paddingId: 0,
		...(adapter === undefined ? {} : { adapter }),
	});
}

/** Parameters by the papers' formulas: LoRA r (in + out) a matrix, a bottleneck 2 d m + m + d, a coupling of halves h. */
function expectedCount(architecture: Architecture, kind: string): number {
	const { layers, hiddenSize: d, intermediateSize: inner } = sizes;
	const rank = 3;
	const m = d / 4;
	const half = d / 2;
	const wide = architecture === "modernbert" ? 2 * inner : inner;
	const attention = architecture === "modernbert" ? rank * (d + 3 * d) : 3 * rank * (d + d);
	const lora = attention + rank * (d + d) + rank * (d + wide) + rank * (inner + d);
	const bottleneck = 2 * d * m + m + d;
	const coupling = 2 * (half * (half / 2) + half / 2 + (half / 2) * half + half);
	if (kind === "lora") return layers * lora;
	return layers * bottleneck + (kind === "sequentialBottleneckInvertible" ? coupling : 0);
}

function countOf(config: EncoderConfig): number {
	return adapterSpecs(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

test("every adapter has as many parameters as its formula says, in every architecture", () => {
	for (const architecture of architectures) {
		for (const [kind, adapter] of Object.entries(kinds)) {
			const label = `${kind} in ${architecture}`;
			assert.equal(countOf(configOf(architecture, adapter)), expectedCount(architecture, kind), label);
		}
	}
	// A rank or a reduction off by one is seen.
	assert.notEqual(countOf(configOf("bert", { kind: "lora", rank: 4 })), expectedCount("bert", "lora"));
});

test("a new adapter changes no logit of any architecture", async () => {
	for (const architecture of architectures) {
		const base = configOf(architecture);
		const weights = initialParameters(parameterSpecs(base), 2);
		const expected = await logitsOf(base, weights);
		for (const [kind, adapter] of Object.entries(kinds)) {
			const config = configOf(architecture, adapter);
			const all = new Map([...weights, ...initialParameters(adapterSpecs(config), 3)]);
			closeTo(await logitsOf(config, all), expected, 1e-6);
			// Once its last layer is not zero any more it does.
			const name = adapterSpecs(config).findLast(({ init }) => init.kind === "zeros")!.name;
			all.set(
				name,
				all.get(name)!.map((_, at) => 0.3 * Math.sin(at)),
			);
			const changed = await logitsOf(config, all);
			assert.ok(
				changed.some((value, at) => Math.abs(value - expected[at]!) > 1e-3),
				`${kind} in ${architecture}`,
			);
		}
	}
});

test("the coupling undone gives the rows back", async () => {
	for (const width of [16, 7]) {
		const adapter: AdapterConfig = {
			kind: "sequentialBottleneckInvertible",
			reductionFactor: 4,
			activation: "relu",
			invertibleReductionFactor: 2,
		};
		const config = { ...configOf("bert", adapter), hiddenSize: width };
		const specs = adapterSpecs(config).filter(({ name }) => name.includes(".invertible_adapters."));
		const random = createRandom(5);
		const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
		const graph = new Graph();
		const values = new Map(
			specs.map(({ name, shape }) => [name, graph.constant(draw(shape.reduce((a, b) => a * b, 1)), shape)]),
		);
		const encoder = rootModule(graph, values, { adapter });
		const rows = graph.input("rows", [5, width]);
		const results = encoder.within("bert", (module) => {
			const forward = couple(module, rows, "forward");
			return { forward, back: couple(module, forward, "backward"), twice: couple(module, forward, "forward") };
		});
		const x = draw(5 * width);
		const { forward, back, twice } = await evaluate(results, { rows: x });
		closeTo(back!, x, 1e-5);
		// What only looks like an inverse is none.
		assert.ok(distance(forward!, x) > 0.1 && distance(twice!, x) > 0.1, "no other direction gives them back");
	}
});

test("LoRA merged into the weights gives the logits of LoRA beside them", async () => {
	for (const architecture of architectures) {
		const config = configOf(architecture, kinds["lora"]) as EncoderConfig & {
			adapter: AdapterConfig & { kind: "lora" };
		};
		const weights = initialParameters(baseSpecs(config), 2);
		const random = createRandom(9);
		const adapter = new Map(
			adapterSpecs(config).map(({ name, shape }) => [
				name,
				Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.3 * random.normal()),
			]),
		);
		const tensors = new Map(baseSpecs(config).map(({ name, shape }) => [name, { data: weights.get(name)!, shape }]));
		const merge = (scale: number): Map<string, Float32Array> => {
			const scaled = { ...config, adapter: { ...config.adapter, alpha: config.adapter.alpha * scale } };
			const merged = mergeLora(scaled, tensors, adapter);
			return new Map([...merged].map(([name, { data }]) => [name, data as Float32Array]));
		};
		const beside = await logitsOf(config, new Map([...weights, ...adapter]));
		const { adapter: _, ...plain } = config;
		closeTo(await logitsOf(plain as EncoderConfig, merge(1)), beside, 1e-5);
		const wrong = await logitsOf(plain as EncoderConfig, merge(1.1));
		assert.ok(distance(wrong, beside) > 1e-3, "another alpha gives other logits");
	}
});

async function logitsOf(config: EncoderConfig, weights: ReadonlyMap<string, Float32Array>): Promise<Float32Array> {
	const batch = exampleBatch(config, 5);
	const { logits } = maskedLmGraph(config, { ...batch, masked: batch.maskedPositions.length });
	return (await evaluate({ logits }, maskedLmFeeds(batch, weights)))["logits"]!;
}

function distance(a: Float32Array, b: Float32Array): number {
	return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
}

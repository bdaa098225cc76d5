/** Builds masked-LM graphs, draws batches and runs them, for tests of models, objectives and optimizers. */
import { compile } from "../../sidecar/autodiff/compile.ts";
import { Graph, type Value } from "../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../sidecar/base/random.ts";
import { type AttentionProgramName, attentionBias } from "../../sidecar/model/attention.ts";
import type { EncoderConfig } from "../../sidecar/model/config.ts";
import { encoder } from "../../sidecar/model/encoder.ts";
import { maskedLmHead } from "../../sidecar/model/heads.ts";
import type { Observer } from "../../sidecar/model/module.ts";
import { parameterSpecs } from "../../sidecar/model/parameters.ts";
import { maskedLm } from "../../sidecar/objectives/objectives.ts";
import { openSession } from "../../sidecar/session/session.ts";
import { floats, tensor } from "../../sidecar/session/tensor.ts";
import type { ReferenceBatch } from "./referenceEncoder.ts";

export interface MaskedBatch extends ReferenceBatch {
	readonly maskedPositions: Int32Array;
	readonly labels: Int32Array;
	readonly weights: Float32Array;
}

/** Two packed rows, the second with padding, and one masked token that is padding of the masked rows (weight 0). */
export function exampleBatch(config: EncoderConfig, seed: number): MaskedBatch {
	const random = createRandom(seed);
	const [batch, length] = [2, 10];
	const ids = () => random.below(config.vocabularySize);
	return {
		batch,
		length,
		inputIds: Int32Array.from({ length: batch * length }, ids),
		segments: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1),
		positions: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0),
		maskedPositions: Int32Array.of(1, 5, 8, 10, 16, 0),
		labels: Int32Array.from({ length: 6 }, ids),
		weights: Float32Array.of(0.2, 0.2, 0.2, 0.2, 0.2, 0),
	};
}

/** Parameters far enough from their start that no gradient is zero by symmetry. */
export function exampleParameters(config: EncoderConfig, seed: number): Map<string, Float64Array> {
	const random = createRandom(seed, 1);
	return new Map(
		parameterSpecs(config).map((spec) => {
			const size = spec.shape.reduce((product, side) => product * side, 1);
			const center = spec.init.kind === "ones" ? 1 : 0;
			return [spec.name, Float64Array.from({ length: size }, () => Math.fround(center + 0.3 * random.normal()))];
		}),
	);
}

export interface MaskedLmGraph {
	readonly graph: Graph;
	readonly parameters: ReadonlyMap<string, Value>;
	/** Every token's logits [batch * length, vocabulary]; dead code unless asked for. */
	readonly logits: Value;
	readonly loss: Value;
}

export function maskedLmGraph(
	config: EncoderConfig,
	shape: { batch: number; length: number; masked: number; attention?: AttentionProgramName },
	observe?: Observer,
): MaskedLmGraph {
	const graph = new Graph();
	const specs = parameterSpecs(config);
	const parameters = new Map(specs.map((spec) => [spec.name, graph.input(spec.name, spec.shape)]));
	const token = (name: string): Value => graph.input(name, [shape.batch, shape.length], "int32");
	const inputs = {
		inputIds: token("inputIds"),
		positions: token("positions"),
		bias: attentionBias(config, token("segments"), shape.attention),
	};
	const hidden = encoder(config, parameters, observe === undefined ? inputs : { ...inputs, observe });
	const at = graph.input("maskedPositions", [shape.masked], "int32");
	const rows = encoder(config, parameters, { ...inputs, at });
	const labels = graph.input("labels", [shape.masked], "int32");
	const loss = maskedLm(maskedLmHead(config, parameters, rows), labels, graph.input("weights", [shape.masked]));
	return { graph, parameters, logits: maskedLmHead(config, parameters, hidden), loss };
}

type Numbers = Float32Array | Float64Array | Int32Array;

/** Runs `outputs` once on one CPU thread; feeds are named as the graph's inputs. */
export async function evaluate(
	outputs: Readonly<Record<string, Value>>,
	feeds: Readonly<Record<string, Numbers>>,
): Promise<Record<string, Float32Array>> {
	const compiled = compile(outputs);
	const session = await openSession(compiled.model, { executionProvider: "cpu", threads: 1 });
	const tensors = Object.fromEntries(
		Object.entries(compiled.inputs).map(([name, { shape }]) => {
			const data = feeds[name];
			if (data === undefined) throw new Error(`The test feeds no ${name}.`);
			return [name, tensor(data instanceof Float64Array ? Float32Array.from(data) : data, shape)];
		}),
	);
	const results = await session.run(tensors);
	const read = Object.fromEntries(Object.entries(results).map(([name, value]) => [name, floats(value).slice()]));
	await session.release();
	return read;
}

/** The feeds of a masked-LM graph. */
export function maskedLmFeeds(
	batch: MaskedBatch,
	parameters: ReadonlyMap<string, Float32Array | Float64Array>,
): Record<string, Numbers> {
	const { inputIds, positions, segments, maskedPositions, labels, weights } = batch;
	return { ...Object.fromEntries(parameters), inputIds, positions, segments, maskedPositions, labels, weights };
}

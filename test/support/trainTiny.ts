import { compile } from "../../sidecar/autodiff/compile.ts";
import { gradients } from "../../sidecar/autodiff/gradients.ts";
import type { Value } from "../../sidecar/autodiff/graph.ts";
import { encoderConfigSchema } from "../../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../../sidecar/model/parameters.ts";
import { clipByGlobalNorm } from "../../sidecar/optim/clipping.ts";
import { createOptimizer, optimizerSchema } from "../../sidecar/optim/optimizers.ts";
import { type ExecutionProvider, openSession } from "../../sidecar/session/session.ts";
import { floats, type Tensor, tensor } from "../../sidecar/session/tensor.ts";
import { exampleBatch, maskedLmFeeds, maskedLmGraph } from "./maskedLmGraph.ts";

export interface TinyRun {
	readonly architecture: "bert" | "roberta" | "modernbert";
	readonly optimizer: "adamw" | "muon";
	readonly steps: number;
	readonly executionProvider: ExecutionProvider;
}

/** The losses of a tiny model trained on one batch; a step is one graph: forward, backward, clipping and update. */
export async function trainTiny(run: TinyRun): Promise<number[]> {
	const config = encoderConfigSchema.parse({
		architecture: run.architecture,
		layers: 2,
		hiddenSize: 32,
		heads: 2,
		intermediateSize: 48,
		vocabularySize: 29,
		maxPositions: 10,
		paddingId: 1,
	});
	const optimizer = createOptimizer(optimizerSchema.parse({ kind: run.optimizer }));
	const batch = exampleBatch(config, 1);
	const { graph, parameters, loss } = maskedLmGraph(config, { ...batch, masked: batch.labels.length });
	const hyper = Object.fromEntries(optimizer.hyperparameterInputs.map((name) => [name, graph.input(name, [])]));
	const specs = parameterSpecs(config);
	const found = gradients(loss, [...parameters.values()]);
	const { scale } = clipByGlobalNorm(found, 1);
	const outputs: Record<string, Value> = { loss };
	const state: Record<string, Tensor> = {};
	const inputs = specs.map((spec, index) => ({
		spec,
		parameter: parameters.get(spec.name)!,
		gradient: found[index]!,
		gradientScale: scale,
		state: optimizer.stateSpecs(spec).map(({ name, shape }) => graph.input(name, shape)),
		hyper,
	}));
	for (const [index, next] of optimizer.update(inputs).entries()) {
		const spec = specs[index]!;
		outputs[`next ${spec.name}`] = next.parameter;
		for (const [i, { name, shape }] of optimizer.stateSpecs(spec).entries()) {
			outputs[`next ${name}`] = next.state[i]!;
			state[name] = tensor(new Float32Array(shape.reduce((size, side) => size * side, 1)), shape);
		}
	}
	const compiled = compile(outputs);
	const start = Object.entries(maskedLmFeeds(batch, initialParameters(specs, 1)));
	for (const [name, data] of start) {
		const type = compiled.inputs[name];
		if (type !== undefined && !(data instanceof Float64Array)) state[name] = tensor(data, type.shape);
	}
	const session = await openSession(compiled.model, {
		executionProvider: run.executionProvider,
		threads: 1,
		strict: true,
	});
	const losses: number[] = [];
	for (let step = 0; step < run.steps; step++) {
		const rates = Object.entries(optimizer.hyperparameters(step, 0.01));
		for (const [name, value] of rates) state[name] = tensor(Float32Array.of(value), []);
		const { loss: value, ...next } = await session.run(state);
		losses.push(floats(value!)[0]!);
		for (const [name, result] of Object.entries(next)) state[name.slice("next ".length)] = result;
	}
	await session.release();
	return losses;
}

import { type CompiledGraph, compile } from "../autodiff/compile.ts";
import { add } from "../autodiff/functions.ts";
import { gradients } from "../autodiff/gradients.ts";
import { Graph } from "../autodiff/graph.ts";
import type { Value } from "../autodiff/value.ts";
import type { ParameterSpec } from "../model/parameters.ts";
import { withFusedKernels } from "../onnx/fusedKernels.ts";
import { clipByGlobalNorm } from "../optim/clipping.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { TaskSteps } from "./tasks/trainingTask.ts";

/** What fixes the graphs of a training step. */
export interface StepSpec {
	/** Every parameter that is trained, in the order of the forward pass. */
	readonly parameters: readonly ParameterSpec[];
	/** Parameters that the loss reads and no step changes: inputs without gradient and optimizer state. */
	readonly frozen?: readonly Pick<ParameterSpec, "name" | "shape">[];
	readonly optimizer: Optimizer;
	/** The largest global norm of the gradients; larger ones are scaled down to it. */
	readonly clipNorm: number;
	/** The task's loss, and the rows of its batch. */
	readonly task: Pick<TaskSteps, "loss" | "rows">;
}

/** Names of the graph inputs and outputs that every task has, beside parameters and optimizer state. */
export const stepNames = {
	loss: "loss",
	gradientNorm: "gradient_norm",
	/** The value of a parameter or optimizer state after the step. */
	next: (name: string) => `next.${name}`,
	/** A gradient summed over micro-batches, before and after one more. */
	gradient: (name: string) => `gradient.${name}`,
	gradientSum: (name: string) => `gradient_sum.${name}`,
	hyper: (name: string) => `hyper.${name}`,
} as const;

/** The whole step in one graph: forward, backward, clipping and update. */
export function fusedStep(spec: StepSpec): CompiledGraph {
	const graph = new Graph();
	const parameters = parameterInputs(graph, spec);
	const loss = spec.task.loss(graph, parameters, 1);
	const wrt = spec.parameters.map(({ name }) => parameters.get(name)!);
	const updated = update(graph, spec, { parameters, gradients: gradients(loss, wrt) });
	return compile({ [stepNames.loss]: loss, ...updated }, { rewrite: withFusedKernels });
}

/** Forward and backward of one of `parts` parts of a batch, adding to the sums of gradients of those before it. */
export function accumulateStep(spec: StepSpec, parts: number): CompiledGraph {
	const { loss, gradients: found } = lossGraph(spec, parts);
	const outputs: Record<string, Value> = { [stepNames.loss]: loss };
	for (const [name, gradient] of found) {
		const sum = loss.graph.input(stepNames.gradient(name), gradient.shape);
		outputs[stepNames.gradientSum(name)] = add(sum, gradient);
	}
	return compile(outputs, { rewrite: withFusedKernels });
}

/** Clipping and update from the sums of gradients. */
export function updateStep(spec: StepSpec): CompiledGraph {
	const graph = new Graph();
	const parameters = parameterInputs(graph, spec);
	const sums = spec.parameters.map(({ name, shape }) => graph.input(stepNames.gradient(name), shape));
	return compile(update(graph, spec, { parameters, gradients: sums }), { rewrite: withFusedKernels });
}

/** The graph of the loss of one of `parts` parts and its gradients, not compiled. */
export function lossGraph(spec: StepSpec, parts: number): { loss: Value; gradients: Map<string, Value> } {
	const graph = new Graph();
	const parameters = parameterInputs(graph, spec);
	const loss = spec.task.loss(graph, parameters, parts);
	const names = spec.parameters.map(({ name }) => name);
	const found = gradients(
		loss,
		names.map((name) => parameters.get(name)!),
	);
	return { loss, gradients: new Map(names.map((name, index) => [name, found[index]!])) };
}

function parameterInputs(graph: Graph, { parameters, frozen = [] }: StepSpec): Map<string, Value> {
	return new Map([...frozen, ...parameters].map(({ name, shape }) => [name, graph.input(name, shape)]));
}

function update(
	graph: Graph,
	spec: StepSpec,
	{ parameters, gradients }: { parameters: ReadonlyMap<string, Value>; gradients: readonly Value[] },
): Record<string, Value> {
	const { optimizer, clipNorm } = spec;
	const hyper = Object.fromEntries(
		optimizer.hyperparameterInputs.map((name) => [name, graph.input(stepNames.hyper(name), [])]),
	);
	const { norm, scale } = clipByGlobalNorm(gradients, clipNorm);
	const outputs: Record<string, Value> = { [stepNames.gradientNorm]: norm };
	const inputs = spec.parameters.map((parameterSpec, index) => ({
		spec: parameterSpec,
		parameter: parameters.get(parameterSpec.name)!,
		gradient: gradients[index]!,
		gradientScale: scale,
		state: optimizer.stateSpecs(parameterSpec).map(({ name, shape }) => graph.input(name, shape)),
		hyper,
	}));
	optimizer.update(inputs).forEach((result, index) => {
		const parameterSpec = spec.parameters[index]!;
		outputs[stepNames.next(parameterSpec.name)] = result.parameter;
		optimizer.stateSpecs(parameterSpec).forEach(({ name }, at) => {
			outputs[stepNames.next(name)] = result.state[at]!;
		});
	});
	return outputs;
}

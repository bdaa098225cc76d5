import { type CompiledGraph, compile } from "../autodiff/compile.ts";
import { add } from "../autodiff/functions.ts";
import { gradients } from "../autodiff/gradients.ts";
import { Graph } from "../autodiff/graph.ts";
import type { Value } from "../autodiff/value.ts";
import { attentionBias } from "../model/attention.ts";
import type { EncoderConfig } from "../model/config.ts";
import { encoder } from "../model/encoder.ts";
import { maskedLmHead, rowsAt } from "../model/heads.ts";
import { type ParameterSpec, parameterSpecs } from "../model/parameters.ts";
import { objectives } from "../objectives/objectives.ts";
import { clipByGlobalNorm } from "../optim/clipping.ts";
import type { Optimizer } from "../optim/optimizer.ts";

/** What fixes the graphs of a training step. */
export interface StepSpec {
	readonly config: EncoderConfig;
	readonly optimizer: Optimizer;
	/** The largest global norm of the gradients; larger ones are scaled down to it. */
	readonly clipNorm: number;
	/** "masked" computes the head on the masked positions alone, "all" on every position. */
	readonly headRows: "masked" | "all";
	/** B rows of T tokens in a micro-batch, M masked positions. */
	readonly rows: number;
	readonly sequenceLength: number;
	readonly maskedRows: number;
}

/** Names of the graph inputs and outputs that are neither parameters nor optimizer state. */
export const stepNames = {
	inputIds: "input_ids",
	segments: "segments",
	positions: "positions",
	maskedPositions: "masked_positions",
	labels: "labels",
	weights: "weights",
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
	const specs = parameterSpecs(spec.config);
	const parameters = parameterInputs(graph, specs);
	const loss = forwardLoss(graph, spec, parameters);
	const wrt = specs.map(({ name }) => parameters.get(name)!);
	const updated = update(graph, spec, { parameters, gradients: gradients(loss, wrt) });
	return compile({ [stepNames.loss]: loss, ...updated });
}

/** Forward and backward of one micro-batch, adding to the sums of gradients of those before it. */
export function accumulateStep(spec: StepSpec): CompiledGraph {
	const { loss, gradients: found } = lossGraph(spec);
	const outputs: Record<string, Value> = { [stepNames.loss]: loss };
	for (const [name, gradient] of found) {
		const sum = loss.graph.input(stepNames.gradient(name), gradient.shape);
		outputs[stepNames.gradientSum(name)] = add(sum, gradient);
	}
	return compile(outputs);
}

/** Clipping and update from the sums of gradients. */
export function updateStep(spec: StepSpec): CompiledGraph {
	const graph = new Graph();
	const specs = parameterSpecs(spec.config);
	const parameters = parameterInputs(graph, specs);
	const sums = specs.map(({ name, shape }) => graph.input(stepNames.gradient(name), shape));
	return compile(update(graph, spec, { parameters, gradients: sums }));
}

/** The graph of a loss and its gradients, not compiled. */
export function lossGraph(spec: StepSpec): { loss: Value; gradients: Map<string, Value> } {
	const graph = new Graph();
	const specs = parameterSpecs(spec.config);
	const parameters = parameterInputs(graph, specs);
	const loss = forwardLoss(graph, spec, parameters);
	const found = gradients(
		loss,
		specs.map(({ name }) => parameters.get(name)!),
	);
	return { loss, gradients: new Map(specs.map(({ name }, index) => [name, found[index]!])) };
}

function parameterInputs(graph: Graph, specs: readonly ParameterSpec[]): Map<string, Value> {
	return new Map(specs.map(({ name, shape }) => [name, graph.input(name, shape)]));
}

function forwardLoss(graph: Graph, spec: StepSpec, parameters: ReadonlyMap<string, Value>): Value {
	const { config, rows, sequenceLength, maskedRows, headRows } = spec;
	const segments = graph.input(stepNames.segments, [rows, sequenceLength], "int32");
	const hidden = encoder(config, parameters, {
		inputIds: graph.input(stepNames.inputIds, [rows, sequenceLength], "int32"),
		positions: graph.input(stepNames.positions, [rows, sequenceLength], "int32"),
		bias: attentionBias(config, segments),
	}); // [B * T, hidden]
	const count = headRows === "masked" ? maskedRows : rows * sequenceLength;
	const states =
		headRows === "masked"
			? rowsAt(hidden, graph.input(stepNames.maskedPositions, [maskedRows], "int32")) // [M, hidden]
			: hidden;
	const logits = maskedLmHead(config, parameters, states); // [count, vocabulary]
	const labels = graph.input(stepNames.labels, [count], "int32");
	return objectives.maskedLm(logits, labels, graph.input(stepNames.weights, [count]));
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
	parameterSpecs(spec.config).forEach((parameterSpec, index) => {
		const states = optimizer.stateSpecs(parameterSpec);
		const result = graph.scope(`update.${parameterSpec.name}`, () =>
			optimizer.update({
				spec: parameterSpec,
				parameter: parameters.get(parameterSpec.name)!,
				gradient: gradients[index]!,
				gradientScale: scale,
				state: states.map(({ name, shape }) => graph.input(name, shape)),
				hyper,
			}),
		);
		outputs[stepNames.next(parameterSpec.name)] = result.parameter;
		states.forEach(({ name }, at) => {
			outputs[stepNames.next(name)] = result.state[at]!;
		});
	});
	return outputs;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../../sidecar/autodiff/compile.ts";
import { Graph } from "../../../../sidecar/autodiff/graph.ts";
import { collateGraph, graphMaskedCapacity } from "../../../../sidecar/data/graph/collateGraph.ts";
import { type GraphBatch, sliceGraphBatch } from "../../../../sidecar/data/graph/graphBatch.ts";
import { graphRowsOf } from "../../../../sidecar/data/graph/graphRows.ts";
import { maskingSchema } from "../../../../sidecar/data/masking/config.ts";
import type { GraphShape } from "../../../../sidecar/inference/graphEncoder.ts";
import { encoderConfigSchema } from "../../../../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../../../../sidecar/model/parameters.ts";
import { createOptimizer, optimizerSchema } from "../../../../sidecar/optim/optimizers.ts";
import { openSession, type SessionOptions } from "../../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../../sidecar/session/tensor.ts";
import { initialState } from "../../../../sidecar/train/modelState.ts";
import { fusedStep } from "../../../../sidecar/train/stepGraph.ts";
import { graphCodeBertLoss, graphFeeds, type LossWeights } from "../../../../sidecar/train/tasks/graphCodeBert/loss.ts";
import { attentionByRules, graphExamples, repositoryFunctions } from "../../../support/graphFunctions.ts";
import {
	type ReferenceBatch,
	referenceHidden,
	referenceLogits,
	referenceMaskedLmLoss,
} from "../../../support/referenceEncoder.ts";
import { useSoftwareVulkan } from "../../../support/softwareVulkan.ts";

const skip = useSoftwareVulkan();
const rowShape = { textLength: 72, nodes: 16, commentTokens: 8 };
const length = rowShape.textLength + rowShape.nodes;
const masking = maskingSchema.parse({ rate: 0.15 });
const functions = (await repositoryFunctions(60)).filter(({ variables }) => variables.length >= 14);
const { tokenizer, pieces, examples: all } = graphExamples(functions, rowShape);
const examples = all.slice(0, 4);
const rows = graphRowsOf(examples, rowShape);
const { mask: maskId, pad: padId } = tokenizer.special;
const config = encoderConfigSchema.parse({
	architecture: "roberta",
	layers: 2,
	hiddenSize: 16,
	heads: 2,
	intermediateSize: 24,
	vocabularySize: tokenizer.vocabularySize,
	maxPositions: length,
	paddingId: padId,
});
const specs = parameterSpecs(config);
const values = initialParameters(specs, 3);
for (const name of values.keys())
	if (/embeddings/.test(name))
		values.set(
			name,
			values.get(name)!.map((x) => 20 * x),
		);
const both: LossWeights = { edges: 0.5, alignments: 2 };

test("the joint loss is that of a float64 model written from the paper, and of no broken variant", async () => {
	const batch = collate();
	const expected = handLoss(batch, both);
	const loss = await lossOf(batch, both);
	assert.ok(Math.abs(loss - expected) < 2e-5 * expected, `${loss} is not ${expected}`);
	const variants: Record<string, (broken: GraphBatch) => void> = {
		"a node is its first token, not the mean": ({ means }) => void means.set(firstTokens(means)),
		"nodes have the positions of text": ({ positions }) =>
			void positions.forEach((_, at) => {
				if (at % length >= rowShape.textLength) positions[at] = at % length;
			}),
		"a link is hidden": ({ links }) => void links.fill(0),
		"targets are swapped": ({ edgePairs }) => void edgePairs.targets.set(edgePairs.targets.map((x) => 1 - x)),
		"the other task": ({ alignmentPairs }) => void alignmentPairs.right.set(alignmentPairs.left),
	};
	for (const [name, breakIt] of Object.entries(variants)) {
		const broken = collate();
		breakIt(broken);
		const wrong = await lossOf(broken, both);
		assert.ok(Math.abs(wrong - expected) > 1e-4 * expected, name);
	}
});

test("each weight counts its own loss, and at 0 its task is left out", async () => {
	const batch = collate();
	for (const weights of [
		{ edges: 0, alignments: 0 },
		{ edges: 1, alignments: 0 },
		{ edges: 0, alignments: 1 },
	]) {
		const expected = handLoss(batch, weights);
		assert.ok(Math.abs((await lossOf(batch, weights)) - expected) < 2e-5 * expected, JSON.stringify(weights));
	}
});

test("the losses of the parts of a batch sum to the whole batch's", async () => {
	const whole = await lossOf(collate(), both);
	for (const parts of [2, 4]) {
		const shape = shapeOf(4 / parts);
		let sum = 0;
		for (let part = 0; part < parts; part++) {
			const slice = sliceGraphBatch(collate(), { part, parts, capacity: shape.maskedRows });
			sum += await lossOf(slice, both, shape);
		}
		assert.ok(Math.abs(sum - whole) < 1e-5 * whole, `${parts} parts: ${sum} is not ${whole}`);
	}
});

test("a step runs on WebGPU with CPU fallback forbidden, as on the CPU", { skip }, async () => {
	const [cpu, device] = [
		await step({ executionProvider: "cpu" }),
		await step({ executionProvider: "webgpu", strict: true }),
	];
	assert.ok(Math.abs(cpu.loss - device.loss) < 1e-5 * cpu.loss, `${device.loss} is not ${cpu.loss}`);
	assert.ok(Math.abs(cpu.norm - device.norm) < 1e-3 * cpu.norm, `${device.norm} is not ${cpu.norm}`);
});

function collate(): GraphBatch {
	return collateGraph(rows, [0, 1, 2, 3], {
		masking,
		pieces,
		maskId,
		padId,
		seed: 5,
		epoch: 0,
		attention: "graph",
		structure: { edges: 0.3, alignments: 0.3 },
		nodePosition: -(padId + 1),
		padPosition: -1,
	});
}

function shapeOf(count: number): GraphShape {
	const { textLength, nodes } = rowShape;
	return { config, rows: count, textLength, nodes, maskedRows: graphMaskedCapacity(count, textLength, masking) };
}

async function lossOf(batch: GraphBatch, weights: LossWeights, shape = shapeOf(4)): Promise<number> {
	const graph = new Graph();
	const parameters = new Map(specs.map(({ name, shape: size }) => [name, graph.input(name, size)]));
	const { model } = compile({ loss: graphCodeBertLoss(graph, parameters, { shape, weights }) });
	const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
	const fed = Object.fromEntries(specs.map(({ name, shape: size }) => [name, tensor(values.get(name)!, size)]));
	const { loss } = await session.run({ ...fed, ...graphFeeds(batch, shape) });
	const result = floats(loss!)[0]!;
	await session.release();
	return result;
}

/** The loss by hand: what the batch asks for, on a model that sees by the rules what the batch does not hide. */
function handLoss(batch: GraphBatch, weights: LossWeights): number {
	const tensors = new Map([...values].map(([name, data]) => [name, Float64Array.from(data)]));
	const reference = referenceBatch(batch);
	const hidden = referenceHidden(config, tensors, reference);
	const logits = referenceLogits(config, tensors, reference);
	let loss = referenceMaskedLmLoss(logits, { ...batch, vocabularySize: config.vocabularySize });
	for (const [pairs, weight] of [
		[batch.edgePairs, weights.edges],
		[batch.alignmentPairs, weights.alignments],
	] as const) {
		const count = pairs.weights.filter((one) => one > 0).length;
		assert.ok(count >= 8, "there are pairs to judge");
		pairs.left.forEach((left, pair) => {
			if (pairs.weights[pair] === 0) return;
			let dot = 0;
			for (let k = 0; k < config.hiddenSize; k++) {
				dot += hidden[left * config.hiddenSize + k]! * hidden[pairs.right[pair]! * config.hiddenSize + k]!;
			}
			const p = 1 / (1 + Math.exp(-dot / Math.sqrt(config.hiddenSize)));
			loss -= (weight / count) * Math.log(pairs.targets[pair] === 1 ? p : 1 - p);
		});
	}
	return loss;
}

function referenceBatch(batch: GraphBatch): ReferenceBatch {
	const inputIds = new Int32Array(4 * length);
	const segments = new Int32Array(4 * length);
	const sees: boolean[][] = [];
	const means = new Map<number, number[]>();
	const hides = hidden(batch);
	examples.forEach((example, row) => {
		const tokens = batch.inputIds.subarray(row * rowShape.textLength, (row + 1) * rowShape.textLength);
		inputIds.set(tokens, row * length);
		example.nodes.forEach(([start, end], node) => {
			const at = row * length + rowShape.textLength + node;
			means.set(
				at,
				Array.from({ length: end - start }, (_, token) => row * length + start + token),
			);
		});
		for (const [query, seen] of attentionByRules(example, rowShape).entries()) {
			sees.push(seen.map((one, key) => one && !hides.has(`${row * length + query} ${row * length + key}`)));
			if (!sees.at(-1)!.includes(true)) sees.at(-1)![query] = true; // padding, and a node that is left with nothing
		}
	});
	return {
		batch: 4,
		length,
		inputIds,
		positions: batch.positions,
		segments,
		means,
		sees: (token, other) => sees[token]![other % length]!,
	};
}

/** Pairs of positions, both ways, that the tasks hide: all edges and links of the drawn nodes. */
function hidden({ edgePairs, alignmentPairs }: GraphBatch): Set<string> {
	const pairs = new Set<string>();
	examples.forEach((example, row) => {
		const nodeAt = (node: number): number => row * length + rowShape.textLength + node;
		const drawn = ({ left }: { left: Int32Array }) => new Set(left.filter((at) => at > 0));
		const hide = (one: number, other: number) => pairs.add(`${one} ${other}`).add(`${other} ${one}`);
		for (const [node, source] of example.edges) {
			const ofEdges = drawn(edgePairs);
			if (ofEdges.has(nodeAt(node)) || ofEdges.has(nodeAt(source))) hide(nodeAt(node), nodeAt(source));
		}
		example.nodes.forEach(([start, end], node) => {
			if (!drawn(alignmentPairs).has(nodeAt(node))) return;
			for (let token = start; token < end; token++) hide(nodeAt(node), row * length + token);
		});
	});
	return pairs;
}

/** The mean of a node's tokens replaced by the first of them. */
function firstTokens(means: Float32Array): Float32Array {
	return means.map((weight, at) => (weight === 0 ? 0 : at % rowShape.textLength === 0 || means[at - 1] === 0 ? 1 : 0));
}

async function step(options: SessionOptions): Promise<{ loss: number; norm: number }> {
	const optimizer = createOptimizer(optimizerSchema.parse({ kind: "adamw" }));
	const shape = shapeOf(4);
	const task = {
		rows: 4,
		loss: (graph: Graph, parameters: Parameters<typeof graphCodeBertLoss>[1]) =>
			graphCodeBertLoss(graph, parameters, { shape, weights: both }),
	};
	const { model } = fusedStep({ parameters: specs, optimizer, clipNorm: 1, task });
	const session = await openSession(model, { ...options, threads: 1 });
	const hyper = Object.entries(optimizer.hyperparameters(0, 1e-3)).map(([name, value]) => [
		`hyper.${name}`,
		tensor(Float32Array.of(value), []),
	]);
	const state = Object.fromEntries(initialState({ parameters: specs, optimizer }, values));
	const outputs = await session.run({ ...state, ...Object.fromEntries(hyper), ...graphFeeds(collate(), shape) });
	const result = { loss: floats(outputs["loss"]!)[0]!, norm: floats(outputs["gradient_norm"]!)[0]! };
	await session.release();
	return result;
}

import { compile } from "../autodiff/compile.ts";
import {
	add,
	gather,
	gatherElements,
	gelu,
	layerNormalization,
	linear,
	log,
	max,
	mul,
	neg,
	reduceMean,
	softmax,
	sub,
} from "../autodiff/functions.ts";
import { gradients } from "../autodiff/gradients.ts";
import { Graph } from "../autodiff/graph.ts";
import { createRandom } from "../base/random.ts";
import { download } from "./download.ts";
import { type ExecutionProvider, openSession } from "./session.ts";
import { floats, type Tensor, tensor } from "./tensor.ts";

const tokens = 24;
const vocabulary = 40;
const hidden = 16;
const learningRate = 0.5; // large enough that three steps change every loss in the first digits

const parameterShapes: Readonly<Record<string, readonly number[]>> = {
	embedding: [vocabulary, hidden],
	"dense.weight": [hidden, hidden],
	"norm.weight": [hidden],
	"norm.bias": [hidden],
};

/**
 * Trains a tiny language model for some steps on one device, the parameters staying there
 * between steps, with the operators that every encoder needs: embedding, dense layer, GELU,
 * layer normalization, tied softmax head, momentum. Gives the losses and the final parameters.
 */
export async function trainTiny(
	executionProvider: ExecutionProvider,
	steps: number,
): Promise<{ losses: number[]; parameters: Map<string, Float32Array> }> {
	const session = await openSession(trainingStep(), {
		executionProvider,
		strict: executionProvider === "webgpu" || executionProvider === "coreml", // else the CPU would be what is probed
		onDevice: (name) => name !== "loss",
	});
	try {
		const batch = { ids: tensor(numbered(3), [tokens]), labels: tensor(numbered(7), [tokens, 1]) };
		let state = initialState();
		const losses: number[] = [];
		for (let step = 0; step < steps; step++) {
			const outputs = await session.run({ ...state, ...batch });
			losses.push(floats(outputs["loss"]!)[0]!);
			for (const old of Object.values(state)) old.dispose();
			state = Object.fromEntries(Object.keys(state).map((name) => [name, outputs[`next.${name}`]!]));
		}
		const parameters = new Map<string, Float32Array>();
		for (const name of Object.keys(parameterShapes)) parameters.set(name, floats(await download(state[name]!)));
		return { losses, parameters };
	} finally {
		await session.release();
	}
}

/** Forward, backward and update as one model: parameters p and their momenta m come in, next.p, next.m and the loss go out. */
function trainingStep(): Uint8Array {
	const graph = new Graph();
	const names = Object.keys(parameterShapes);
	const parameters = names.map((name) => graph.input(name, parameterShapes[name]!));
	const momenta = names.map((name) => graph.input(`momentum.${name}`, parameterShapes[name]!));
	const [embedding, weight, scale, bias] = parameters;
	const rows = gather(embedding!, graph.input("ids", [tokens], "int32")); // [tokens, hidden]
	const normal = layerNormalization(gelu(linear(rows, weight!)), scale!, bias, 1e-5);
	const probabilities = softmax(linear(normal, embedding!)); // [tokens, vocabulary]
	const likelihoods = gatherElements(probabilities, graph.input("labels", [tokens, 1], "int32"));
	const loss = reduceMean(neg(log(max(likelihoods, 1e-30))));
	const outputs = { loss };
	gradients(loss, parameters).forEach((gradient, i) => {
		const momentum = add(mul(momenta[i]!, 0.9), gradient);
		Object.assign(outputs, {
			[`next.${names[i]}`]: sub(parameters[i]!, mul(momentum, learningRate)),
			[`next.momentum.${names[i]}`]: momentum,
		});
	});
	return compile(outputs, { name: "probe" }).model;
}

function initialState(): Record<string, Tensor> {
	const state: Record<string, Tensor> = {};
	Object.entries(parameterShapes).forEach(([name, shape], stream) => {
		const random = createRandom(1, stream);
		const size = shape.reduce((product, length) => product * length, 1);
		const data = Float32Array.from({ length: size }, () => (name === "norm.weight" ? 1 : random.normal() * 0.2));
		state[name] = tensor(data, shape);
		state[`momentum.${name}`] = tensor(new Float32Array(size), shape);
	});
	return state;
}

/** Token ids that differ from one another in a fixed pattern. */
function numbered(stride: number): Int32Array {
	return Int32Array.from({ length: tokens }, (_, i) => (i * stride + stride) % vocabulary);
}

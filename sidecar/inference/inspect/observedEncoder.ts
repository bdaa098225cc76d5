/** The encoder with more outputs than its last rows: attention, and what is made of it. */
import { compile } from "../../autodiff/compile.ts";
import {
	add,
	cast,
	equal,
	matMul,
	mul,
	reduceMax,
	reduceMean,
	reduceSum,
	reshape,
	slice,
} from "../../autodiff/functions.ts";
import { Graph } from "../../autodiff/graph.ts";
import type { Value } from "../../autodiff/value.ts";
import { attentionBias } from "../../model/attention.ts";
import type { EncoderConfig } from "../../model/config.ts";
import { encoder } from "../../model/encoder.ts";
import { parameterSpecs } from "../../model/parameters.ts";
import { type ExecutionProvider, openSession } from "../../session/session.ts";
import { floats, type Tensor, tensor } from "../../session/tensor.ts";

/** What is to be seen of one row of `length` tokens (padding behind it). */
export interface ObservedShape {
	readonly length: number;
	/** Whole matrices: of these layers, and where a head is named of that head alone. */
	readonly matrices: readonly { readonly layer: number; readonly head: number | undefined }[];
	/** Layers to which attention is rolled out. */
	readonly rollouts: readonly number[];
	/** The largest probabilities of square cells, `thumbnail` in a row; it must divide `length`. */
	readonly thumbnail: number | undefined;
	/** How many sets of edges are fed, for the attention of every head along each. */
	readonly edgeSets: number;
}

export interface ObserverOptions {
	readonly config: EncoderConfig;
	readonly weights: ReadonlyMap<string, Float32Array>;
	readonly shape: ObservedShape;
	readonly executionProvider: ExecutionProvider;
	readonly threads?: number;
}

/** What was seen; T is the padded length. */
export interface Observation {
	/** By layer [heads or 1, T, T]; rows of padding look at padding. */
	readonly matrices: ReadonlyMap<number, Float32Array>;
	/** By layer [T, T]. */
	readonly rollouts: ReadonlyMap<number, Float32Array>;
	/** By layer [heads, cells, cells]. */
	readonly thumbnails: readonly Float32Array[];
	/** By set of edges and layer [heads]: the sum of the attention on the edges. */
	readonly edgeSums: readonly (readonly Float32Array[])[];
}

export interface EncoderObserver {
	readonly shape: ObservedShape;
	/** `ids` [n] with n at most T; each set of edges [T, T] is 1 at (query, key) of an edge. */
	observe(ids: Int32Array, edgeSets: readonly Float32Array[]): Promise<Observation>;
	release(): Promise<void>;
}

/** Opens an observer: the same encoder as for answers, with the wanted outputs; throws as `openSession`. */
export async function openObserver(options: ObserverOptions): Promise<EncoderObserver> {
	const { config, shape, executionProvider, threads } = options;
	const { length } = shape;
	const { model, inputs } = compile(buildObserved(options));
	const session = await openSession(model, { executionProvider, ...(threads === undefined ? {} : { threads }) });
	return {
		shape,
		async observe(ids, edgeSets) {
			const feeds: Record<string, Tensor> = {};
			for (const [name, data] of Object.entries(rowFeeds(config, ids, { length, edgeSets }))) {
				if (inputs[name] !== undefined) feeds[name] = tensor(data, inputs[name].shape);
			}
			const results = await session.run(feeds);
			const read = (name: string): Float32Array => floats(results[name]!);
			const byLayer = (name: (layer: number) => string): Float32Array[] =>
				Array.from({ length: config.layers }, (_, layer) => read(name(layer)));
			return {
				matrices: new Map(shape.matrices.map(({ layer }) => [layer, read(names.matrix(layer))])),
				rollouts: new Map(shape.rollouts.map((layer) => [layer, read(names.rollout(layer))])),
				thumbnails: shape.thumbnail === undefined ? [] : byLayer(names.thumbnail),
				edgeSums: Array.from({ length: shape.edgeSets }, (_, set) => byLayer((layer) => names.edgeSum(set, layer))),
			};
		},
		release: () => session.release(),
	};
}

const names = {
	inputIds: "input_ids",
	segments: "segments",
	positions: "positions",
	edges: (set: number) => `edges.${set}`,
	matrix: (layer: number) => `matrix.${layer}`,
	rollout: (layer: number) => `rollout.${layer}`,
	thumbnail: (layer: number) => `thumbnail.${layer}`,
	edgeSum: (set: number, layer: number) => `edge_sum.${set}.${layer}`,
} as const;

/** One document in a row of `length`, with padding behind it. */
function rowFeeds(
	{ paddingId }: EncoderConfig,
	ids: Int32Array,
	{ length, edgeSets }: { readonly length: number; readonly edgeSets: readonly Float32Array[] },
): Record<string, Int32Array | Float32Array> {
	const inputIds = new Int32Array(length).fill(paddingId);
	inputIds.set(ids);
	return {
		[names.inputIds]: inputIds,
		[names.segments]: new Int32Array(length).fill(-1).fill(0, 0, ids.length),
		[names.positions]: Int32Array.from(inputIds, (_, at) => (at < ids.length ? at : 0)),
		...Object.fromEntries(edgeSets.map((edges, set) => [names.edges(set), edges])),
	};
}

function buildObserved({ config, weights, shape }: ObserverOptions): Record<string, Value> {
	const { length } = shape;
	const graph = new Graph();
	const parameters = new Map<string, Value>();
	for (const { name, shape: dimensions } of parameterSpecs(config)) {
		const data = weights.get(name);
		if (data !== undefined) parameters.set(name, graph.constant(data, dimensions));
	}
	const segments = graph.input(names.segments, [1, length], "int32");
	const attention: Value[] = []; // by layer [1, heads, T, T]
	encoder(config, parameters, {
		inputIds: graph.input(names.inputIds, [1, length], "int32"),
		positions: graph.input(names.positions, [1, length], "int32"),
		bias: attentionBias(config, segments),
		observe: (name, value) => {
			if (name.endsWith(".probabilities")) attention.push(value);
		},
	});
	const outputs: Record<string, Value> = {};
	for (const { layer, head } of shape.matrices) {
		const all = attention[layer]!;
		outputs[names.matrix(layer)] = head === undefined ? all : slice(all, 1, head, head + 1);
	}
	const rollouts = shape.rollouts.length === 0 ? [] : rolledOut(attention);
	for (const layer of shape.rollouts) outputs[names.rollout(layer)] = rollouts[layer]!;
	if (shape.thumbnail !== undefined) {
		const real = reshape(cast(equal(segments, 0), "float32"), [1, 1, length, 1]);
		attention.forEach((value, layer) => {
			outputs[names.thumbnail(layer)] = largestOfCells(mul(value, real), shape.thumbnail!);
		});
	}
	for (let set = 0; set < shape.edgeSets; set++) {
		const edges = graph.input(names.edges(set), [length, length]);
		attention.forEach((value, layer) => {
			outputs[names.edgeSum(set, layer)] = reduceSum(mul(value, edges), [0, 2, 3]); // [heads]
		});
	}
	return outputs;
}

/** Attention rollout (Abnar and Zuidema 2020, section 3): A_l = (mean of the heads + I) / 2 and R_l = A_l R_(l-1). */
function rolledOut(attention: readonly Value[]): Value[] {
	const rollouts: Value[] = [];
	for (const [layer, value] of attention.entries()) {
		const length = value.shape[3]!;
		const identity = new Float32Array(length * length);
		for (let at = 0; at < length; at++) identity[at * length + at] = 0.5;
		const mean = reshape(reduceMean(value, [1]), [length, length]);
		const step = add(mul(mean, 0.5), value.graph.constant(identity, [length, length]));
		rollouts.push(layer === 0 ? step : matMul(step, rollouts[layer - 1]!));
	}
	return rollouts;
}

/** The largest of each cell: [1, heads, T, T] to [heads, cells, cells]. */
function largestOfCells(value: Value, cells: number): Value {
	const [, heads, length] = value.shape as [number, number, number, number];
	const side = length / cells;
	return reduceMax(reshape(value, [heads, cells, side, cells, side]), [2, 4]);
}

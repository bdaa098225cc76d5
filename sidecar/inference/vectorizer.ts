/** Rows of token ids as vectors: the encoder and its pooling in sessions of a few fixed shapes. */
import { setImmediate } from "node:timers/promises";
import { compile } from "../autodiff/compile.ts";
import { Graph } from "../autodiff/graph.ts";
import type { Value } from "../autodiff/value.ts";
import { MaskwrightError } from "../base/errors.ts";
import { attentionBias } from "../model/attention.ts";
import type { EncoderConfig } from "../model/config.ts";
import { encoderPrefix } from "../model/names.ts";
import { type ParameterSpec, parameterSpecs } from "../model/parameters.ts";
import {
	type Pooling,
	paddingLogWeight,
	pooledRows,
	poolingQueryName,
	poolingSpecs,
	unitRows,
} from "../model/pooling.ts";
import { firstUnits, type SubModel, subModelRows } from "../model/subModels.ts";
import { type ExecutionProvider, openSession, type Session } from "../session/session.ts";
import { floats, type Tensor, tensor } from "../session/tensor.ts";
import { tokenWeights } from "./embeddedIds.ts";
import { compiledFor, type Precision } from "./precision.ts";

export interface VectorizerOptions {
	readonly config: EncoderConfig;
	/** Units of a vector, the first of the hidden ones; by default all. */
	readonly units?: number;
	readonly pooling: Pooling;
	/** See `tokenWeights`. */
	readonly repeatDamping: number;
	readonly executionProvider: ExecutionProvider;
	readonly threads?: number;
	/** By name; left out, every call is given live parameters. */
	readonly weights?: ReadonlyMap<string, Float32Array>;
	/**
	 * Of products with `weights`; float32 by default. In int8 every row is a run of its own, since the range by which
	 * numbers become integers is that of all rows of a run.
	 */
	readonly precision?: Precision;
}

/** Rows of token ids in, vectors of length 1 out. */
export interface Vectorizer {
	/** Vectors [rows, units] in the order of `rows`. Throws `interrupted` between two runs, and as sessions do. */
	vectors(
		rows: readonly Int32Array[],
		options?: { readonly signal?: AbortSignal; readonly parameters?: ReadonlyMap<string, Tensor> },
	): Promise<Float32Array>;
	release(): Promise<void>;
}

/** Tokens of one run: enough to keep the cores busy, and what lies between layers stays in their caches. */
const runTokens = 1024;

/** The parameters that a vector depends on. */
export function embeddingSpecs(config: EncoderConfig, pooling: Pooling): ParameterSpec[] {
	const prefix = `${encoderPrefix(config)}.`;
	return [...parameterSpecs(config).filter(({ name }) => name.startsWith(prefix)), ...poolingSpecs(pooling, config)];
}

/**
 * The vectors [batch, units] of rows by several sub-models, in their order and of any length; the inputs are named by
 * `prefix` and fed by `rowFeeds`.
 */
export function pooledVectors(
	parameters: ReadonlyMap<string, Value>,
	{ graph, prefix, rows, length, config, sizes }: RowShape & EncoderGraph & { readonly sizes: readonly SubModel[] },
): Value[] {
	const input = (name: string): Value => graph.input(prefix + name, [rows, length], "int32");
	const bias = attentionBias(config, input("segments"));
	const inputs = { inputIds: input("input_ids"), positions: input("positions"), bias };
	const logWeights = graph.input(`${prefix}log_weights`, [rows, length]);
	// Every unit of a layer says how much a token counts; the vector is cut behind that.
	const whole = sizes.map(({ layers }) => ({ layers, units: config.hiddenSize }));
	const hidden = subModelRows(config, parameters, { inputs, sizes: whole });
	return sizes.map(({ units }, at) =>
		firstUnits(pooledRows(hidden[at]!, logWeights, parameters.get(poolingQueryName)), units),
	);
}

/** The graph of vectors [batch, units] of length 1. */
export function vectorGraph(
	parameters: ReadonlyMap<string, Value>,
	options: RowShape & EncoderGraph & { readonly units?: number | undefined },
): Value {
	const { layers, hiddenSize } = options.config;
	const sizes = [{ layers, units: options.units ?? hiddenSize }];
	return unitRows(pooledVectors(parameters, { ...options, sizes })[0]!);
}

interface EncoderGraph {
	readonly graph: Graph;
	readonly config: EncoderConfig;
}

/** Rows of a graph, and what the names of their inputs begin with. */
export interface RowShape {
	readonly prefix: string;
	readonly rows: number;
	readonly length: number;
}

/** What each token of a row counts. */
export interface RowWeighing {
	/** See `tokenWeights`. */
	readonly repeatDamping: number;
	/** With "first" the others count nothing. */
	readonly pooling?: Pooling;
}

/** The inputs of that graph: rows padded to [rows, length]. */
export function rowFeeds(
	idRows: readonly Int32Array[],
	{ prefix, rows, length, repeatDamping, pooling }: RowShape & RowWeighing,
): Record<string, Tensor> {
	const ids = new Int32Array(rows * length);
	const segments = new Int32Array(rows * length).fill(-1);
	const logWeights = new Float32Array(rows * length).fill(paddingLogWeight);
	idRows.forEach((row, index) => {
		ids.set(row, index * length);
		segments.fill(0, index * length, index * length + row.length);
		const weights = tokenWeights(row, repeatDamping).map(Math.log);
		logWeights.set(pooling === "first" ? weights.subarray(0, 1) : weights, index * length);
	});
	const positions = Int32Array.from(ids, (_, at) => at % length);
	const shape = [rows, length];
	return {
		[`${prefix}input_ids`]: tensor(ids, shape),
		[`${prefix}segments`]: tensor(segments, shape),
		[`${prefix}positions`]: tensor(positions, shape),
		[`${prefix}log_weights`]: tensor(logWeights, shape),
	};
}

/** Makes a vectorizer; its sessions open when they are first needed and stay. */
export function createVectorizer(options: VectorizerOptions): Vectorizer {
	const { weights, config, repeatDamping, pooling, precision = "float32" } = options;
	const mostTokens = precision === "int8" ? 1 : runTokens;
	const specs = embeddingSpecs(config, pooling);
	const fixed = weights === undefined ? undefined : tensorsOf(specs, weights);
	const sessions = new Map<string, Promise<Session>>();
	const sessionOf = (rows: number, length: number): Promise<Session> => {
		const key = `${rows} ${length}`;
		const session = sessions.get(key) ?? openVectorSession(specs, options, { rows, length });
		sessions.set(key, session);
		session.catch(() => sessions.delete(key));
		return session;
	};
	return {
		async vectors(rows, { signal, parameters } = {}) {
			const width = options.units ?? config.hiddenSize;
			const vectors = new Float32Array(rows.length * width);
			const state = fixed ?? parameters ?? new Map<string, Tensor>();
			for (const { members, length, capacity } of batchesOf(rows, { longest: config.maxPositions, mostTokens })) {
				if (signal?.aborted) throw new MaskwrightError("interrupted", "Embedding was stopped before it was done.");
				const session = await sessionOf(capacity, length);
				const batch = members.map((member) => rows[member]!);
				const feeds = rowFeeds(batch, { prefix: "", rows: capacity, length, repeatDamping, pooling });
				const { vectors: made } = await session.run({ ...Object.fromEntries(state), ...feeds });
				members.forEach((member, row) => {
					vectors.set(floats(made!).subarray(row * width, (row + 1) * width), member * width);
				});
				await setImmediate(); // lets a message in that stops it
			}
			return vectors;
		},
		async release() {
			const open = [...sessions.values()];
			sessions.clear();
			for (const session of open) await (await session.catch(() => undefined))?.release();
		},
	};
}

interface RowBatch {
	/** Indices of the rows. */
	readonly members: readonly number[];
	/** The length that they are padded to, and how many there are: a power of four, so that sessions are few. */
	readonly length: number;
	readonly capacity: number;
}

/** Rows of like length together, none filled up: what is left over goes into smaller runs. */
function batchesOf(
	rows: readonly Int32Array[],
	{ longest, mostTokens }: { readonly longest: number; readonly mostTokens: number },
): RowBatch[] {
	const byLength = new Map<number, number[]>();
	rows.forEach((row, index) => {
		const length = Math.min(longest, paddedLength(row.length));
		const members = byLength.get(length);
		if (members === undefined) byLength.set(length, [index]);
		else members.push(index);
	});
	const batches: RowBatch[] = [];
	for (const [length, members] of byLength) {
		let capacity = 4 ** Math.floor(Math.log(Math.max(1, mostTokens / length)) / Math.log(4) + 1e-9);
		for (let start = 0; start < members.length; start += capacity) {
			while (capacity > members.length - start) capacity /= 4;
			batches.push({ members: members.slice(start, start + capacity), length, capacity });
		}
	}
	return batches;
}

/** At least 16, and two steps between powers of two, so that a third at most is padding. */
function paddedLength(length: number): number {
	const power = 2 ** Math.ceil(Math.log2(Math.max(16, length)));
	return length <= (3 * power) / 4 && power > 16 ? (3 * power) / 4 : power;
}

async function openVectorSession(
	specs: readonly ParameterSpec[],
	{ config, units, executionProvider, threads, weights, precision = "float32" }: VectorizerOptions,
	{ rows, length }: { readonly rows: number; readonly length: number },
): Promise<Session> {
	const graph = new Graph();
	const parameters = new Map(
		specs.map(({ name, shape, matrix }) => {
			// In 8 bits matrices are built in, a quarter of their size; tables and vectors are fed, and all sessions share them.
			const fixed = matrix && precision === "int8" ? weights?.get(name) : undefined;
			return [name, fixed === undefined ? graph.input(name, shape) : graph.constant(fixed, shape)];
		}),
	);
	const vectors = vectorGraph(parameters, { graph, prefix: "", rows, length, config, units });
	const { model } = compile({ vectors }, compiledFor(precision));
	return openSession(model, {
		executionProvider,
		int8: precision === "int8",
		...(threads === undefined ? {} : { threads }),
	});
}

function tensorsOf(
	specs: readonly ParameterSpec[],
	weights: ReadonlyMap<string, Float32Array>,
): ReadonlyMap<string, Tensor> {
	return new Map(specs.map(({ name, shape }) => [name, tensor(weights.get(name)!, shape)]));
}

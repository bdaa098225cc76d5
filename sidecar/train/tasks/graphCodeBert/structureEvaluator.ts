import { compile } from "../../../autodiff/compile.ts";
import { Graph } from "../../../autodiff/graph.ts";
import { type CollateGraphOptions, collateGraph } from "../../../data/graph/collateGraph.ts";
import type { PairBatch } from "../../../data/graph/graphBatch.ts";
import type { GraphRows } from "../../../data/graph/graphRows.ts";
import { evaluationSeed } from "../../../data/masking/config.ts";
import { rowOrder } from "../../../data/packing.ts";
import { type GraphShape, graphEncoder } from "../../../inference/graphEncoder.ts";
import type { ParameterSpec } from "../../../model/parameters.ts";
import { type ExecutionProvider, openSession, type Session } from "../../../session/session.ts";
import { floats } from "../../../session/tensor.ts";
import type { ModelState } from "../../modelState.ts";
import { graphFeeds, type PairKind, pairKinds, pairLogitsOf } from "./loss.ts";

/** F1 of the two tasks on the structure at a probability of one half; null where there was no pair to judge. */
export interface StructureScores {
	readonly edgeF1: number | null;
	readonly alignmentF1: number | null;
}

export interface StructureEvaluatorOptions {
	readonly rows: GraphRows;
	/** The shape of a batch; the text is not masked. */
	readonly shape: GraphShape;
	readonly parameters: readonly ParameterSpec[];
	/** How rows are laid out; the drawing is that of the fixed evaluation seed. */
	readonly layout: Pick<
		CollateGraphOptions,
		"pieces" | "maskId" | "padId" | "attention" | "nodePosition" | "padPosition"
	>;
	/** The share of the nodes that each task draws. */
	readonly shares: Readonly<Record<PairKind, number>>;
	readonly executionProvider: ExecutionProvider;
	readonly threads: number;
}

/**
 * Scores on held-out functions: the drawn nodes' edges are hidden and as many pairs without an edge stand beside them,
 * then the same for the links between nodes and code. The session opens at the first call and stays.
 */
export function createStructureEvaluator(options: StructureEvaluatorOptions) {
	let session: Promise<Session> | undefined;
	return {
		/** Of at most `maximumRows` functions, the same ones for every model. */
		async evaluate(model: ModelState, maximumRows: number): Promise<StructureScores> {
			session ??= open(options);
			const order = rowOrder(options.rows.count, evaluationSeed, 0).subarray(0, maximumRows);
			const f1 = async (kind: PairKind) => await scoreOf(await session!, { ...options, kind, order, model });
			return { edgeF1: await f1("edges"), alignmentF1: await f1("alignments") };
		},
		async release(): Promise<void> {
			await (await session)?.release();
			session = undefined;
		},
	};
}

async function open({ shape, parameters, executionProvider, threads }: StructureEvaluatorOptions): Promise<Session> {
	const graph = new Graph();
	const values = new Map(parameters.map(({ name, shape: size }) => [name, graph.input(name, size)]));
	const hidden = graphEncoder(graph, values, shape);
	const outputs = pairKinds.map((kind) => [`${kind}.logits`, pairLogitsOf(hidden, kind, shape)]);
	return await openSession(compile(Object.fromEntries(outputs)).model, { executionProvider, threads });
}

async function scoreOf(
	session: Session,
	options: StructureEvaluatorOptions & { kind: PairKind; order: Int32Array; model: ModelState },
): Promise<number | null> {
	const { rows, shape, layout, shares, kind, order, model } = options;
	const counts = { hits: 0, wrong: 0, missed: 0 };
	for (let start = 0; start < order.length; start += shape.rows) {
		const indices = Int32Array.from({ length: shape.rows }, (_, slot) => order[start + slot] ?? -1);
		const structure = { [kind]: shares[kind] };
		const batch = collateGraph(rows, indices, {
			...layout,
			structure,
			masking: undefined,
			seed: evaluationSeed,
			epoch: 0,
		});
		const outputs = await session.run({ ...Object.fromEntries(model), ...graphFeeds(batch, shape) });
		count(counts, floats(outputs[`${kind}.logits`]!), kind === "edges" ? batch.edgePairs : batch.alignmentPairs);
	}
	const judged = 2 * counts.hits + counts.wrong + counts.missed;
	return judged === 0 ? null : (2 * counts.hits) / judged;
}

function count(
	counts: { hits: number; wrong: number; missed: number },
	logits: Float32Array,
	{ targets, weights }: PairBatch,
): void {
	logits.forEach((logit, pair) => {
		if (weights[pair] === 0) return;
		const isConnected = targets[pair] === 1;
		if (logit > 0) counts[isConnected ? "hits" : "wrong"]++;
		else if (isConnected) counts.missed++;
	});
}

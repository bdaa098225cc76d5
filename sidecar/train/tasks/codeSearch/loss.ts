import { add, concat, mul } from "../../../autodiff/functions.ts";
import type { Graph } from "../../../autodiff/graph.ts";
import type { Value } from "../../../autodiff/value.ts";
import { tokenWeights } from "../../../inference/embeddedIds.ts";
import { pooledVectors, rowFeeds } from "../../../inference/vectorizer.ts";
import type { EncoderConfig } from "../../../model/config.ts";
import type { Pooling } from "../../../model/pooling.ts";
import { firstUnits, type SubModel } from "../../../model/subModels.ts";
import { bagRows } from "../../../model/tokenBag.ts";
import { matryoshka2d } from "../../../objectives/matryoshka.ts";
import { contrastive, divergence } from "../../../objectives/objectives.ts";
import { type Tensor, tensor } from "../../../session/tensor.ts";

/** What fixes the graph of a contrastive loss: so many pairs, and their rows' lengths in tokens. */
export interface ContrastiveShape {
	readonly config: EncoderConfig;
	readonly rows: number;
	readonly queryTokens: number;
	readonly codeTokens: number;
	readonly temperature: number;
	/** See `tokenWeights`. */
	readonly repeatDamping: number;
	/** How tokens become a vector; by default the mean, by a learned query where there is one. */
	readonly pooling?: Pooling;
	/** The sub-models that are trained, the whole encoder first. */
	readonly sizes: readonly SubModel[];
	/** What the divergence of the smaller vectors from the whole one counts. */
	readonly distillation: number;
}

/** Token ids of the two sides of a batch, row i of one belonging to row i of the other. */
export interface ContrastiveBatch {
	readonly queries: readonly Int32Array[];
	readonly codes: readonly Int32Array[];
}

/** Distinct tokens that a bag's graph has room for, for each pair: more than batches of code have. */
const distinctPerPair = 24;

/**
 * The mean over sub-models of symmetric InfoNCE between the vectors of queries and code, by one encoder, and of the
 * divergence of each smaller vector from the first units of the whole one (Zhuang et al. 2024, section 3.1).
 */
export function contrastiveLoss(graph: Graph, parameters: ReadonlyMap<string, Value>, shape: ContrastiveShape): Value {
	const { rows, temperature, sizes, distillation } = shape;
	const vectors =
		shape.config.layers === 0 ? bagVectors(graph, parameters, shape) : rowVectors(graph, parameters, shape);
	const mean = (count: number): Value => graph.constant(new Float32Array(count).fill(1 / count), [count]);
	const objective = contrastive(temperature);
	const ofPairs = mean(rows);
	const ofTexts = mean(2 * rows);
	return matryoshka2d(sizes, ({ units }, place) => {
		const [queries, codes] = vectors.map((side) => side[place]!) as [Value, Value];
		const loss = objective(queries, codes, ofPairs);
		if (place === 0 || distillation === 0) return loss;
		const whole = concat(
			vectors.map((side) => firstUnits(side[0]!, units)),
			0,
		);
		return add(loss, mul(divergence(concat([queries, codes], 0), whole, ofTexts), distillation));
	});
}

/** The inputs of that graph; a row longer than the shape allows is cut. */
export function contrastiveFeeds(batch: ContrastiveBatch, shape: ContrastiveShape): Record<string, Tensor> {
	const { rows, queryTokens, codeTokens, config, repeatDamping, pooling } = shape;
	const weighing = { repeatDamping, ...(pooling === undefined ? {} : { pooling }) };
	const queries = batch.queries.map((ids) => ids.subarray(0, queryTokens));
	const codes = batch.codes.map((ids) => ids.subarray(0, codeTokens));
	if (config.layers === 0) return bagFeeds({ queries, codes }, shape);
	return {
		...rowFeeds(queries, { prefix: "queries.", rows, length: queryTokens, ...weighing }),
		...rowFeeds(codes, { prefix: "codes.", rows, length: codeTokens, ...weighing }),
	};
}

/** By side and size [rows, units]. */
function rowVectors(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ config, rows, sizes, queryTokens, codeTokens }: ContrastiveShape,
): Value[][] {
	return [
		pooledVectors(parameters, { graph, config, sizes, prefix: "queries.", rows, length: queryTokens }),
		pooledVectors(parameters, { graph, config, sizes, prefix: "codes.", rows, length: codeTokens }),
	];
}

function bagVectors(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	{ config, rows, sizes }: ContrastiveShape,
): Value[][] {
	const size = capacityOf(config, rows);
	const distinct = graph.input("distinct", [size], "int32");
	const counts = ["queries.counts", "codes.counts"].map((name) => graph.input(name, [rows, size]));
	return bagRows(config, parameters, { distinct, counts }).map((side) =>
		sizes.map(({ units }) => firstUnits(side, units)),
	);
}

function bagFeeds(
	{ queries, codes }: ContrastiveBatch,
	{ config, rows, repeatDamping }: ContrastiveShape,
): Record<string, Tensor> {
	const size = capacityOf(config, rows);
	const places = new Map<number, number>();
	const countsOf = (side: readonly Int32Array[]): Tensor => {
		const counts = new Float32Array(rows * size);
		side.forEach((ids, row) => {
			const weights = tokenWeights(ids, repeatDamping);
			for (const [at, id] of ids.entries()) {
				const place = places.get(id) ?? (places.size < size ? places.size : undefined);
				if (place === undefined) continue; // no room: a token that is rare in the batch
				places.set(id, place);
				counts[row * size + place]! += weights[at]!;
			}
		});
		return tensor(counts, [rows, size]);
	};
	const feeds = { "queries.counts": countsOf(queries), "codes.counts": countsOf(codes) };
	const distinct = new Int32Array(size).fill(config.paddingId);
	for (const [id, place] of places) distinct[place] = id;
	return { ...feeds, distinct: tensor(distinct, [size]) };
}

function capacityOf(config: EncoderConfig, rows: number): number {
	return Math.min(config.vocabularySize, rows * distinctPerPair);
}

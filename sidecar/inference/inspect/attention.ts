/** Where each head of a model looks, for one row of tokens. */
import type { LoadedModel, OpenOptions } from "../loadedModel.ts";
import { pairMatrix, type TokenPairs } from "./edgeAttention.ts";
import { type EncoderObserver, type Observation, type ObservedShape, openObserver } from "./observedEncoder.ts";
import type { InspectedRow } from "./textTokens.ts";

/** What is wanted; layers and heads count from 0. */
export interface AttentionWish {
	readonly matrices: readonly { readonly layer: number; readonly head: number }[];
	readonly rollouts: readonly number[];
	readonly thumbnails: boolean;
	/** Sets of pairs of tokens whose attention is summed. */
	readonly pairs: readonly TokenPairs[];
}

/** Probabilities, cut to the n tokens of the row. */
export interface SeenAttention {
	/** In the order of the wish [n, n]: by query what it gives each key. Rows sum to 1. */
	readonly matrices: readonly Float32Array[];
	/** In the order of the wish [n, n]; rows sum to 1. */
	readonly rollouts: readonly Float32Array[];
	readonly thumbnails: Thumbnails | null;
	/** By set of pairs and layer [heads]. */
	readonly pairSums: readonly (readonly ArrayLike<number>[])[];
}

/** Small pictures of all heads. */
export interface Thumbnails {
	/** Cells in a row. */
	readonly size: number;
	readonly tokensPerCell: number;
	/** [layers, heads, size, size]: the largest probability of each cell. */
	readonly data: Float32Array;
}

/** Up to so many tokens a single run of the model shows everything at once: 150 MB for twelve layers of twelve heads. */
const longestWhole = 512;

/** A thumbnail has at most so many cells in a row. */
const mostCells = 64;

/** Looks at a row. Rows past 512 tokens are seen head by head, so that memory holds one layer at a time. */
export async function seeAttention(
	model: LoadedModel,
	row: InspectedRow,
	{ wish, ...open }: OpenOptions & { readonly wish: AttentionWish },
): Promise<SeenAttention> {
	const count = row.ids.length;
	const length = count <= mostCells ? Math.ceil(count / 32) * 32 : Math.ceil(count / mostCells) * mostCells;
	const edges = wish.pairs.map((pairs) => pairMatrix(pairs, length));
	const see = (shape: Omit<ObservedShape, "length">): Promise<Observation> =>
		observe(model, row.ids, { shape: { length, ...shape }, edges: edges.slice(0, shape.edgeSets), open });
	const short = length <= longestWhole;
	const surveys = short || wish.thumbnails || wish.rollouts.length > 0 || edges.length > 0;
	const surveyed = surveys ? await see(short ? everything(model, length, edges.length) : survey(wish)) : undefined;
	const matrices: Float32Array[] = [];
	for (const { layer, head } of wish.matrices) {
		const whole = surveyed?.matrices.get(layer);
		const seen = whole ?? (await see({ ...nothing, matrices: [{ layer, head }] })).matrices.get(layer)!;
		const from = whole === undefined ? 0 : head * length * length;
		matrices.push(cropped(seen.subarray(from, from + length * length), { length, count }));
	}
	return {
		matrices,
		rollouts: wish.rollouts.map((layer) => cropped(surveyed!.rollouts.get(layer)!, { length, count })),
		thumbnails: wish.thumbnails ? joinThumbnails(model, surveyed!.thumbnails, { length, count }) : null,
		pairSums: surveyed?.edgeSums ?? [],
	};
}

const nothing: Omit<ObservedShape, "length"> = { matrices: [], rollouts: [], thumbnail: undefined, edgeSets: 0 };

function everything(model: LoadedModel, length: number, edgeSets: number): Omit<ObservedShape, "length"> {
	const layers = Array.from({ length: model.config.layers }, (_, layer) => layer);
	return {
		matrices: layers.map((layer) => ({ layer, head: undefined })),
		rollouts: layers,
		thumbnail: Math.min(mostCells, length),
		edgeSets,
	};
}

function survey({ rollouts, pairs }: AttentionWish): Omit<ObservedShape, "length"> {
	return { matrices: [], rollouts, thumbnail: mostCells, edgeSets: pairs.length };
}

/** What was last seen with a model, and the sessions that saw it; they hold its weights once more. */
interface Held {
	observer: { readonly key: string; readonly opened: Promise<EncoderObserver> } | undefined;
	seen: { readonly key: string; readonly observation: Promise<Observation> } | undefined;
}

const heldBy = new WeakMap<object, Held>();

function heldFor({ weights, alsoRelease }: LoadedModel): Held {
	let held = heldBy.get(weights);
	if (held === undefined) {
		const created: Held = { observer: undefined, seen: undefined };
		held = created;
		heldBy.set(weights, created);
		alsoRelease(async () => {
			heldBy.delete(weights);
			await (await created.observer?.opened.catch(() => undefined))?.release();
		});
	}
	return held;
}

/** A look at the same row in the same shape is remembered, until another is taken. */
async function observe(
	model: LoadedModel,
	ids: Int32Array,
	options: { readonly shape: ObservedShape; readonly edges: readonly Float32Array[]; readonly open: OpenOptions },
): Promise<Observation> {
	const { shape, edges, open } = options;
	const { config, weights } = model;
	const held = heldFor(model);
	const shapeKey = JSON.stringify(shape);
	const key = `${shapeKey} ${ids.join()} ${edges.map((matrix) => edgesKey(matrix)).join()}`;
	if (held.seen?.key === key) return held.seen.observation;
	if (held.observer?.key !== shapeKey) {
		const before = held.observer?.opened;
		await before?.then((observer) => observer.release()).catch(() => undefined);
		held.observer = { key: shapeKey, opened: openObserver({ config, weights, shape, ...open }) };
	}
	const { opened } = held.observer;
	opened.catch(() => {
		held.observer = undefined;
	});
	const observation = opened.then((observer) => observer.observe(ids, edges));
	held.seen = { key, observation };
	observation.catch(() => {
		held.seen = undefined;
	});
	return observation;
}

function edgesKey(matrix: Float32Array): string {
	const set: number[] = [];
	matrix.forEach((value, at) => {
		if (value !== 0) set.push(at);
	});
	return set.join(" ");
}

function cropped(
	matrix: Float32Array,
	{ length, count }: { readonly length: number; readonly count: number },
): Float32Array {
	const part = new Float32Array(count * count);
	for (let query = 0; query < count; query++) {
		part.set(matrix.subarray(query * length, query * length + count), query * count);
	}
	return part;
}

function joinThumbnails(
	{ config }: LoadedModel,
	byLayer: readonly Float32Array[],
	{ length, count }: { readonly length: number; readonly count: number },
): Thumbnails {
	const cells = Math.min(mostCells, length);
	const tokensPerCell = length / cells;
	const size = Math.ceil(count / tokensPerCell);
	const data = new Float32Array(config.layers * config.heads * size * size);
	byLayer.forEach((all, layer) => {
		for (let head = 0; head < config.heads; head++) {
			const part = all.subarray(head * cells * cells, (head + 1) * cells * cells);
			const kept = cropped(part, { length: cells, count: size });
			data.set(kept, (layer * config.heads + head) * size * size);
		}
	});
	return { size, tokensPerCell, data };
}

/** One byte q for each probability p = (q / 255)^2: fine steps where most probabilities are, near 0. */
export function quantized(probabilities: Float32Array): Uint8Array {
	return Uint8Array.from(probabilities, (p) => Math.round(255 * Math.sqrt(p)));
}

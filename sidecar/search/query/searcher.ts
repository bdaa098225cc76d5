import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../../base/errors.ts";
import type { SearchResult, SearchResults } from "../../protocol/search.ts";
import { databaseFileOf } from "../../store/indexFiles.ts";
import { type ChunkIndex, type IndexModel, openIndex } from "../index/chunkIndex.ts";
import { type CloserCosines, closerCandidates, onScaleOf } from "./closerCosines.ts";
import { type Condition, chunksThat, conditionOf, FileTable } from "./conditions.ts";
import { chunksNamed, namesWithin, nameThatIs } from "./exactNames.ts";
import { chunksByHash, chunksById, type FoundChunk, hashesThat } from "./foundChunks.ts";
import { cosineSpread } from "./fusion.ts";
import { Frequencies, lexicalSearch, matchAtoms, matchExpression, queryTerms } from "./lexicalSearch.ts";
import type { Query } from "./parseQuery.ts";
import { createPreviews } from "./previews.ts";
import { type Ranked, rank } from "./ranking.ts";
import { largest, VectorMatrix } from "./vectorMatrix.ts";

export interface SearchOptions {
	readonly query: Query;
	/** Of the query, of length 1, by the model of the index; without it words alone are searched. */
	readonly vector?: Float32Array | undefined;
	/** Of a vector's score beside that of BM25. */
	readonly weight: number;
	/** Whether the last word may be the beginning of one. */
	readonly typing: boolean;
	readonly top: number;
	/** Looks at the first candidates more closely than the vectors of the index do. */
	readonly closer?: CloserCosines | undefined;
	/** Chunks that are no results. */
	readonly leaveOut?: (chunk: FoundChunk) => boolean;
	readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that the parts of a search took. */
export interface SearchTimes {
	lexical: number;
	vectors: number;
	previews: number;
}

/** Candidates of each side, at least; more where many results are wanted. */
const fewestCandidates = 200;

/** Nearest contents that are looked through for those that pass a filter, before all that pass are listed. */
const nearestFirst = 2_000;

/** Searches one index, and holds its vectors. Follows whatever a writer does to the file, a new file in its place too. */
export class Searcher {
	/** The real path of the folder. */
	readonly folder: string;
	readonly matrix = new VectorMatrix();
	readonly #home: string | undefined;
	readonly #files = new FileTable();
	readonly #frequencies = new Frequencies();
	#index: ChunkIndex | undefined;
	#file: string | undefined;
	#refreshing: Promise<void> = Promise.resolve();

	constructor(folder: string, home?: string) {
		this.folder = folder;
		this.#home = home;
	}

	/** The index as it is now, its vectors read. Throws `notFound` when the folder has none, and `indexInvalid`. */
	async refresh(): Promise<ChunkIndex> {
		const index = this.#open();
		// One at a time: a second reader of the same rows would add them twice.
		const refreshing = this.#refreshing.catch(() => {}).then(() => this.matrix.refresh(index, () => setImmediate()));
		this.#refreshing = refreshing;
		await refreshing;
		return index;
	}

	/** The model that queries must be embedded with; null while the index has no vectors. */
	get model(): IndexModel | null {
		return this.#open().header.model;
	}

	/** Finds chunks, best first. Yields between its parts, where it throws `interrupted` once the signal is aborted. */
	async search(options: SearchOptions, times?: SearchTimes): Promise<SearchResults> {
		const { query, top, signal } = options;
		const index = await this.refresh();
		const started = performance.now();
		const condition = conditionOf(query.filters, () => this.#files.refresh(index));
		const terms = queryTerms(query.text);
		const found =
			terms.length === 0 && options.vector === undefined
				? this.#listed(index, condition, options)
				: await this.#ranked(index, { ...options, condition, terms }, times);
		await pause(signal);
		const previewsStarted = performance.now();
		const results = await this.#shown(found.slice(0, top), terms, signal);
		if (times !== undefined) times.previews = performance.now() - previewsStarted;
		if (times !== undefined && found.length === 0) times.lexical ||= previewsStarted - started;
		return { results, indexed: indexedOf(index) };
	}

	close(): void {
		this.#index?.close();
		this.#index = undefined;
	}

	#open(): ChunkIndex {
		const file = databaseFileOf(this.folder, this.#home);
		if (this.#index !== undefined && file === this.#file) return this.#index;
		this.close();
		this.#index = openIndex(this.folder, { readonly: true, ...(this.#home === undefined ? {} : { home: this.#home }) });
		this.#file = file;
		this.matrix.forget();
		this.#files.forget();
		return this.#index;
	}

	/** Without words there is nothing to rank: what the filters let through, by place. */
	#listed(index: ChunkIndex, condition: Condition | undefined, { top, leaveOut }: SearchOptions): Ranked[] {
		if (condition === undefined) return [];
		const ids = chunksThat(index.database, condition, top);
		const chunks = new Map(chunksById(index.database, ids).map((chunk) => [chunk.id, chunk]));
		return ids.flatMap((id) => {
			const chunk = chunks.get(id);
			if (chunk === undefined || leaveOut?.(chunk)) return [];
			return { chunk, score: 0, lexicalRank: null, vectorRank: null };
		});
	}

	async #ranked(
		index: ChunkIndex,
		options: SearchOptions & { condition: Condition | undefined; terms: readonly string[] },
		times: SearchTimes | undefined,
	): Promise<Ranked[]> {
		const { query, vector, weight, typing, top, signal, condition, terms, closer, leaveOut = () => false } = options;
		const { database } = index;
		const limit = Math.max(fewestCandidates, 2 * top);
		const lexicalStarted = performance.now();
		const atoms = matchAtoms(terms, query.text, typing);
		const expression = matchExpression(atoms, index, this.#frequencies);
		const lexical = expression === undefined ? [] : lexicalSearch(database, expression, { limit, condition });
		await pause(signal);
		const whole = nameThatIs(query.text);
		const named = whole === undefined ? [] : chunksNamed(database, whole, { limit: top, condition });
		const mentioned = whole !== undefined ? [] : namesWithin(query.text);
		const mentions = mentioned.flatMap((name) => chunksNamed(database, name, { limit: 1, condition }));
		await pause(signal);
		const vectorsStarted = performance.now();
		const near = vector === undefined ? undefined : this.#nearest(index, vector, { limit, condition });
		if (times !== undefined) times.vectors = performance.now() - vectorsStarted;
		if (times !== undefined) times.lexical = vectorsStarted - lexicalStarted;
		await pause(signal);
		const byId = chunksById(
			database,
			[...lexical, ...named, ...mentions].map(({ id }) => id),
		);
		const byHash = near === undefined ? [] : chunksByHash(database, [...near.ranks.keys()], condition);
		const chunks = new Map([...byHash, ...byId].map((chunk) => [chunk.id, chunk]));
		const candidates = {
			chunks: [...chunks.values()].filter((chunk) => !leaveOut(chunk)),
			lexical,
			vectorRanks: near?.ranks ?? new Map(),
			cosineOf: (hash: string) => near?.cosines[this.matrix.rowOf(hash) ?? -1],
			spread: near?.spread ?? { mean: 0, deviation: 0 },
			weight,
			named,
			mentioned: mentions.map(({ id }) => id),
		};
		const ranked = rank(candidates);
		if (closer === undefined) return ranked;
		const cosines = await closer(ranked.slice(0, closerCandidates).map(({ chunk }) => chunk));
		await pause(signal);
		return rank({ ...candidates, cosineOf: onScaleOf(candidates.cosineOf, cosines) });
	}

	/** The contents nearest to a vector, by rank; only those that stand where the condition holds. */
	#nearest(
		index: ChunkIndex,
		vector: Float32Array,
		{ limit, condition }: { limit: number; condition: Condition | undefined },
	): { ranks: Map<string, number>; cosines: Float32Array; spread: ReturnType<typeof cosineSpread> } {
		const { matrix } = this;
		const cosines = matrix.cosines(vector);
		const all = (): boolean => true;
		let rows = largest(cosines, condition === undefined ? limit : nearestFirst, all);
		if (condition !== undefined) {
			const hashes = rows.map((row) => matrix.hashOf(row));
			const passing = new Set(chunksByHash(index.database, hashes, condition).map(({ hash }) => hash));
			rows = rows.filter((row) => passing.has(matrix.hashOf(row)));
			if (rows.length < limit && hashes.length < matrix.size) {
				const allowed = hashesThat(index.database, condition);
				rows = largest(cosines, limit, (row) => allowed.has(matrix.hashOf(row)));
			}
		}
		const ranks = new Map(rows.slice(0, limit).map((row, place) => [matrix.hashOf(row), place + 1]));
		return { ranks, cosines, spread: cosineSpread(cosines) };
	}

	async #shown(
		ranked: readonly Ranked[],
		terms: readonly string[],
		signal: AbortSignal | undefined,
	): Promise<SearchResult[]> {
		const previewOf = createPreviews(this.folder);
		const wanted = new Set(terms);
		const results: SearchResult[] = [];
		for (const { chunk, score, lexicalRank, vectorRank } of ranked) {
			throwIfAborted(signal);
			const { preview, matchedTerms, stale } = await previewOf(chunk, wanted);
			const { path, startLine, endLine, symbol, kind, start, end, language } = chunk;
			const place = { path, startLine, endLine, symbol, kind, start, end, language };
			const shown = { ...place, score, lexicalRank, vectorRank, matchedTerms, preview };
			results.push(stale ? { ...shown, stale } : shown);
		}
		return results;
	}
}

/** How much of the folder a search can find. */
function indexedOf(index: ChunkIndex): SearchResults["indexed"] {
	const { files, failed } = index.counts();
	return { files, of: files + failed };
}

/** Lets a cancellation in. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
	if (signal === undefined) return;
	await setImmediate();
	throwIfAborted(signal);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted) throw new MaskwrightError("interrupted", "The search was cancelled.");
}

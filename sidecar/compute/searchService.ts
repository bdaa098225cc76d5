import { availableParallelism } from "node:os";
import { isError, MaskwrightError } from "../base/errors.ts";
import { realFolder } from "../data/readers/realFolder.ts";
import { type EmbeddedKind, type Embedder, openEmbedder } from "../inference/embedder.ts";
import type { Duplicates, SearchResults } from "../protocol/search.ts";
import type { IndexModel } from "../search/index/chunkIndex.ts";
import { createChunkTexts } from "../search/query/chunkTexts.ts";
import type { CloserCosines } from "../search/query/closerCosines.ts";
import { untunedWeight } from "../search/query/fusion.ts";
import { likeQuery } from "../search/query/likeQuery.ts";
import { nearDuplicates } from "../search/query/nearDuplicates.ts";
import { parseQuery } from "../search/query/parseQuery.ts";
import { type Lines, readLines } from "../search/query/readLines.ts";
import { Searcher, type SearchTimes } from "../search/query/searcher.ts";
import { knownFolder } from "../store/boxedModels.ts";
import { modelName } from "../store/modelFolder.ts";
import { withSwitchedAdapter } from "./switchedAdapter.ts";

export interface SearchRequest {
	/** Any path of the folder. */
	readonly folder: string;
	/** Words, code or a name, with filters. */
	readonly query: string;
	readonly top: number;
	/** Whether the last word may be the beginning of one. */
	readonly typing: boolean;
	/** Whether small vectors of the index are enough: by default while typing. */
	readonly rough?: boolean;
	/** The folder of the adapter whose vectors the index must have. */
	readonly adapter?: string | undefined;
}

export interface LikeRequest {
	readonly folder: string;
	readonly text: string;
	/** As an editor names it. */
	readonly language?: string | undefined;
	/** Where the text itself stands; the path is from the folder. */
	readonly exclude?: { readonly path: string; readonly startLine: number; readonly endLine: number } | undefined;
	readonly top: number;
}

export interface DuplicatesRequest {
	readonly folder: string;
	/** Cosine distance. */
	readonly threshold: number;
}

export interface LinesRequest {
	readonly folder: string;
	readonly path: string;
	/** Counted from 1. */
	readonly startLine: number;
	readonly endLine?: number | undefined;
}

/** What each question is and what answers it. */
export interface SearchTasks {
	readonly search: { readonly request: SearchRequest; readonly result: SearchResults };
	readonly like: { readonly request: LikeRequest; readonly result: SearchResults };
	readonly duplicates: { readonly request: DuplicatesRequest; readonly result: Duplicates };
	/** Lines of a file of the index. */
	readonly read: { readonly request: LinesRequest; readonly result: Lines };
	/** Closes a folder's index, whose files may then be removed. */
	readonly forget: { readonly request: { readonly folder: string }; readonly result: object };
}

export type SearchService = {
	/** Throws `notFound` without an index, `indexInvalid`, `usage` for a bad filter, `interrupted`. */
	readonly [Kind in keyof SearchTasks]: (
		request: SearchTasks[Kind]["request"],
		signal?: AbortSignal,
	) => Promise<SearchTasks[Kind]["result"]>;
} & {
	/** Milliseconds of the last search, part by part. */
	lastTimes(): SearchTimes & { readonly embedding: number };
	close(): Promise<void>;
};

/** Vectors of queries that are kept: typing goes back and forth. */
const keptVectors = 64;

/** Indexes that are kept open. */
const keptFolders = 8;

interface QueryEncoder {
	readonly embedder: Embedder | undefined;
	/** Why there is none. */
	readonly notice: string | undefined;
}

/** Answers searches in this process, which the encoder of the query blocks for some milliseconds. */
export function createSearchService({ home }: { readonly home?: string | undefined } = {}): SearchService {
	const searchers = new Map<string, Searcher>();
	const encoders = new Map<string, Promise<QueryEncoder>>();
	const larger = new Map<string, Promise<Embedder | undefined>>();
	const texts = new Map<string, ReturnType<typeof createChunkTexts>>();
	const vectors = new Map<string, Float32Array>();
	let times = { embedding: 0, lexical: 0, vectors: 0, previews: 0 };

	async function searcherOf(folder: string): Promise<Searcher> {
		const real = await realFolder(folder);
		const searcher = searchers.get(real) ?? new Searcher(real, home);
		searchers.delete(real);
		searchers.set(real, searcher); // the last one used comes last
		for (const [other, oldest] of [...searchers].slice(0, -keptFolders)) {
			oldest.close();
			searchers.delete(other);
		}
		return searcher;
	}

	function encoderOf(model: IndexModel): Promise<QueryEncoder> {
		const key = `${model.folder}\n${model.identity}`;
		const known = encoders.get(key);
		if (known !== undefined) return known;
		for (const other of encoders.values()) void other.then(({ embedder }) => embedder?.release());
		for (const other of larger.values()) void other.then((embedder) => embedder?.release());
		encoders.clear();
		larger.clear();
		vectors.clear();
		const opening = openEncoder(model);
		encoders.set(key, opening);
		return opening;
	}

	async function encode(
		model: IndexModel | null,
		{ kind, text, signal }: { kind: EmbeddedKind; text: string; signal: AbortSignal | undefined },
	): Promise<{ vector: Float32Array | undefined; weight: number; notice: string | undefined }> {
		times = { embedding: 0, lexical: 0, vectors: 0, previews: 0 };
		if (model === null || text === "") return { vector: undefined, weight: 0, notice: undefined };
		const { embedder, notice } = await encoderOf(model);
		if (embedder === undefined) return { vector: undefined, weight: 0, notice };
		const started = performance.now();
		const key = `${model.identity} ${kind} ${text}`;
		const vector = vectors.get(key) ?? (await embedder.embed(kind, [text], signal === undefined ? {} : { signal }));
		vectors.delete(key);
		vectors.set(key, vector);
		const [oldest] = vectors.keys();
		if (vectors.size > keptVectors && oldest !== undefined) vectors.delete(oldest);
		times.embedding = performance.now() - started;
		return { vector, weight: embedder.fusionWeight ?? untunedWeight, notice: switchedNotice(model, home) };
	}

	/** The large vectors of a model whose small ones an index holds; undefined where it holds the largest. */
	function largerOf(model: IndexModel): Promise<Embedder | undefined> {
		if (model.size === undefined) return Promise.resolve(undefined);
		const { size: _, ...whole } = model;
		const opening = larger.get(model.identity) ?? openSize(whole).catch(() => undefined); // the small ones serve
		larger.set(model.identity, opening);
		return opening;
	}

	/** Makes the large vectors of what the small ones have found, for a query. */
	function closerFor(
		searcher: Searcher,
		{ text, signal }: { text: string; signal: AbortSignal | undefined },
	): CloserCosines {
		const textsOf = texts.get(searcher.folder) ?? createChunkTexts(searcher.folder);
		texts.set(searcher.folder, textsOf);
		return async (chunks) => {
			const { model } = searcher;
			const embedder = model === null ? undefined : await largerOf(model);
			if (embedder === undefined) return new Map();
			const found = [...(await textsOf(chunks))];
			const cancel = signal === undefined ? {} : { signal };
			const [query, codes] = [
				await embedder.embed("query", [text], cancel),
				await embedder.embed(
					"code",
					found.map(([, code]) => code),
					cancel,
				),
			];
			return new Map(found.map(([hash], row) => [hash, cosineAt(query, codes, row)]));
		};
	}

	return {
		async search({ folder, query: asked, top, typing, rough = typing, adapter }, signal) {
			const query = parseQuery(asked);
			const searcher = await searcherOf(folder);
			const { model } = searcher;
			if (adapter !== undefined && model?.folder !== adapter) throw otherVectors(folder, adapter, model);
			const { vector, weight, notice } = await encode(model, { kind: "query", text: query.text, signal });
			const refines = vector !== undefined && model?.size !== undefined;
			const closer = refines && !rough ? closerFor(searcher, { text: query.text, signal }) : undefined;
			const results = await searcher.search({ query, vector, weight, typing, top, closer, signal }, times);
			const told: SearchResults = refines && rough ? { ...results, rough: true } : results;
			return notice === undefined ? told : { ...told, notice };
		},
		async like({ folder, text, language, exclude, top }, signal) {
			const searcher = await searcherOf(folder);
			const like = await likeQuery(text, language);
			const { vector, weight, notice } = await encode(searcher.model, { kind: "code", text: like.embedded, signal });
			const query = { text: like.words, filters: [] };
			const leaveOut = (chunk: { path: string; startLine: number; endLine: number }): boolean =>
				exclude !== undefined &&
				chunk.path === exclude.path &&
				chunk.startLine <= exclude.endLine &&
				exclude.startLine <= chunk.endLine;
			const options = { query, vector, weight, typing: false, top, leaveOut, signal };
			const results = await searcher.search(options, times);
			return notice === undefined ? results : { ...results, notice };
		},
		async duplicates({ folder, threshold }, signal) {
			return nearDuplicates(await searcherOf(folder), { threshold, ...(signal === undefined ? {} : { signal }) });
		},
		read: async ({ folder, ...wanted }) => readLines(await searcherOf(folder), wanted),
		async forget({ folder }) {
			const real = await realFolder(folder);
			searchers.get(real)?.close();
			searchers.delete(real);
			return {};
		},
		lastTimes: () => times,
		async close() {
			for (const searcher of searchers.values()) searcher.close();
			searchers.clear();
			for (const encoder of encoders.values()) await (await encoder).embedder?.release();
			for (const embedder of larger.values()) await (await embedder)?.release();
			encoders.clear();
			larger.clear();
		},
	};
}

/** Says that another adapter is switched to than the one whose vectors an index has. */
function switchedNotice({ name, folder }: IndexModel, home: string | undefined): string | undefined {
	const switched = withSwitchedAdapter(folder, home === undefined ? {} : { home });
	if (switched === folder) return undefined;
	return `The vectors of this index are those of ${name}, and ${modelName(switched)} is in use since. Index the folder again to have its.`;
}

function otherVectors(folder: string, adapter: string, model: IndexModel | null): MaskwrightError {
	const has = model === null ? "no vectors" : `the vectors of ${model.name}`;
	const name = modelName(adapter);
	return new MaskwrightError(
		"usage",
		`The index of ${folder} has ${has}, and a query by ${name} cannot be compared with them. Make its own first: maskwright index ${folder} --adapter ${name}.`,
	);
}

/** The cosine of a query's vector with row `row` of others, all of length 1. */
function cosineAt(query: Float32Array, rows: Float32Array, row: number): number {
	return query.reduce((sum, unit, at) => sum + unit * rows[row * query.length + at]!, 0);
}

function openSize({ name, folder, size }: Pick<IndexModel, "name" | "folder" | "size">): Promise<Embedder> {
	return openEmbedder(knownFolder({ name, folder }) ?? folder, {
		executionProvider: "cpu",
		threads: availableParallelism(),
		...(size === undefined ? {} : { size }),
	});
}

/** The model that made the vectors of an index, or why it cannot embed a query. */
async function openEncoder(model: IndexModel): Promise<QueryEncoder> {
	const { name, identity } = model;
	const without = (why: string): QueryEncoder => ({
		embedder: undefined,
		notice: `Words alone were searched: ${why} Index the folder again with a model that is there.`,
	});
	try {
		const embedder = await openSize(model);
		if (embedder.identity === identity) return { embedder, notice: undefined };
		await embedder.release();
		return without(`the model ${name} has changed since it made the vectors of the index.`);
	} catch (error) {
		if (isError(error, "interrupted")) throw error;
		return without(error instanceof MaskwrightError ? error.message : `the model ${name} cannot be opened.`);
	}
}

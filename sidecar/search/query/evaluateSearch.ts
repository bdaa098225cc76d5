import { invariant, MaskwrightError } from "../../base/errors.ts";
import type { SearchScores } from "../../protocol/search.ts";
import { ChunkIndex } from "../index/chunkIndex.ts";
import { openDatabase } from "../index/database.ts";
import { createTables } from "../index/schema.ts";
import { subTokens } from "../subTokens.ts";
import { closerCandidates, onScaleOf } from "./closerCosines.ts";
import { cosineSpread, fusedScore } from "./fusion.ts";
import { Frequencies, lexicalSearch, matchAtoms, matchExpression, queryTerms } from "./lexicalSearch.ts";

/** A function with the words that ask for it. */
export interface SearchPair {
	readonly docstring: string;
	/** Without comments and documentation. */
	readonly code: string;
	readonly name: string;
}

/** Makes L2-normalised rows [texts, dimension]. */
export type EmbedTexts = (kind: "query" | "code", texts: readonly string[]) => Promise<Float32Array>;

export interface SearchEvaluation {
	readonly pairs: readonly SearchPair[];
	/** Whether functions are to be found without their names. */
	readonly maskNames: boolean;
	/** Without it, BM25 alone is scored. */
	readonly embed?: EmbedTexts | undefined;
	/** The large vectors of a model whose small ones `embed` makes: the first candidates are ranked by these too. */
	readonly closer?: EmbedTexts | undefined;
	/** Of a vector's score beside that of BM25. */
	readonly weight: number;
	readonly signal?: AbortSignal | undefined;
}

/**
 * Ranks all functions for each docstring, by BM25 as the index does, by the encoder, and by both, and scores the place
 * of the docstring's own: the protocol of CodeSearchNet (Husain et al. 2019), with all functions as the pool.
 */
export async function evaluateSearch(evaluation: SearchEvaluation): Promise<SearchScores> {
	const { pairs, maskNames, embed, closer, weight, signal } = evaluation;
	const codes = pairs.map((pair) => (maskNames ? withoutName(pair) : pair.code));
	const lexicalOf = lexicalScorer(pairs, codes, maskNames);
	const queries = pairs.map(({ docstring }) => docstring);
	const texts = maskNames ? codes : pairs.map(({ name, code }) => `${name}\n${code}`);
	const vectorsBy = async (embed: EmbedTexts | undefined) =>
		embed && { queries: await embed("query", queries), codes: await embed("code", texts) };
	const vectors = await vectorsBy(embed);
	const large = await vectorsBy(closer);
	const ranks = { bm25: [] as number[], encoder: [] as number[], hybrid: [] as number[], closer: [] as number[] };
	for (const [place, query] of queries.entries()) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The evaluation was stopped.");
		const lexical = lexicalOf(query);
		ranks.bm25.push(lexical[place] === 0 ? Number.POSITIVE_INFINITY : rankOf(lexical, place));
		if (vectors === undefined) continue;
		const cosines = cosinesOf(vectors, place, pairs.length);
		const spread = cosineSpread(cosines);
		const best = lexical.reduce((most, score) => Math.max(most, score), 0) || 1;
		ranks.encoder.push(rankOf(cosines, place));
		const fused = lexical.map((score, at) => fusedScore(score / best, cosines[at], { spread, weight }));
		ranks.hybrid.push(rankOf(fused, place));
		if (large === undefined) continue;
		const near = firstPlaces(fused, closerCandidates);
		const ofLarge = cosinesOf(large, place, pairs.length);
		const known = new Map(near.map((at) => [String(at), ofLarge[at]!]));
		const cosineOf = onScaleOf((at) => cosines[Number(at)], known);
		const again = lexical.map((score, at) => fusedScore(score / best, cosineOf(String(at)), { spread, weight }));
		ranks.closer.push(rankOf(again, place));
	}
	return {
		queries: pairs.length,
		pool: pairs.length,
		weight: embed === undefined ? null : weight,
		bm25: scoresOf(ranks.bm25),
		encoder: embed === undefined ? null : scoresOf(ranks.encoder),
		hybrid: embed === undefined ? null : scoresOf(ranks.hybrid),
		...(closer === undefined ? {} : { closer: scoresOf(ranks.closer) }),
	};
}

/** The places of the highest scores, of equal ones the first. */
function firstPlaces(scores: Float64Array, count: number): number[] {
	const places = Array.from(scores, (_, place) => place);
	return places.sort((one, other) => scores[other]! - scores[one]! || one - other).slice(0, count);
}

/** BM25 scores of all functions for a query, 0 where no word is shared, from an index in memory. */
function lexicalScorer(
	pairs: readonly SearchPair[],
	codes: readonly string[],
	maskNames: boolean,
): (query: string) => Float64Array {
	const database = openDatabase(":memory:", { readonly: false });
	createTables(database, "");
	const index = new ChunkIndex(database, () => 0);
	const insert = database.prepare("INSERT INTO chunkText(rowid, name, path, docstring, body) VALUES(?, ?, '', '', ?)");
	database.transaction(() => {
		for (const [place, code] of codes.entries()) {
			const name = maskNames ? "" : pairs[place]!.name;
			insert.run(place + 1, subTokens(name).join(" "), subTokens(code).join(" "));
		}
	});
	const frequencies = new Frequencies();
	return (query) => {
		const scores = new Float64Array(codes.length);
		const expression = matchExpression(matchAtoms(queryTerms(query), query, false), index, frequencies);
		if (expression === undefined) return scores;
		const hits = lexicalSearch(database, expression, { limit: codes.length, condition: undefined });
		for (const { id, score } of hits) scores[id - 1] = score;
		return scores;
	};
}

/** The code with its own name gone wherever it stands as a whole word. */
function withoutName({ code, name }: SearchPair): string {
	const own = name.split(/[.:#]/).at(-1) ?? name;
	const pattern = own.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	return own === ""
		? code
		: code.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}_$])${pattern}(?![\\p{L}\\p{N}_$])`, "gu"), "");
}

function cosinesOf(
	{ queries, codes }: { readonly queries: Float32Array; readonly codes: Float32Array },
	place: number,
	rows: number,
): Float32Array {
	const dimension = queries.length / rows;
	invariant(Number.isInteger(dimension), "the encoder gave another number of vectors than texts.");
	const query = queries.subarray(place * dimension, (place + 1) * dimension);
	return Float32Array.from({ length: rows }, (_, row) => {
		let sum = 0;
		for (let unit = 0; unit < dimension; unit++) sum += query[unit]! * codes[row * dimension + unit]!;
		return sum;
	});
}

/** One more than the number of functions with a higher score, or the same one and another place before. */
function rankOf(scores: ArrayLike<number>, place: number): number {
	const own = scores[place]!;
	let rank = 1;
	for (let other = 0; other < scores.length; other++) {
		if (scores[other]! > own || (scores[other] === own && other < place)) rank++;
	}
	return rank;
}

function scoresOf(ranks: readonly number[]): SearchScores["bm25"] {
	const mean = (value: (rank: number) => number): number =>
		ranks.reduce((sum, rank) => sum + value(rank), 0) / Math.max(1, ranks.length);
	const recall = (within: number): number => mean((rank) => (rank <= within ? 1 : 0));
	return { mrr: mean((rank) => 1 / rank), recall1: recall(1), recall5: recall(5), recall10: recall(10) };
}

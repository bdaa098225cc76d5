import { foldWord } from "../../tokenizer/identifierParts.ts";
import type { ChunkIndex } from "../index/chunkIndex.ts";
import type { Bindable, Database } from "../index/database.ts";
import { subTokens } from "../subTokens.ts";
import type { Condition } from "./conditions.ts";

/** A chunk that shares words with the query. */
export interface LexicalHit {
	readonly id: number;
	/** BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), k1 1.2 and b 0.75; above 0. */
	readonly score: number;
}

/** What a word counts where it stands: in the name, the path, the documentation, and the text that holds that too. */
const columnWeights = "4.0, 1.0, 1.0, 1.0";

/** Words of a query that say how it is put and not what is sought; they stay when there are no others. */
const stopWords = new Set(
	(
		"a an and are as at be been by can do does for from has have how i if in into is it its not of on or so that the " +
		"their them then there these this to was we were what when where which will with you your"
	)
		.split(" ")
		.flatMap(subTokens),
);

/** More words than these of a query are not looked for. */
export const mostTerms = 64;

/** Places of words that are scored, at about a microsecond each. */
const mostScored = 120_000;

const mostCounts = 20_000;

/** A beginning of a word that stands in more chunks tells too little for what it costs: the next letter will. */
const mostOfBeginning = 20_000;

/** A beginning of a word that is shorter stands for too many. */
const shortestPrefix = 3;

/** The words that are looked for, each once. */
export function queryTerms(text: string): string[] {
	const tokens = [...new Set(subTokens(text))];
	const telling = tokens.filter((token) => !stopWords.has(token));
	return telling.length > 0 ? telling : tokens;
}

/**
 * What the last word of a query may be on the way to: its beginning as it is, and what it is stemmed to when it is
 * typed to the end. Empty when the text does not end in a word that is long enough.
 */
function unfinished(text: string): string[] {
	const [word] = /[\p{L}\p{N}]+$/u.exec(text.slice(-longestUnfinished)) ?? [];
	if (word === undefined || Array.from(word).length < shortestPrefix) return [];
	const last = subTokens(word).at(-1);
	const ends = ["s", "d", "g", "ng"].map((end) => subTokens(word + end).at(-1));
	const forms = new Set([last, ...ends].filter((form) => form !== undefined).map(quoted));
	return [...forms, `${quoted(foldWord(word))} *`];
}

const longestUnfinished = 64;

/** What a query looks for, in FTS5's terms: words, and beginnings of words. */
export function matchAtoms(terms: readonly string[], text: string, typing: boolean): string[] {
	const words = terms.slice(0, mostTerms).map(quoted);
	return [...new Set([...words, ...(typing ? unfinished(text) : [])])];
}

/**
 * In how many chunks each atom stands, counted once for each state of an index. Scoring a chunk takes ten times as
 * long as counting it.
 */
export class Frequencies {
	readonly #counts = new Map<string, number>();
	#changes = -1;

	of(atom: string, index: ChunkIndex): number {
		const changes = index.changes();
		if (changes !== this.#changes || this.#counts.size > mostCounts) this.#counts.clear();
		this.#changes = changes;
		const known = this.#counts.get(atom);
		if (known !== undefined) return known;
		const count = index.database
			.prepare<{ count: number }>("SELECT count(*) AS count FROM chunkText WHERE chunkText MATCH ?")
			.get(atom)?.count;
		this.#counts.set(atom, count ?? 0);
		return count ?? 0;
	}
}

/**
 * FTS5's expression for any of the atoms; undefined when none stands anywhere. Where scoring all would take too long,
 * the most frequent are left out: they say the least.
 */
export function matchExpression(
	atoms: readonly string[],
	index: ChunkIndex,
	frequencies: Frequencies,
): string | undefined {
	const counted = atoms
		.map((atom) => ({ atom, count: frequencies.of(atom, index) }))
		.filter(({ atom, count }) => count > 0 && (atoms.length === 1 || !isBeginning(atom) || count <= mostOfBeginning));
	counted.sort((a, b) => a.count - b.count);
	let sum = 0;
	const kept = counted.filter(({ count }, place) => {
		sum += count;
		return place === 0 || sum <= mostScored;
	});
	return kept.length === 0 ? undefined : kept.map(({ atom }) => atom).join(" OR ");
}

/** The best chunks by BM25. Equal scores are ordered by id. */
export function lexicalSearch(
	database: Database,
	expression: string,
	{ limit, condition }: { limit: number; condition: Condition | undefined },
): LexicalHit[] {
	const join = condition === undefined ? "" : "CROSS JOIN chunks ON chunks.id = chunkText.rowid";
	const where = condition === undefined ? "" : `AND ${condition.sql}`;
	const values: Bindable[] = [expression, ...(condition?.values ?? []), limit];
	return database
		.prepare<LexicalHit>(
			`SELECT chunkText.rowid AS id, -bm25(chunkText, ${columnWeights}) AS score FROM chunkText ${join}
			WHERE chunkText MATCH ? ${where} ORDER BY score DESC, chunkText.rowid LIMIT ?`,
		)
		.all(...values);
}

function isBeginning(atom: string): boolean {
	return atom.endsWith("*");
}

/** Sub-tokens hold letters, digits and marks alone, so that nothing in them means something to FTS5. */
function quoted(token: string): string {
	return `"${token}"`;
}

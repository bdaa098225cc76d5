import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../../base/errors.ts";
import { staysWithin } from "../../data/readers/confined.ts";
import type { Duplicates } from "../../protocol/search.ts";
import { readContent } from "../index/readFile.ts";
import { subTokens } from "../subTokens.ts";
import { chunksInOrder, type FoundChunk } from "./foundChunks.ts";
import { bandsOf, jaccard, likelyPairs, shingles } from "./minHash.ts";
import type { Searcher } from "./searcher.ts";

/** Chunks of fewer sub-tokens are alike because there is nothing in them: getters, imports. */
const fewestTokens = 25;

/** Of the runs of three sub-tokens that two chunks have, the least share that both must have. */
const leastShared = 0.5;

/** How long others may have to wait, in milliseconds. */
const slice = 20;

interface Member {
	readonly chunk: FoundChunk;
	readonly shingles: Uint32Array;
}

/**
 * Groups of chunks that hold nearly the same code. Pairs are found by the words of their texts, so that no model is
 * needed and time grows with the number of chunks; where both have vectors, their cosine distance decides, else one
 * minus the share of words in common. A group holds whatever is linked by pairs within `threshold`.
 */
export async function nearDuplicates(
	searcher: Searcher,
	{ threshold, signal }: { threshold: number; signal?: AbortSignal },
): Promise<Duplicates> {
	const index = await searcher.refresh();
	const turn = createTurns(signal);
	const chunks = chunksInOrder(index.database);
	const members = await membersOf(searcher.folder, chunks, turn);
	const signatures: Uint32Array[] = [];
	for (const member of members) {
		signatures.push(bandsOf(member.shingles));
		await turn();
	}
	const links: Link[] = [];
	for (const [a, b] of likelyPairs(signatures)) {
		await turn();
		const distance = distanceOf(searcher, members[a]!, members[b]!);
		if (distance !== undefined && distance <= threshold) links.push({ a, b, distance });
	}
	return { clusters: clustersOf(links, members) };
}

interface Link {
	readonly a: number;
	readonly b: number;
	readonly distance: number;
}

/** Reads the files one after the other; what has changed since it was indexed is left out. */
async function membersOf(folder: string, chunks: readonly FoundChunk[], turn: () => Promise<void>): Promise<Member[]> {
	const members: Member[] = [];
	let path: string | undefined;
	let text: string | undefined;
	for (const chunk of chunks) {
		if (chunk.path !== path) {
			path = chunk.path;
			text = await currentText(folder, chunk);
		}
		if (text === undefined) continue;
		const tokens = subTokens(text.slice(chunk.start, chunk.end));
		if (tokens.length >= fewestTokens) members.push({ chunk, shingles: shingles(tokens) });
		await turn();
	}
	return members;
}

async function currentText(folder: string, { path, language, fileHash }: FoundChunk): Promise<string | undefined> {
	if (!(await staysWithin(folder, path))) return undefined;
	const content = await readContent(folder, { path, language: language ?? "" });
	return content?.facts.hash === fileHash ? content.text : undefined;
}

/** Undefined for a pair that is none: too little in common, or one that holds the other. */
function distanceOf({ matrix }: Searcher, one: Member, other: Member): number | undefined {
	const [a, b] = [one.chunk, other.chunk];
	if (a.path === b.path && a.start < b.end && b.start < a.end) return undefined;
	if (a.hash === b.hash) return 0;
	const shared = jaccard(one.shingles, other.shingles);
	if (shared < leastShared) return undefined;
	const rows = [matrix.rowOf(a.hash), matrix.rowOf(b.hash)];
	if (rows[0] === undefined || rows[1] === undefined) return 1 - shared;
	return Math.max(0, 1 - cosine(matrix.vector(rows[0]), matrix.vector(rows[1])));
}

function cosine(a: Float32Array, b: Float32Array): number {
	let [product, first, second] = [0, 0, 0];
	for (let unit = 0; unit < a.length; unit++) {
		product += a[unit]! * b[unit]!;
		first += a[unit]! * a[unit]!;
		second += b[unit]! * b[unit]!;
	}
	return product / Math.sqrt(first * second || 1);
}

/** What is linked, directly or through others; the nearest groups first. */
function clustersOf(links: readonly Link[], members: readonly Member[]): Duplicates["clusters"] {
	const parents = new Map<number, number>();
	const rootOf = (place: number): number => {
		let root = place;
		for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
		if (root !== place) parents.set(place, root);
		return root;
	};
	for (const { a, b } of links) {
		const [first, second] = [rootOf(a), rootOf(b)];
		if (first !== second) parents.set(Math.max(first, second), Math.min(first, second));
	}
	const groups = new Map<number, { distance: number; places: Set<number> }>();
	for (const { a, b, distance } of links) {
		const root = rootOf(a);
		const group = groups.get(root) ?? { distance: 0, places: new Set() };
		group.distance = Math.max(group.distance, distance);
		group.places.add(a).add(b);
		groups.set(root, group);
	}
	return [...groups.values()]
		.map(({ distance, places }) => ({
			distance,
			members: [...places].sort((a, b) => a - b).map((place) => placeOf(members[place]!.chunk)),
		}))
		.sort((a, b) => a.distance - b.distance || b.members.length - a.members.length);
}

function placeOf({ path, startLine, endLine, symbol, kind }: FoundChunk): Duplicates["clusters"][number]["members"][0] {
	return { path, startLine, endLine, symbol, kind };
}

/** Lets others have their turn when the last one is long ago, and a cancellation in. */
function createTurns(signal: AbortSignal | undefined): () => Promise<void> {
	let last = performance.now();
	return async () => {
		if (performance.now() - last >= slice) {
			await setImmediate();
			last = performance.now();
		}
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The search was cancelled.");
	};
}

/** How much of each head's attention goes along the edges of a data flow, and how much would by chance. */
import type { EncoderConfig } from "../../model/config.ts";
import { attentionReach } from "./attentionReach.ts";
import type { PlacedEdge } from "./dataflowEdges.ts";
import type { InspectedRow } from "./textTokens.ts";

/** Pairs of tokens of a row that edges join: by use the sources, or by source the uses. */
export type TokenPairs = ReadonlyMap<number, ReadonlySet<number>>;

export interface HeadShare {
	readonly layer: number;
	readonly head: number;
	/** Mean over the tokens that an edge leaves of the attention that goes along their edges. */
	readonly share: number;
	/** The same where each token looks alike at all that it can see. */
	readonly chance: number;
	/** share / chance; null where no edge can be seen. */
	readonly lift: number | null;
}

/** The tokens that edges join: each token of a use with each token of its source, or the other way round. */
export function tokenPairs(
	row: InspectedRow,
	edges: readonly PlacedEdge[],
	direction: "toSource" | "fromSource",
): TokenPairs {
	const pairs = new Map<number, Set<number>>();
	for (const { from, to } of edges) {
		const [leaving, reached] = direction === "toSource" ? [from, to] : [to, from];
		const targets = tokensAt(row, reached);
		for (const query of tokensAt(row, leaving)) {
			const keys = pairs.get(query) ?? new Set();
			for (const key of targets) if (key !== query) keys.add(key);
			if (keys.size > 0) pairs.set(query, keys);
		}
	}
	return pairs;
}

/** 1 at (query, key) of each pair, [T, T] for rows padded to `length`. */
export function pairMatrix(pairs: TokenPairs, length: number): Float32Array {
	const matrix = new Float32Array(length * length);
	for (const [query, keys] of pairs) for (const key of keys) matrix[query * length + key] = 1;
	return matrix;
}

/** The shares of all heads from the sums of their attention on the pairs, by layer [heads]; largest lift first. */
export function headShares(
	config: EncoderConfig,
	pairs: TokenPairs,
	{ sums, tokens }: { readonly sums: readonly ArrayLike<number>[]; readonly tokens: number },
): HeadShare[] {
	if (pairs.size === 0) return [];
	const shares = sums.flatMap((heads, layer) => {
		const chance = chanceOf(pairs, { tokens, reach: attentionReach(config, layer) });
		return Array.from(heads, (sum, head) => {
			const share = Math.min(1, sum / pairs.size);
			return { layer, head, share, chance, lift: chance === 0 ? null : share / chance };
		});
	});
	return shares.sort((a, b) => (b.lift ?? -1) - (a.lift ?? -1) || b.share - a.share);
}

function chanceOf(pairs: TokenPairs, { tokens, reach }: { tokens: number; reach: number | null }): number {
	let sum = 0;
	for (const [query, keys] of pairs) {
		const first = reach === null ? 0 : Math.max(0, query - reach);
		const last = reach === null ? tokens - 1 : Math.min(tokens - 1, query + reach);
		let seen = 0;
		for (const key of keys) if (key >= first && key <= last) seen++;
		sum += seen / (last - first + 1);
	}
	return sum / pairs.size;
}

function tokensAt({ starts, ends, special }: InspectedRow, { start, end }: { start: number; end: number }): number[] {
	const found: number[] = [];
	for (let at = 0; at < starts.length; at++) {
		if (!special[at] && starts[at]! < end && ends[at]! > start) found.push(at);
	}
	return found;
}

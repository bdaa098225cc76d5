import type { Database } from "../index/database.ts";
import { subTokens } from "../subTokens.ts";
import type { Condition } from "./conditions.ts";

/** A chunk that has the very name that was asked for. */
export interface ExactHit {
	readonly id: number;
	/** 0: letter by letter; 1: but for case. */
	readonly tier: 0 | 1;
}

const part = "[\\p{L}_$][\\p{L}\\p{M}\\p{N}_$]*[?!]?";
const name = new RegExp(`^${part}(?:(?:\\.|::|#|->)${part})*$`, "u");

/** A word that only code is written in: joined parts, capitals within, underscores, or a call. */
const codeLike = /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}{2}\p{Ll}|\w_\w|^_|::|#|->|[\p{L}_$]\.[\p{L}_$]|\(\)$/u;

/** Names of a long query that are looked for. */
const mostNames = 3;

/** Longer words are no names. */
const longestName = 200;

/** The name that a query is, in whole; undefined when it is anything else. */
export function nameThatIs(text: string): string | undefined {
	const word = withoutCall(text.trim());
	return word.length <= longestName && name.test(word) ? word : undefined;
}

/** The names that stand in a query of several words. */
export function namesWithin(text: string): string[] {
	const words = text
		.slice(0, 20_000)
		.split(/[\s,;"'`]+/)
		.filter((word) => word.length <= longestName && codeLike.test(word));
	const names = words.map(withoutCall).filter((word) => name.test(word));
	return [...new Set(names)].slice(0, mostNames);
}

/** The chunks whose symbol or name that is, the same letters first, then the same letters in another case. */
export function chunksNamed(
	database: Database,
	wanted: string,
	{ limit, condition }: { limit: number; condition: Condition | undefined },
): ExactHit[] {
	const tokens = [...new Set(subTokens(wanted))];
	if (tokens.length === 0) return [];
	const symbol = wanted.replaceAll(/::|#|->/g, ".");
	const found = database
		.prepare<{ id: number; symbol: string | null; name: string | null }>(
			`SELECT chunks.id, chunks.symbol, chunks.name FROM chunkText CROSS JOIN chunks ON chunks.id = chunkText.rowid
			WHERE chunkText MATCH ? AND (chunks.name = ? COLLATE NOCASE OR chunks.symbol = ? COLLATE NOCASE)
			${condition === undefined ? "" : `AND ${condition.sql}`}
			ORDER BY chunks.name = ? OR chunks.symbol = ? DESC, chunks.kind = 'block', chunks.id LIMIT ?`,
		)
		.all(
			tokens.map((token) => `name : "${token}"`).join(" AND "),
			symbol,
			symbol,
			...(condition?.values ?? []),
			symbol,
			symbol,
			limit,
		);
	return found.map((chunk) => ({ id: chunk.id, tier: chunk.name === symbol || chunk.symbol === symbol ? 0 : 1 }));
}

function withoutCall(word: string): string {
	return word.replace(/\(\)$/, "");
}

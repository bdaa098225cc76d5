import type { ChunkKind } from "../../syntax/chunks.ts";
import type { Database } from "../index/database.ts";
import type { Condition } from "./conditions.ts";

/** A chunk with the file where it stands. */
export interface FoundChunk {
	readonly id: number;
	readonly hash: string;
	readonly kind: ChunkKind;
	readonly symbol: string | null;
	readonly start: number;
	readonly end: number;
	readonly startLine: number;
	readonly endLine: number;
	readonly path: string;
	readonly language: string | null;
	/** Of the file's text when it was indexed. */
	readonly fileHash: string;
}

const columns = `chunks.id, chunks.hash, chunks.kind, chunks.symbol, chunks.start, chunks.end, chunks.startLine,
	chunks.endLine, files.path, files.language, files.hash AS fileHash`;

/** The chunks of these ids, in no order; those that are gone are left out. */
export function chunksById(database: Database, ids: readonly number[]): FoundChunk[] {
	return database
		.prepare<FoundChunk>(
			`SELECT ${columns} FROM json_each(?) AS wanted CROSS JOIN chunks ON chunks.id = wanted.value
			JOIN files ON files.id = chunks.file`,
		)
		.all(JSON.stringify(ids));
}

/** The chunks with these contents, in no order. */
export function chunksByHash(
	database: Database,
	hashes: readonly string[],
	condition: Condition | undefined,
): FoundChunk[] {
	return database
		.prepare<FoundChunk>(
			`SELECT ${columns} FROM json_each(?) AS wanted CROSS JOIN chunks ON chunks.hash = wanted.value
			JOIN files ON files.id = chunks.file ${condition === undefined ? "" : `WHERE ${condition.sql}`}`,
		)
		.all(JSON.stringify(hashes), ...(condition?.values ?? []));
}

/** All chunks, file by file, in the order in which they stand there. */
export function chunksInOrder(database: Database): FoundChunk[] {
	return database
		.prepare<FoundChunk>(
			`SELECT ${columns} FROM files JOIN chunks ON chunks.file = files.id
			WHERE files.state = 'indexed' ORDER BY files.id, chunks.start`,
		)
		.all();
}

/** The contents of all chunks that fulfil a condition. */
export function hashesThat(database: Database, condition: Condition): Set<string> {
	const rows = database
		.prepare<{ hash: string }>(`SELECT DISTINCT hash FROM chunks WHERE ${condition.sql}`)
		.all(...condition.values);
	return new Set(rows.map(({ hash }) => hash));
}

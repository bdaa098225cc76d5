import type { Database } from "./database.ts";

/** Raised with every change that older code would misread; an index of another version is built anew. */
export const formatVersion = 1;

/**
 * The tables of an index. A chunk's `hash` stands for all that is searched of it but its path, so that a content
 * has one row of `chunkText` for each place where it stands and one vector in all.
 *
 * - `files.state` is `indexed` or why the file is left out, as a sentence. `syntax` is 0 while its chunks are blocks
 *   of lines, made in a hurry so that it can be found, and 1 once they are what its language has.
 * - `chunkText.rowid` is `chunks.id`. It keeps no text, and holds what `subTokens` makes of it.
 * - `vectors.vector` is int8[dimension]: units of L2-normalised rows times 127. `generation` tells the vectors of a
 *   model from those of the model that is to follow it. Rows are never changed, and a new one has a larger `id`.
 * - `meta.changes` grows with every transaction that changes anything else.
 */
const tables = `
	CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
	CREATE TABLE files(
		id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, bytes INTEGER NOT NULL, mtime REAL NOT NULL,
		language TEXT, state TEXT NOT NULL, syntax INTEGER NOT NULL
	);
	CREATE INDEX filesWithoutSyntax ON files(id) WHERE syntax = 0;
	CREATE TABLE chunks(
		id INTEGER PRIMARY KEY, file INTEGER NOT NULL, hash TEXT NOT NULL, kind TEXT NOT NULL, symbol TEXT, name TEXT,
		start INTEGER NOT NULL, end INTEGER NOT NULL, startLine INTEGER NOT NULL, endLine INTEGER NOT NULL
	);
	CREATE INDEX chunksOfFile ON chunks(file);
	CREATE INDEX chunksOfContent ON chunks(hash);
	CREATE TABLE vectors(
		id INTEGER PRIMARY KEY AUTOINCREMENT, generation INTEGER NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL
	);
	CREATE UNIQUE INDEX vectorsOfContent ON vectors(hash, generation);
	CREATE VIRTUAL TABLE chunkText USING fts5(
		name, path, docstring, body, content='', contentless_delete=1,
		tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
	);
`;

/** Makes the tables in a new file, whole or not at all. */
export function createTables(database: Database, folder: string): void {
	database.transaction(() => {
		database.exec(tables);
		const insert = database.prepare("INSERT INTO meta VALUES(?, ?)");
		const meta = {
			formatVersion,
			folder,
			createdAt: new Date().toISOString(),
			changes: 0,
			model: null,
			nextModel: null,
		};
		for (const [key, value] of Object.entries(meta)) insert.run(key, value);
	});
}

/** The version of the tables in a file; undefined in one that has none. */
export function versionOf(database: Database): unknown {
	const hasMeta = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() !== undefined;
	if (!hasMeta) return undefined;
	return database.prepare<{ value: unknown }>("SELECT value FROM meta WHERE key = 'formatVersion'").get()?.value;
}

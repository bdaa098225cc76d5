import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { openIndex } from "../../sidecar/search/index/chunkIndex.ts";
import { openDatabase } from "../../sidecar/search/index/database.ts";
import { FolderIndexer } from "../../sidecar/search/index/folderIndexer.ts";
import type { OpenModel } from "../../sidecar/search/index/folderModel.ts";
import { indexLayout } from "../../sidecar/store/layout.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

/** A folder of code with a user's folder for its index. */
export interface IndexedFolder {
	readonly folder: string;
	readonly home: string;
	write(files: Readonly<Record<string, string | Uint8Array>>): void;
}

export function codeFolder(
	test: Pick<TestContext, "after">,
	files: Readonly<Record<string, string | Uint8Array>> = {},
): IndexedFolder {
	const folder = temporaryFolder(test);
	const write: IndexedFolder["write"] = (written) => {
		for (const [path, content] of Object.entries(written)) {
			mkdirSync(dirname(join(folder, path)), { recursive: true });
			writeFileSync(join(folder, path), content);
		}
	};
	write(files);
	return { folder, home: temporaryFolder(test), write };
}

/** A model whose vectors are drawn from the hash of each text, and the texts that it was given. */
export interface HashModel extends OpenModel {
	readonly embedded: string[];
}

export function hashModel(identity = "one", dimension = 16): HashModel {
	const embedded: string[] = [];
	return {
		embedded,
		model: { name: identity, folder: `/models/${identity}`, identity, dimension },
		embed: async (texts) => {
			embedded.push(...texts);
			return Float32Array.from(texts.flatMap((text) => unitVector(`${identity} ${text}`, dimension)));
		},
	};
}

function unitVector(text: string, dimension: number): number[] {
	const bytes = createHash("shake256", { outputLength: dimension }).update(text).digest();
	const vector = [...bytes].map((byte) => byte - 127.5);
	const length = Math.hypot(...vector);
	return vector.map((unit) => unit / length);
}

/** Brings the index of a folder up to date in this process and returns the indexer. */
export async function index(
	{ folder, home }: IndexedFolder,
	options: { model?: OpenModel; rebuild?: boolean } = {},
): Promise<FolderIndexer> {
	const indexer = new FolderIndexer({ folder, home, openModel: async () => options.model });
	if (options.rebuild) indexer.rebuild();
	indexer.rescan();
	await finish(indexer);
	return indexer;
}

/** Lets an indexer work until nothing is left. */
export async function finish(indexer: FolderIndexer): Promise<void> {
	while (await indexer.work());
}

/** All that can be searched in an index, in an order that does not depend on how it came to be. */
export function dump({ folder, home }: Pick<IndexedFolder, "folder" | "home">): unknown[] {
	const database = openDatabase(indexLayout(folder, home).database, { readonly: false });
	try {
		database.exec("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, chunkText, 'instance')");
		const words = new Map<number, string[]>();
		const rows = database.prepare<{ term: string; doc: number; col: string; offset: number }>(
			"SELECT * FROM temp.words",
		);
		for (const { term, doc, col, offset } of rows.each()) {
			words.set(doc, [...(words.get(doc) ?? []), `${col} ${String(offset).padStart(6, "0")} ${term}`]);
		}
		const chunks = database
			.prepare<Record<string, unknown> & { id: number; vector: ArrayBuffer | null }>(
				`SELECT chunks.id, files.path, files.hash AS fileHash, language, state, syntax, chunks.hash, kind, symbol, name,
					start, end, startLine, endLine, vector
				FROM files LEFT JOIN chunks ON file = files.id
				LEFT JOIN meta ON meta.key = 'model'
				LEFT JOIN vectors ON vectors.hash = chunks.hash AND generation = json_extract(meta.value, '$.generation')
				ORDER BY files.path, start, end, kind`,
			)
			.all();
		return chunks.map(({ id, vector, ...rest }) => ({
			...rest,
			vector: vector === null ? null : Buffer.from(vector).toString("base64"),
			words: words.get(id)?.sort() ?? [],
		}));
	} finally {
		database.close();
	}
}

/** The paths whose chunks hold a word, in order. */
export function pathsWith({ folder, home }: Pick<IndexedFolder, "folder" | "home">, word: string): string[] {
	const open = openIndex(folder, { home, readonly: true });
	try {
		const rows = open.database
			.prepare<{ path: string }>(
				`SELECT DISTINCT files.path FROM chunkText JOIN chunks ON chunks.id = chunkText.rowid
				JOIN files ON files.id = chunks.file WHERE chunkText MATCH ? ORDER BY files.path`,
			)
			.all(word);
		return rows.map(({ path }) => path);
	} finally {
		open.close();
	}
}

import { invariant, MaskwrightError } from "../../base/errors.ts";
import { hasIndex, indexBytes, makeIndexFolder } from "../../store/indexFiles.ts";
import { indexLayout } from "../../store/layout.ts";
import type { ChunkKind } from "../../syntax/chunks.ts";
import { type Database, openDatabase, type Statement } from "./database.ts";
import { createTables, formatVersion, versionOf } from "./schema.ts";

/** The model whose vectors an index holds. */
export interface IndexModel {
	readonly name: string;
	readonly folder: string;
	/** Of its weights, tokenizer and configuration. */
	readonly identity: string;
	readonly dimension: number;
	/** Layers and units that make them, where the model makes larger ones too. */
	readonly size?: string;
	/** Of its rows in `vectors`. */
	readonly generation: number;
}

export interface IndexHeader {
	/** The source folder, by its real path. */
	readonly folder: string;
	readonly createdAt: string;
	/** Null while words alone are searched. */
	readonly model: IndexModel | null;
	/** The model that follows once all of its vectors are there. */
	readonly nextModel: IndexModel | null;
}

export interface IndexCounts {
	/** Files in the index, whose chunks can be found. */
	readonly files: number;
	/** Files that were looked into and left out, with a reason in `files.state`. */
	readonly failed: number;
	readonly chunks: number;
	/** Chunks that have a vector of the next model where there is one, else of the model. */
	readonly embedded: number;
}

/** A row of `files`. */
export interface FileRow {
	readonly id: number;
	readonly path: string;
	readonly hash: string;
	readonly bytes: number;
	readonly mtime: number;
	readonly language: string | null;
	readonly state: string;
	readonly syntax: number;
}

/** A row of `chunks`. */
export interface ChunkRow {
	readonly id: number;
	readonly file: number;
	readonly hash: string;
	readonly kind: ChunkKind;
	readonly symbol: string | null;
	readonly name: string | null;
	readonly start: number;
	readonly end: number;
	readonly startLine: number;
	readonly endLine: number;
}

export interface OpenIndexOptions {
	/** The user's folder. */
	readonly home?: string;
	/** A reader sees what the last finished transaction left, while another process writes. */
	readonly readonly: boolean;
}

/**
 * Opens the index of a source folder, given by its real path; without `readonly` it is made when missing. Throws
 * `notFound` when it is to be read and does not exist, `indexInvalid` when it is damaged or of another version, and
 * `storage` when the disk refuses.
 */
export function openIndex(folder: string, { home, readonly }: OpenIndexOptions): ChunkIndex {
	if (readonly && !hasIndex(folder, home)) throw noIndexError(folder);
	if (!readonly) makeIndexFolder(folder, home);
	const { database: path } = indexLayout(folder, home);
	const database = openDatabase(path, { readonly });
	try {
		const version = versionOf(database);
		if (version === undefined && !readonly) createTables(database, folder);
		else if (version !== formatVersion) throw otherVersion(path, version);
		return new ChunkIndex(database, () => indexBytes(folder, home));
	} catch (error) {
		database.close();
		throw error;
	}
}

/** What to say of a folder without an index. */
export function noIndexError(folder: string): MaskwrightError {
	return new MaskwrightError("notFound", `${folder} has no index yet. Index it: maskwright index ${folder}`);
}

function otherVersion(path: string, version: unknown): MaskwrightError {
	return new MaskwrightError(
		"indexInvalid",
		`The index ${path} has version ${String(version)} of the format and not ${formatVersion}. Index the folder again: it is built anew.`,
	);
}

/** An open index, as it is read. Writing is `IndexWriter`'s. */
export class ChunkIndex {
	/** For queries of the search room. */
	readonly database: Database;
	/** Of all its files. */
	readonly sizeBytes: () => number;
	readonly #meta: Statement<{ value: string | number | null }>;
	readonly #file: Statement<FileRow>;
	readonly #chunks: Statement<ChunkRow>;

	constructor(database: Database, sizeBytes: () => number) {
		this.database = database;
		this.sizeBytes = sizeBytes;
		this.#meta = database.prepare("SELECT value FROM meta WHERE key = ?");
		this.#file = database.prepare("SELECT * FROM files WHERE path = ?");
		this.#chunks = database.prepare("SELECT * FROM chunks WHERE file = ? ORDER BY start, id");
	}

	get header(): IndexHeader {
		return {
			folder: String(this.meta("folder")),
			createdAt: String(this.meta("createdAt")),
			model: this.#model("model"),
			nextModel: this.#model("nextModel"),
		};
	}

	counts(): IndexCounts {
		return JSON.parse(String(this.meta("counts") ?? noCounts)) as IndexCounts;
	}

	/** Grows whenever what is searched changes. */
	changes(): number {
		return Number(this.meta("changes"));
	}

	file(path: string): FileRow | undefined {
		return this.#file.get(path);
	}

	chunksOf(file: number): ChunkRow[] {
		return this.#chunks.all(file);
	}

	/** A value of `meta`. */
	meta(key: string): string | number | null | undefined {
		return this.#meta.get(key)?.value;
	}

	close(): void {
		this.database.close();
	}

	#model(key: "model" | "nextModel"): IndexModel | null {
		const value = this.meta(key);
		invariant(value === null || typeof value === "string", `meta has no ${key}`);
		return value === null ? null : (JSON.parse(value) as IndexModel);
	}
}

const noCounts = JSON.stringify({ files: 0, failed: 0, chunks: 0, embedded: 0 } satisfies IndexCounts);

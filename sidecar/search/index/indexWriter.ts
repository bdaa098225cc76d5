import { invariant, isError } from "../../base/errors.ts";
import { subTokens } from "../subTokens.ts";
import type { ChunkIndex, ChunkRow, FileRow, IndexCounts, IndexModel } from "./chunkIndex.ts";
import type { Bindable, Statement } from "./database.ts";
import type { SourceChunk } from "./sourceChunks.ts";

/** What is written of a file. */
export type FileFacts = Omit<FileRow, "id" | "syntax"> & { readonly syntax: boolean };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Writes an index; its process holds the index's lock. All writing happens in `transaction`, and what ends the
 * process between two of them loses nothing.
 */
export class IndexWriter {
	readonly index: ChunkIndex;
	#counts: Mutable<IndexCounts>;
	/** The generation that is being filled; undefined without a model. */
	#generation: number | undefined;
	readonly #statements: ReturnType<typeof prepareStatements>;

	constructor(index: ChunkIndex) {
		this.index = index;
		this.#counts = { ...index.counts() };
		this.#generation = (index.header.nextModel ?? index.header.model)?.generation;
		this.#statements = prepareStatements(index);
	}

	/** All of `action` or nothing. */
	transaction<T>(action: () => T): T {
		const before = { ...this.#counts };
		const generation = this.#generation;
		try {
			return this.index.database.transaction(() => {
				const result = action();
				this.#statements.setMeta.run("counts", JSON.stringify(this.#counts));
				this.#statements.count.run();
				return result;
			});
		} catch (error) {
			this.#counts = before;
			this.#generation = generation;
			throw error;
		}
	}

	/** Writes a file with its chunks. Chunks whose content and path are as they were keep their rows and vectors. */
	putFile(facts: FileFacts, chunks: readonly SourceChunk[]): void {
		const s = this.#statements;
		const known = this.index.file(facts.path);
		const { hash, bytes, mtime, language, state } = facts;
		const columns: Bindable[] = [hash, bytes, mtime, language, state, facts.syntax ? 1 : 0];
		if (known !== undefined) this.#countFile(known.state, -1);
		this.#countFile(state, 1);
		const id = known?.id ?? s.insertFile.run(facts.path, ...columns).lastId;
		if (known !== undefined) s.updateFile.run(...columns, id);
		const before = known === undefined ? [] : this.index.chunksOf(id);
		const forgotten = known?.hash === "";
		if (forgotten) for (const chunk of before) this.#removeChunk(chunk);
		this.#replaceChunks({ id, path: facts.path }, forgotten ? [] : before, chunks);
	}

	/** Notes that a file has the same content as before and another time. */
	touchFile(id: number, mtime: number): void {
		this.#statements.touchFile.run(mtime, id);
	}

	removeFile(path: string): void {
		const known = this.index.file(path);
		if (known === undefined) return;
		for (const chunk of this.index.chunksOf(known.id)) this.#removeChunk(chunk);
		this.#statements.removeFile.run(known.id);
		this.#countFile(known.state, -1);
	}

	/** Makes every file look changed, and gives the vectors a new generation: all is built anew while the old serves. */
	forgetContents(): void {
		this.#statements.forgetFiles.run();
		const { model } = this.index.header;
		if (model !== null) this.#setNextModel({ ...model, generation: this.#newGeneration() });
	}

	/** Names the model of the vectors to come. Those of another model stay until the new ones are all there. */
	useModel(model: Omit<IndexModel, "generation">): void {
		const { model: now, nextModel: next } = this.index.header;
		if (next?.identity === model.identity && next.dimension === model.dimension) return;
		if (next !== null) this.#dropNextModel();
		if (now?.identity === model.identity && now.dimension === model.dimension) return;
		const wanted = { ...model, generation: this.#newGeneration() };
		if (now === null) this.#setModel(wanted);
		else this.#setNextModel(wanted);
	}

	/** Whether the vectors to come are those of this model. */
	hasModel({ identity, dimension }: Omit<IndexModel, "generation">): boolean {
		const { model, nextModel } = this.index.header;
		const current = nextModel ?? model;
		return current?.identity === identity && current.dimension === dimension;
	}

	/** Once every chunk has a vector of the next model, that is the model, and the vectors before it go. */
	takeNextModel(): boolean {
		const { nextModel } = this.index.header;
		if (nextModel === null || this.#counts.embedded < this.#counts.chunks) return false;
		this.#setModel(nextModel);
		this.#statements.dropOtherVectors.run(nextModel.generation);
		return true;
	}

	/** Files, in turn after `file`, with chunks that have no vector yet. */
	filesWithoutVectors(after: number, limit: number): FileRow[] {
		const generation = this.#generation;
		return generation === undefined ? [] : this.#statements.filesWithoutVectors.all(after, generation, limit);
	}

	/** Files, in turn after `file`, whose chunks are still blocks of lines made in a hurry. */
	filesWithoutSyntax(after: number, limit: number): FileRow[] {
		return this.#statements.filesWithoutSyntax.all(after, limit);
	}

	/** How many files `filesWithoutSyntax` gives in all. */
	countWithoutSyntax(): number {
		return this.#statements.countWithoutSyntax.get()?.count ?? 0;
	}

	/** Whether a content has a vector of the model to be. */
	hasVector(hash: string): boolean {
		return this.#generation !== undefined && this.#statements.findVector.get(hash, this.#generation) !== undefined;
	}

	/** Stores the vectors [hashes, dimension], L2-normalised. */
	putVectors(hashes: readonly string[], vectors: Float32Array): void {
		const { nextModel, model } = this.index.header;
		const { dimension, generation } = nextModel ?? model ?? {};
		invariant(dimension !== undefined && generation !== undefined, "vectors came before their model.");
		invariant(vectors.length === hashes.length * dimension, "vectors of another dimension were to be stored.");
		for (const [row, hash] of hashes.entries()) {
			if (this.hasVector(hash)) continue;
			const vector = quantized(vectors.subarray(row * dimension, (row + 1) * dimension));
			this.#statements.insertVector.run(generation, hash, vector);
			this.#counts.embedded += this.#statements.countContent.get(hash)?.count ?? 0;
		}
	}

	/**
	 * Removes vectors of contents that stand nowhere any more once they are more than half as many as those in use:
	 * a branch that is switched back to needs them again.
	 */
	removeOrphans(): void {
		const { orphans, vectors } = this.#statements.countOrphans.get() ?? { orphans: 0, vectors: 0 };
		if (orphans > 1_000 && orphans > (vectors - orphans) / 2) this.#statements.removeOrphans.run();
	}

	/** Counts all rows anew. */
	recount(): IndexCounts {
		this.#counts = { ...countRows(this.index, this.#generation) };
		return this.#counts;
	}

	/** Closes the index, what was written ahead moved into its file. */
	close(): void {
		const { database } = this.index;
		try {
			database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
		} catch (error) {
			if (!isError(error)) throw error; // what refuses this is told to the next statement that matters
		}
		database.close();
	}

	#replaceChunks(
		file: { readonly id: number; readonly path: string },
		before: readonly ChunkRow[],
		chunks: readonly SourceChunk[],
	): void {
		const kept = new Map<string, ChunkRow[]>();
		for (const row of before) kept.set(row.hash, [...(kept.get(row.hash) ?? []), row]);
		for (const chunk of chunks) {
			const row = kept.get(chunk.hash)?.shift();
			if (row === undefined) this.#insertChunk(file, chunk);
			else this.#moveChunk(row, chunk);
		}
		for (const row of [...kept.values()].flat()) this.#removeChunk(row);
	}

	#insertChunk(file: { readonly id: number; readonly path: string }, chunk: SourceChunk): void {
		const { hash, kind, symbol, name, start, end, startLine, endLine } = chunk;
		const place: Bindable[] = [start, end, startLine, endLine];
		const { lastId } = this.#statements.insertChunk.run(file.id, hash, kind, symbol, name, ...place);
		const columns = [symbol ?? "", file.path, chunk.docstring, chunk.text];
		this.#statements.insertText.run(lastId, ...columns.map((column) => subTokens(column).join(" ")));
		this.#counts.chunks++;
		if (this.hasVector(hash)) this.#counts.embedded++;
	}

	#moveChunk(row: ChunkRow, { start, end, startLine, endLine }: SourceChunk): void {
		if (row.start === start && row.end === end && row.startLine === startLine && row.endLine === endLine) return;
		this.#statements.moveChunk.run(start, end, startLine, endLine, row.id);
	}

	#removeChunk({ id, hash }: ChunkRow): void {
		this.#statements.removeText.run(id);
		this.#statements.removeChunk.run(id);
		this.#counts.chunks--;
		if (this.hasVector(hash)) this.#counts.embedded--;
	}

	#countFile(state: string, by: 1 | -1): void {
		if (state === "indexed") this.#counts.files += by;
		else this.#counts.failed += by;
	}

	#newGeneration(): number {
		const { model, nextModel } = this.index.header;
		return Math.max(model?.generation ?? 0, nextModel?.generation ?? 0) + 1;
	}

	#setModel(model: IndexModel): void {
		this.#statements.setMeta.run("model", JSON.stringify(model));
		this.#statements.setMeta.run("nextModel", null);
		this.#countFor(model.generation);
	}

	#setNextModel(model: IndexModel): void {
		this.#statements.setMeta.run("nextModel", JSON.stringify(model));
		this.#countFor(model.generation);
	}

	#dropNextModel(): void {
		const { model } = this.index.header;
		this.#statements.setMeta.run("nextModel", null);
		if (model === null) return;
		this.#statements.dropOtherVectors.run(model.generation);
		this.#countFor(model.generation);
	}

	#countFor(generation: number): void {
		this.#generation = generation;
		this.#counts.embedded = countRows(this.index, generation).embedded;
	}
}

/** Counts the rows of an index themselves; `embedded` for one generation. */
export function countRows({ database }: ChunkIndex, generation: number | undefined): IndexCounts {
	const count = (sql: string, ...values: Bindable[]): number =>
		database.prepare<{ count: number }>(`SELECT count(*) AS count FROM ${sql}`).get(...values)?.count ?? 0;
	return {
		files: count("files WHERE state = 'indexed'"),
		failed: count("files WHERE state <> 'indexed'"),
		chunks: count("chunks"),
		embedded: count("chunks JOIN vectors USING (hash) WHERE generation = ?", generation ?? 0),
	};
}

/** int8 units: 127 times those of the L2-normalised vector. */
function quantized(vector: Float32Array): Uint8Array {
	return new Uint8Array(Int8Array.from(vector, (unit) => Math.max(-127, Math.min(127, Math.round(127 * unit)))).buffer);
}

function prepareStatements({ database }: ChunkIndex) {
	const prepare = <Row = unknown>(sql: string): Statement<Row> => database.prepare<Row>(sql);
	return {
		setMeta: prepare("INSERT OR REPLACE INTO meta VALUES(?, ?)"),
		count: prepare("UPDATE meta SET value = value + 1 WHERE key = 'changes'"),
		insertFile: prepare(
			"INSERT INTO files(path, hash, bytes, mtime, language, state, syntax) VALUES(?, ?, ?, ?, ?, ?, ?)",
		),
		updateFile: prepare(
			"UPDATE files SET hash = ?, bytes = ?, mtime = ?, language = ?, state = ?, syntax = ? WHERE id = ?",
		),
		touchFile: prepare("UPDATE files SET mtime = ? WHERE id = ?"),
		forgetFiles: prepare("UPDATE files SET hash = '', mtime = 0"),
		removeFile: prepare("DELETE FROM files WHERE id = ?"),
		insertChunk: prepare(
			"INSERT INTO chunks(file, hash, kind, symbol, name, start, end, startLine, endLine) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		),
		moveChunk: prepare("UPDATE chunks SET start = ?, end = ?, startLine = ?, endLine = ? WHERE id = ?"),
		removeChunk: prepare("DELETE FROM chunks WHERE id = ?"),
		insertText: prepare("INSERT INTO chunkText(rowid, name, path, docstring, body) VALUES(?, ?, ?, ?, ?)"),
		removeText: prepare("DELETE FROM chunkText WHERE rowid = ?"),
		insertVector: prepare("INSERT INTO vectors(generation, hash, vector) VALUES(?, ?, ?)"),
		findVector: prepare("SELECT 1 FROM vectors WHERE hash = ? AND generation = ?"),
		countContent: prepare<{ count: number }>("SELECT count(*) AS count FROM chunks WHERE hash = ?"),
		dropOtherVectors: prepare("DELETE FROM vectors WHERE generation <> ?"),
		filesWithoutSyntax: prepare<FileRow>("SELECT * FROM files WHERE syntax = 0 AND id > ? ORDER BY id LIMIT ?"),
		countWithoutSyntax: prepare<{ count: number }>("SELECT count(*) AS count FROM files WHERE syntax = 0"),
		filesWithoutVectors: prepare<FileRow>(
			`SELECT * FROM files WHERE id > ? AND EXISTS (
				SELECT 1 FROM chunks WHERE file = files.id AND NOT EXISTS (
					SELECT 1 FROM vectors WHERE vectors.hash = chunks.hash AND generation = ?
				)
			) ORDER BY id LIMIT ?`,
		),
		countOrphans: prepare<{ orphans: number; vectors: number }>(
			`SELECT count(*) AS vectors, count(*) FILTER (WHERE hash NOT IN (SELECT hash FROM chunks)) AS orphans FROM vectors`,
		),
		removeOrphans: prepare("DELETE FROM vectors WHERE hash NOT IN (SELECT hash FROM chunks)"),
	};
}

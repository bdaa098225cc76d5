import type { ListedFile } from "../../data/readers/listing.ts";
import type { IndexWriter } from "./indexWriter.ts";
import { cutIntoChunks, type FileContent, type IndexedFile, readContent } from "./readFile.ts";
import type { Cutter } from "./sourceChunks.ts";
import type { VectorQueue } from "./vectorQueue.ts";

/** A file to be written, with its text for the vectors to come. */
interface WrittenFile extends IndexedFile {
	readonly text: string | undefined;
}

/** How much text one transaction takes, in UTF-8 bytes. */
const transactionBytes = 2_000_000;

/** Brings files of a folder into its index. */
export class FolderWriter {
	readonly writer: IndexWriter;
	readonly #root: string;
	readonly #vectors: VectorQueue;
	readonly #cutter: Cutter;
	/** Files that were begun to be read and cut before their turn, by path. */
	readonly #begun = new Map<string, Promise<WrittenFile | undefined>>();

	constructor(writer: IndexWriter, parts: { root: string; vectors: VectorQueue; cutter: Cutter }) {
		this.writer = writer;
		this.#root = parts.root;
		this.#vectors = parts.vectors;
		this.#cutter = parts.cutter;
	}

	/**
	 * Reads files, or as many of the first of them as one transaction takes, and returns how many. In a `hurry` those
	 * that are new are cut by lines; otherwise all are cut by their grammar.
	 */
	async read(files: readonly ListedFile[], hurry: "hurry" | "syntax"): Promise<number> {
		for (const { path } of files) this.#begun.delete(path);
		const contents = await Promise.all(files.map((file) => readContent(this.#root, file)));
		const written: WrittenFile[] = [];
		let bytes = 0;
		let taken = 0;
		for (const [place, content] of contents.entries()) {
			if (bytes > transactionBytes) break;
			taken++;
			if (content === undefined) this.remove(files[place]?.path ?? "");
			else if (!this.#touch(content)) {
				const isNew = this.writer.index.file(content.facts.path) === undefined;
				written.push(await this.#cut(content, isNew ? hurry : "syntax"));
				bytes += content.facts.bytes;
			}
		}
		this.#write(written);
		return taken;
	}

	/** Cuts files by their grammar that were cut by lines, as many as `until` (see `performance.now`) allows. */
	async parse(files: readonly ListedFile[], until: number): Promise<number> {
		const written: WrittenFile[] = [];
		let taken = 0;
		for (const [place, file] of files.entries()) {
			for (const next of files.slice(place, place + this.#cutter.ahead)) this.#begin(next);
			const done = await this.#begin(file);
			this.#begun.delete(file.path);
			taken++;
			if (done === undefined) this.remove(file.path);
			else written.push(done);
			if (performance.now() > until) break;
		}
		this.#write(written);
		return taken;
	}

	/** Removes a file, or all files below a folder that is gone. */
	remove(path: string): void {
		const below = this.writer.index.database
			.prepare<{ path: string }>("SELECT path FROM files WHERE path = ? OR (path >= ? AND path < ?)")
			.all(path, `${path}/`, `${path}0`); // "0" is the character after "/"
		this.removeAll(below.map((file) => file.path));
	}

	removeAll(paths: readonly string[]): void {
		if (paths.length === 0) return;
		for (const path of paths) this.#begun.delete(path);
		this.writer.transaction(() => {
			for (const path of paths) this.writer.removeFile(path);
		});
	}

	/** Whether the index has this content; then the file's time is noted alone. */
	#touch({ facts }: FileContent): boolean {
		const known = this.writer.index.file(facts.path);
		if (known?.hash !== facts.hash || known.state !== facts.state || known.syntax === 0) return false;
		const { mtime } = facts;
		if (known.mtime !== mtime) this.writer.transaction(() => this.writer.touchFile(known.id, mtime));
		return true;
	}

	/** Reads and cuts a file by its grammar, once; undefined when it is gone. */
	#begin(file: ListedFile): Promise<WrittenFile | undefined> {
		const begun = this.#begun.get(file.path);
		if (begun !== undefined) return begun;
		const work = readContent(this.#root, file).then((content) => content && this.#cut(content, "syntax"));
		work.catch(() => {}); // told when its turn comes
		this.#begun.set(file.path, work);
		return work;
	}

	async #cut(content: FileContent, how: "hurry" | "syntax"): Promise<WrittenFile> {
		return { ...(await cutIntoChunks(content, how, this.#cutter)), text: content.text };
	}

	#write(files: readonly WrittenFile[]): void {
		if (files.length === 0) return;
		this.writer.transaction(() => {
			for (const { facts, chunks } of files) this.writer.putFile(facts, chunks);
		});
		for (const { facts, chunks, text } of files) {
			if (facts.syntax) this.#vectors.note(this.writer, chunks, text ?? "");
		}
	}
}

import { embeddedText } from "../chunkText.ts";
import type { FileRow } from "./chunkIndex.ts";
import type { IndexWriter } from "./indexWriter.ts";
import { readContent } from "./readFile.ts";
import { chunksByLines, chunksBySyntax, grammarOf, type SourceChunk } from "./sourceChunks.ts";

/** Makes L2-normalised rows [texts, dimension] of texts of code. */
export type EmbedCode = (texts: readonly string[]) => Promise<Float32Array>;

interface Waiting {
	readonly hash: string;
	readonly text: string;
}

/** A portion that the model is given. */
interface Portion {
	readonly hashes: ReadonlySet<string>;
	readonly vectors: Promise<Float32Array>;
	settled: boolean;
}

/** Portions that the model is given at once: it goes on with others while the first is stored. */
const portionsAhead = 4;

/** Texts that are sorted by length together, so that a batch holds texts of about one length. */
const poolSize = 1_024;

/** UTF-16 units of text that are kept from parsing until they are embedded, so that few files are parsed twice. */
const keptUnits = 32 * 2 ** 20;

/** How long one portion of work may take, in seconds: changes of files wait for it. */
const portionSeconds = 0.5;

/** Texts of one portion at least: a run of the embedder holds many, and costs the same when it is not full. */
const fewest = 128;

/** Gives the chunks of an index that have no vector one, in portions of about half a second. */
export class VectorQueue {
	readonly #root: string;
	/** The file after which to look for more; undefined when there are none. */
	#after: number | undefined = 0;
	#pool: Waiting[] = [];
	#portion = fewest;
	/** While the model makes these vectors, files are cut and others written; in their order. */
	#running: Portion[] = [];
	#settledAt = 0;
	readonly #texts = new Map<string, string>();
	#units = 0;

	constructor(root: string) {
		this.#root = root;
	}

	/** Notes that chunks were written, so that there may be more to do, and keeps their texts while there is room. */
	note(writer: IndexWriter, chunks: readonly SourceChunk[], text: string): void {
		this.#after = 0;
		for (const chunk of chunks) {
			if (this.#units > keptUnits || this.#texts.has(chunk.hash) || writer.hasVector(chunk.hash)) continue;
			if (this.#running.some(({ hashes }) => hashes.has(chunk.hash))) continue;
			const embedded = embeddedText(chunk, text);
			this.#texts.set(chunk.hash, embedded);
			this.#units += embedded.length;
		}
	}

	/** Looks through all files again: another model is to embed them, or another process has written. */
	restart(): void {
		this.#running = [];
		this.#after = 0;
		this.#pool = [];
	}

	/** Forgets what the model is at: the index is closed. Those chunks are found again. */
	drop(): void {
		if (this.#running.length === 0) return;
		this.#running = [];
		this.#after = 0;
	}

	/** Gives the model portions while it has few; returns whether it is at any. */
	begin(embed: EmbedCode): boolean {
		while (this.#running.length < portionsAhead && (this.#pool.length > 0 || this.#takeKept())) {
			this.#give(this.#pool.splice(0, this.#portion), embed);
		}
		return this.#running.length > 0;
	}

	#give(portion: readonly Waiting[], embed: EmbedCode): void {
		const given = performance.now();
		const running: Portion = {
			hashes: new Set(portion.map(({ hash }) => hash)),
			vectors: embed(portion.map(({ text }) => text)),
			settled: false,
		};
		const settle = (): void => {
			running.settled = true;
			const seconds = (performance.now() - Math.max(given, this.#settledAt)) / 1_000;
			this.#settledAt = performance.now();
			this.#portion = Math.max(fewest, Math.min(poolSize, Math.round((portion.length * portionSeconds) / seconds)));
		};
		running.vectors.then(settle, settle);
		this.#running.push(running);
	}

	/**
	 * Waits for the first portion that the model is at, gives it another, and stores the vectors; returns how many,
	 * undefined when there was nothing left. Throws what the model throws; those chunks are found again.
	 */
	async work(writer: IndexWriter, embed: EmbedCode): Promise<number | undefined> {
		if (!this.begin(embed)) await this.#fill(writer);
		this.begin(embed);
		const portion = this.#running[0];
		if (portion === undefined) return this.#after === undefined ? undefined : 0;
		const vectors = await portion.vectors.catch((error: unknown) => {
			this.drop();
			throw error;
		});
		this.#running.shift();
		this.begin(embed); // it goes on while these are written
		writer.transaction(() => writer.putVectors([...portion.hashes], vectors));
		return portion.hashes.size;
	}

	/** Whether there are texts for a batch without looking for them, or vectors to be stored. */
	get ready(): boolean {
		if (this.made) return true;
		return this.#running.length < portionsAhead && (this.#pool.length > 0 || this.#texts.size >= poolSize);
	}

	/** Whether vectors are ready to be stored. */
	get made(): boolean {
		return this.#running[0]?.settled ?? false;
	}

	/** Whether `work` may have something to do. */
	get waits(): boolean {
		return this.#after !== undefined || this.#pool.length > 0 || this.#running.length > 0;
	}

	/** Takes texts that were kept from parsing, where they are enough for batches of about one length. */
	#takeKept(): boolean {
		if (this.#texts.size < poolSize) return false;
		const hashes = [...this.#texts.keys()].slice(0, poolSize);
		this.#pool = sorted(hashes.map((hash) => ({ hash, text: this.#take(hash) ?? "" })));
		return true;
	}

	async #fill(writer: IndexWriter): Promise<void> {
		const found = new Map<string, string>();
		const until = performance.now() + 1_000 * portionSeconds;
		while (this.#after !== undefined && found.size < poolSize && performance.now() < until) {
			const files = writer.filesWithoutVectors(this.#after, 16);
			for (const file of files) for (const { hash, text } of await this.#textsOf(writer, file)) found.set(hash, text);
			this.#after = files.at(-1)?.id;
		}
		this.#pool = sorted([...found].map(([hash, text]) => ({ hash, text })));
	}

	/** The texts of a file's chunks that have no vector. A file that has changed since gives none: it is read anew soon. */
	async #textsOf(writer: IndexWriter, file: FileRow): Promise<Waiting[]> {
		const hashes = writer.index.chunksOf(file.id).map(({ hash }) => hash);
		const missing = new Set(hashes.filter((hash) => !writer.hasVector(hash)));
		const kept = [...missing].map((hash) => ({ hash, text: this.#take(hash) }));
		if (kept.every((one): one is Waiting => one.text !== undefined)) return kept;
		const listed = { path: file.path, language: file.language ?? "" };
		const content = await readContent(this.#root, listed);
		const text = content?.text;
		if (text === undefined || content?.facts.hash !== file.hash) return [];
		const grammar = file.syntax === 1 ? grammarOf(file) : undefined;
		const chunks =
			grammar === undefined
				? chunksByLines(text, file.path, file.syntax === 1 ? "fine" : "coarse")
				: await chunksBySyntax(text, grammar);
		const wanted = chunks.filter(({ hash }) => missing.has(hash));
		return wanted.map((chunk) => ({ hash: chunk.hash, text: embeddedText(chunk, text) }));
	}

	#take(hash: string): string | undefined {
		const text = this.#texts.get(hash);
		if (this.#texts.delete(hash)) this.#units -= text?.length ?? 0;
		return text;
	}
}

function sorted(waiting: Waiting[]): Waiting[] {
	return waiting.sort((a, b) => a.text.length - b.text.length);
}

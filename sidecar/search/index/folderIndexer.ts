import { isError, MaskwrightError } from "../../base/errors.ts";
import { PathJudge } from "../../data/readers/judgePath.ts";
import type { ListedFile } from "../../data/readers/listing.ts";
import type { IndexStatus } from "../../protocol/search.ts";
import { hasIndex } from "../../store/indexFiles.ts";
import { openIndex } from "./chunkIndex.ts";
import { compareFolder } from "./compareFolder.ts";
import { FolderModel, type OpenModel, type OpensModel } from "./folderModel.ts";
import { IndexProgress } from "./indexProgress.ts";
import type { IndexWriter } from "./indexWriter.ts";
import { type OpenFolder, openFolder, setAsideFolder } from "./openFolder.ts";
import type { Cutter } from "./sourceChunks.ts";
import { VectorQueue } from "./vectorQueue.ts";

export interface FolderIndexerOptions {
	/** The real path of the source folder. */
	readonly folder: string;
	/** The user's folder. */
	readonly home?: string;
	/** Asked when there is something to embed, so that a folder without changes costs nothing. */
	readonly openModel: OpensModel;
	/** Cuts files by their grammars; by default this thread does. */
	readonly cutter?: Cutter;
	/** Ends a reading of the folder under way. */
	readonly signal?: AbortSignal;
}

/** More new files than this are first cut into blocks of lines, so that all can be found soon. */
const hurryFrom = 100;

/** More changes than this at once are found by comparing the whole folder. */
const rescanFrom = 200;

/** How many files are read for one transaction, and in one unit when they are parsed at once. */
const filesInHurry = 256;
const filesParsed = 32;

/** How long one unit of parsing may take, in milliseconds. */
const parseFor = 400;

const ignoreFiles = /(^|\/)(\.gitignore|\.maskwrightignore|\.git\/info\/exclude)$/;

/**
 * Keeps the index of one folder like the folder, in small units of work, the most urgent first: changes of single
 * files, then the difference to the folder, first as blocks of lines, then by grammar, then vectors. It holds the
 * index's lock only while there is something to do.
 */
export class FolderIndexer {
	readonly #options: FolderIndexerOptions;
	readonly #vectors: VectorQueue;
	#open: OpenFolder | undefined;
	readonly #changes = new Set<string>();
	#rebuild = false;
	#compare = false;
	#toRead: ListedFile[] = [];
	/** The file after which others may wait for their grammar; undefined when none does. */
	#syntaxAfter: number | undefined = 0;
	readonly #model: FolderModel;
	readonly #progress = new IndexProgress();
	#message: string | null = null;
	#embedded = 0;
	/** Whether the index is a new one in the place of a damaged one: a second damage in a row is told. */
	#setAside = false;
	/** Of the index when it was last open: another process may build a new one. */
	#createdAt: string | undefined;
	/** Whether many contents may have gone. */
	#untidy = false;

	constructor(options: FolderIndexerOptions) {
		this.#options = options;
		this.#vectors = new VectorQueue(options.folder);
		this.#model = new FolderModel(options.openModel);
	}

	/** Has the whole folder compared with the index. */
	rescan(): void {
		this.#compare = true;
	}

	/** Has everything read and embedded anew; what is there serves until then. */
	rebuild(): void {
		this.#rebuild = true;
	}

	/** Notes that something changed at these paths, from the folder, with forward slashes. */
	notice(paths: readonly string[]): void {
		if (paths.some((path) => ignoreFiles.test(path))) this.#compare = true;
		else for (const path of paths) this.#changes.add(path);
		if (this.#changes.size <= rescanFrom) return;
		this.#changes.clear();
		this.#compare = true;
	}

	/** To be told when another model is to make the vectors. */
	modelChanged(): void {
		this.#model.forget();
		this.#vectors.restart();
	}

	/**
	 * Does one unit of work of about half a second; false when nothing is left and the lock is free. Throws
	 * `indexLocked` while another process writes the index and `storage` when the disk refuses: then it can be tried
	 * again. A damaged index is set aside and built anew.
	 */
	async work(): Promise<boolean> {
		try {
			if (await this.#unit()) return true;
			this.release();
			return false;
		} catch (error) {
			this.release();
			if (!isError(error, "indexInvalid") || this.#setAside) throw error;
			this.#startAnew(error);
			return true;
		}
	}

	/** Vectors that were made since the indexer was. */
	get embedded(): number {
		return this.#embedded;
	}

	/** Closes the index and frees its lock; `work` opens it again. */
	release(): void {
		this.#model.forget();
		this.#vectors.drop();
		this.#open?.writer.close();
		this.#open?.lock.release();
		this.#open = undefined;
	}

	status(): Omit<IndexStatus, "watching"> {
		const { folder, home } = this.#options;
		const own = this.#open?.writer.index;
		const index = own ?? openIndex(folder, { ...(home === undefined ? {} : { home }), readonly: true });
		try {
			const { files, chunks, embedded } = index.counts();
			const { model, nextModel } = index.header;
			return {
				folder,
				state: this.#progress.stage,
				files,
				of: files + this.#toRead.length + this.#changes.size,
				chunks,
				embedded,
				bytes: index.sizeBytes(),
				secondsLeft: this.#secondsLeft(chunks - embedded),
				model: (nextModel ?? model)?.name ?? null,
				message: this.#message,
			};
		} finally {
			if (own === undefined) index.close();
		}
	}

	async #unit(): Promise<boolean> {
		const open = this.#opened();
		if (this.#rebuild) return this.#forget(open);
		if (this.#changes.size > 0) return this.#applyChanges(open);
		if (this.#compare) return this.#compareFolder(open);
		if (this.#toRead.length > 0) return this.#readSome(open);
		if (this.#syntaxAfter !== undefined) {
			// Vectors are made meanwhile, in another thread than this where one could begin.
			if (this.#vectors.ready && (await this.#embedBetween(open))) return true;
			return this.#parseSome(open, this.#syntaxAfter);
		}
		if (this.#vectors.waits && (await this.#embedSome(open))) return true;
		if (this.#untidy) open.writer.transaction(() => open.writer.removeOrphans());
		this.#untidy = false;
		this.#setAside = false;
		this.#progress.enter("ready");
		return false;
	}

	#opened(): OpenFolder {
		if (this.#open !== undefined) return this.#open;
		const { folder, home } = this.#options;
		if (this.#createdAt !== undefined && !this.#setAside && !hasIndex(folder, home)) throw deleted(folder);
		const open = openFolder(this.#options, { vectors: this.#vectors, cutter: this.#options.cutter });
		const { createdAt } = open.writer.index.header;
		if (this.#createdAt !== createdAt) this.#compare = true;
		this.#createdAt = createdAt;
		this.#open = open;
		return open;
	}

	#startAnew(error: MaskwrightError): void {
		const kept = setAsideFolder(this.#options);
		this.#message = `${error.message.split(". ")[0]}. It is built anew; the old file is kept as ${kept}.`;
		this.#setAside = true;
		this.#rebuild = false;
		this.#compare = true;
		this.#vectors.restart();
	}

	#forget({ writer }: OpenFolder): boolean {
		writer.transaction(() => writer.forgetContents());
		this.#rebuild = false;
		this.#compare = true;
		this.#vectors.restart();
		return true;
	}

	/** Reads the files at the paths that were noticed. */
	async #applyChanges({ files }: OpenFolder): Promise<boolean> {
		const paths = [...this.#changes];
		this.#changes.clear();
		const judge = new PathJudge(this.#options.folder);
		const listed: ListedFile[] = [];
		for (const path of paths) {
			const verdict = await judge.judge(path);
			if (verdict.kind === "folder") this.#compare = true;
			else if (verdict.kind === "listed") listed.push(verdict.file);
			else files.remove(path);
		}
		for (let taken = 0; taken < listed.length; ) {
			taken += await files.read(listed.slice(taken, taken + filesParsed), "syntax");
		}
		return true;
	}

	async #compareFolder({ writer, files }: OpenFolder): Promise<boolean> {
		this.#progress.enter("scanning");
		this.#compare = false;
		const { folder, signal } = this.#options;
		const { changed, gone } = await compareFolder(writer.index, folder, signal);
		files.removeAll(gone);
		this.#toRead = [...changed];
		this.#progress.begin();
		this.#syntaxAfter = 0;
		this.#untidy = gone.length + changed.length > 0;
		return true;
	}

	/** Reads files that differ. A great number of new ones is cut by lines first. */
	async #readSome({ files }: OpenFolder): Promise<boolean> {
		this.#progress.enter("scanning");
		const hurry = this.#toRead.length > hurryFrom ? "hurry" : "syntax";
		const next = this.#toRead.slice(0, hurry === "hurry" ? filesInHurry : filesParsed);
		const taken = await files.read(next, hurry);
		this.#toRead.splice(0, taken);
		this.#progress.add(taken);
		return true;
	}

	/** Cuts files by their grammar that were cut by lines. */
	async #parseSome({ writer, files }: OpenFolder, after: number): Promise<boolean> {
		const rows = writer.filesWithoutSyntax(after, filesInHurry);
		if (rows.length > 0) this.#progress.enter("indexing");
		const listed = rows.map(({ path, language }) => ({ path, language: language ?? "" }));
		const taken = await files.parse(listed, performance.now() + parseFor);
		this.#progress.add(taken);
		this.#syntaxAfter = rows[taken - 1]?.id;
		return true;
	}

	/** Stores vectors that are made, and returns whether any were; otherwise has the model begin with some. */
	async #embedBetween({ writer }: OpenFolder): Promise<boolean> {
		const open = await this.#openModel(writer);
		if (open === undefined) return false;
		if (!this.#vectors.made) {
			this.#vectors.begin(open.embed);
			return false;
		}
		this.#embedded += (await this.#vectors.work(writer, open.embed)) ?? 0;
		return true;
	}

	async #embedSome({ writer }: OpenFolder): Promise<boolean> {
		const open = await this.#openModel(writer);
		if (open === undefined) return false;
		const made = await this.#vectors.work(writer, open.embed);
		this.#embedded += made ?? 0;
		if (made !== undefined && made > 0) this.#progress.enter("embedding");
		this.#progress.add(made ?? 0);
		if (!this.#vectors.waits) writer.transaction(() => writer.takeNextModel());
		return made !== undefined;
	}

	async #openModel(writer: IndexWriter): Promise<OpenModel | undefined> {
		const { open, message } = await this.#model.open(writer, this.#message);
		this.#message = message;
		return open;
	}

	#secondsLeft(withoutVector: number): number | null {
		if (this.#compare && this.#progress.stage === "scanning") return null;
		return this.#progress.secondsLeft({
			scanning: this.#toRead.length,
			indexing: this.#open?.writer.countWithoutSyntax() ?? null,
			embedding: withoutVector,
		});
	}
}

function deleted(folder: string): MaskwrightError {
	return new MaskwrightError("notFound", `The index of ${folder} was deleted. Index the folder again to search it.`);
}

import { createHash } from "node:crypto";
import { MaskwrightError } from "../../base/errors.ts";
import { whyNotByText } from "../contentRules.ts";
import type { Corpus, Document, LeftOut } from "../document.ts";
import { DocumentSample, type SampleSize } from "../documentSample.ts";

export interface ReadOptions {
	/** Files of more UTF-8 bytes than this are left out (200 kB: longer files are data or generated). */
	readonly maximumFileBytes?: number;
	/** How many UTF-8 bytes of text are taken in all (256 MiB, some 80 M tokens); the rest is left out. */
	readonly maximumBytes?: number;
	/** Takes a sample of the documents instead of all: `maximumBytes` does not hold then, and memory holds the sample alone. */
	readonly sample?: SampleSize;
	/** Whether the rules that tell source code from data, generated text and secrets hold; they do by default. */
	readonly contentRules?: boolean;
	/** The text of the one file to read, in place of what lies on the disk: an editor's. Readers of records take it. */
	readonly content?: string;
	readonly onProgress?: (progress: ReadProgress) => void;
	readonly signal?: AbortSignal;
}

/** How far a reading has come; `bytes` counts the text that was taken. */
export interface ReadProgress {
	readonly seen: number;
	readonly taken: number;
	readonly bytes: number;
}

/** The limits of a reading, with their defaults. */
function readLimits(options: ReadOptions): { maximumFileBytes: number; maximumBytes: number } {
	return {
		maximumFileBytes: options.maximumFileBytes ?? 200_000,
		maximumBytes: options.maximumBytes ?? 256 * 2 ** 20,
	};
}

/** Collects documents under the rules that every reader shares: encoding, size, content, duplicates, total size. */
export class Intake {
	private readonly options: ReadOptions;
	private readonly documents: Document[] = [];
	private readonly sample: DocumentSample | undefined;
	private readonly leftOut: LeftOut[] = [];
	private readonly pathByHash = new Map<string, string>();
	private bytes = 0;
	private seen = 0;

	constructor(options: ReadOptions) {
		this.options = options;
		this.sample = options.sample === undefined ? undefined : new DocumentSample(options.sample);
	}

	/** Notes something that is not read, with its reason. */
	leave(path: string, why: string): void {
		this.leftOut.push({ path, why });
	}

	/** Takes a text of `bytes` UTF-8 bytes, or notes why not. */
	offer(path: string, language: string, { text, bytes }: { text: string; bytes: number }): void {
		this.offerDocument({ path, language, text, hash: hashOf(text) }, bytes);
	}

	/** Takes a document whose text has `bytes` UTF-8 bytes, or notes why not. */
	offerDocument(document: Document, bytes: number = Buffer.byteLength(document.text)): void {
		const { path, language, text, hash } = document;
		if (this.sample?.wants(hash) === false) return;
		const why =
			whyNotBySize(bytes, this.options) ??
			(this.options.contentRules === false ? undefined : whyNotByText(text, language)) ??
			this.whyTwin(hash) ??
			this.whyFull(bytes);
		if (why !== undefined) {
			this.leave(path, why);
			return;
		}
		this.pathByHash.set(hash, path);
		this.bytes += bytes;
		if (this.sample === undefined) this.documents.push(document);
		else this.sample.add(document);
	}

	private whyTwin(hash: string): string | undefined {
		const twin = this.pathByHash.get(hash);
		return twin === undefined ? undefined : `the same text as ${twin}`;
	}

	private whyFull(bytes: number): string | undefined {
		const { maximumBytes } = readLimits(this.options);
		if (this.sample !== undefined) return undefined;
		if (this.bytes + bytes <= maximumBytes) return undefined;
		return `the corpus is full (${Math.round(maximumBytes / 1e6)} MB of text is the limit)`;
	}

	/** Reports progress now and then, and throws `interrupted` once the signal is aborted. */
	step(): void {
		this.seen++;
		if (this.options.signal?.aborted === true) {
			throw new MaskwrightError("interrupted", "Reading the corpus was stopped; nothing was changed.");
		}
		if (this.seen % 100 === 0) this.report();
	}

	/** The corpus in the order of its paths. Throws `emptyCorpus`, with the most frequent reasons, when nothing is left. */
	finish(root: string): Corpus {
		this.report();
		const documents = this.sample?.documents() ?? this.documents;
		if (documents.length === 0) {
			throw new MaskwrightError("emptyCorpus", emptySentence(root, this.leftOut), {
				data: { leftOut: this.leftOut.slice(0, 100) },
			});
		}
		return { documents, leftOut: this.leftOut };
	}

	private report(): void {
		this.options.onProgress?.({ seen: this.seen, taken: this.documents.length, bytes: this.bytes });
	}
}

/** SHA-256 of the UTF-8 text, in lower-case hexadecimal. */
export function hashOf(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

/** The reason to leave out a text of `bytes` UTF-8 bytes, if it is too long. */
export function whyNotBySize(bytes: number, options: ReadOptions): string | undefined {
	const { maximumFileBytes } = readLimits(options);
	if (bytes <= maximumFileBytes) return undefined;
	return `too large (${Math.round(bytes / 1000)} kB; the limit is ${Math.round(maximumFileBytes / 1000)} kB)`;
}

function emptySentence(root: string, leftOut: readonly LeftOut[]): string {
	if (leftOut.length === 0)
		return `${root} holds no files, so there is nothing to train on. Name a folder with source code.`;
	const counts = new Map<string, number>();
	for (const { why } of leftOut) {
		const kind = why.replace(/ (\(\d|of |by |as ).*$/, "");
		counts.set(kind, (counts.get(kind) ?? 0) + 1);
	}
	const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3);
	const reasons = top.map(([why, count]) => `${count} × ${why}`).join("; ");
	return `Nothing in ${root} can be trained on. Left out: ${reasons}. Name a folder with source code, or change its ignore files.`;
}

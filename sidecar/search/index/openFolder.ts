/** The index of a folder while it is written: its file and its lock. */
import { lockIndex, makeIndexFolder, setAsideIndex } from "../../store/indexFiles.ts";
import type { ProcessLock } from "../../store/processLock.ts";
import { openIndex } from "./chunkIndex.ts";
import { FolderWriter } from "./folderWriter.ts";
import { IndexWriter } from "./indexWriter.ts";
import { type Cutter, cutterHere } from "./sourceChunks.ts";
import type { VectorQueue } from "./vectorQueue.ts";

export interface OpenFolder {
	readonly writer: IndexWriter;
	readonly files: FolderWriter;
	readonly lock: ProcessLock;
}

/** Which folder, by its real path, and in whose user's folder its index is. */
export interface FolderPlace {
	readonly folder: string;
	readonly home?: string;
}

/** Locks and opens the index, made where there is none. Throws `indexLocked`, `indexInvalid` and `storage`. */
export function openFolder(
	{ folder, home }: FolderPlace,
	{ vectors, cutter = cutterHere }: { readonly vectors: VectorQueue; readonly cutter?: Cutter | undefined },
): OpenFolder {
	makeIndexFolder(folder, home);
	const lock = lockIndex(folder, home);
	try {
		const index = openIndex(folder, { ...(home === undefined ? {} : { home }), readonly: false });
		const writer = new IndexWriter(index);
		return { writer, files: new FolderWriter(writer, { root: folder, vectors, cutter }), lock };
	} catch (error) {
		lock.release();
		throw error;
	}
}

/** Moves a damaged index out of the way; returns the name that it is kept under. */
export function setAsideFolder({ folder, home }: FolderPlace): string {
	const lock = lockIndex(folder, home);
	try {
		return setAsideIndex(folder, home);
	} finally {
		lock.release();
	}
}

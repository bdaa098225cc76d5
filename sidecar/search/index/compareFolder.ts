import { statSource } from "../../data/readers/content.ts";
import { type ListedFile, listFolder } from "../../data/readers/listing.ts";
import { realFolder } from "../../data/readers/realFolder.ts";
import type { ChunkIndex, FileRow } from "./chunkIndex.ts";

/** What an index lacks of its folder, by names, times and sizes. */
export interface FolderDifference {
	/** Files that are new or may have changed. */
	readonly changed: readonly ListedFile[];
	/** Paths that are in the index and no longer belong there. */
	readonly gone: readonly string[];
	/** Files that are as they were. */
	readonly unchanged: number;
}

/** How many files are asked for their times at once. */
const atOnce = 128;

/** Compares an index with its folder without opening a file. Throws `interrupted` once the signal is aborted. */
export async function compareFolder(index: ChunkIndex, root: string, signal?: AbortSignal): Promise<FolderDifference> {
	const { files } = await listFolder(await realFolder(root), () => signal?.throwIfAborted());
	const known = new Map<string, Pick<FileRow, "path" | "hash" | "bytes" | "mtime">>();
	const rows = index.database.prepare<FileRow>("SELECT path, hash, bytes, mtime FROM files");
	for (const row of rows.each()) known.set(row.path, row);
	const changed: ListedFile[] = [];
	let unchanged = 0;
	for (let start = 0; start < files.length; start += atOnce) {
		signal?.throwIfAborted();
		const group = files.slice(start, start + atOnce);
		const times = await Promise.all(group.map(({ path }) => statSource(root, path)));
		for (const [place, file] of group.entries()) {
			const row = known.get(file.path);
			const { bytes, mtime } = times[place] ?? { bytes: 0, mtime: 0 };
			known.delete(file.path);
			if (row !== undefined && row.hash !== "" && row.bytes === bytes && row.mtime === mtime) unchanged++;
			else changed.push(file);
		}
	}
	return { changed, gone: [...known.keys()], unchanged };
}

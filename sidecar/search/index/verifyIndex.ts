import { isError } from "../../base/errors.ts";
import { hasIndex, lockIndex } from "../../store/indexFiles.ts";
import { type ChunkIndex, noIndexError, openIndex } from "./chunkIndex.ts";
import { compareFolder } from "./compareFolder.ts";
import { countRows } from "./indexWriter.ts";
import { readContent } from "./readFile.ts";

/**
 * Compares an index with itself and with its folder, given by its real path; returns what is wrong, a sentence each.
 * Nothing is changed. Throws `notFound` without an index, `indexLocked` while another process writes it, and what
 * the signal says once it is aborted.
 */
export async function verifyIndex(folder: string, options: { home?: string; signal: AbortSignal }): Promise<string[]> {
	const { home, signal } = options;
	if (!hasIndex(folder, home)) throw noIndexError(folder);
	const lock = lockIndex(folder, home);
	let index: ChunkIndex | undefined;
	try {
		index = openIndex(folder, { ...(home === undefined ? {} : { home }), readonly: true });
		const damage = damageOf(index);
		if (damage.length > 0) return damage;
		return [...contradictions(index), ...(await differences(index, folder, signal))];
	} catch (error) {
		if (isError(error, "indexInvalid")) return [error.message];
		throw error;
	} finally {
		index?.close();
		lock.release();
	}
}

/** What SQLite finds wrong with the file and the text index with itself. */
function damageOf({ database }: ChunkIndex): string[] {
	const rows = database.prepare<{ integrity_check: string }>("PRAGMA integrity_check").all();
	const found = rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
	return found.map((text) => `The file is damaged: ${text}.`);
}

/** Rows that lack their other half, each with what to say of their number. */
const orphans: readonly (readonly [sql: string, sentence: string])[] = [
	["chunks WHERE file NOT IN (SELECT id FROM files)", "chunks belong to no file"],
	["chunks WHERE id NOT IN (SELECT id FROM chunkText_docsize)", "chunks cannot be found by their words"],
	["chunkText_docsize WHERE id NOT IN (SELECT id FROM chunks)", "texts belong to no chunk"],
	[
		`vectors JOIN meta ON meta.key IN ('model', 'nextModel') AND json_extract(meta.value, '$.generation') = generation
			WHERE length(vector) <> json_extract(meta.value, '$.dimension')`,
		"vectors have another dimension than their model",
	],
];

function contradictions(index: ChunkIndex): string[] {
	const counted = orphans.map(([sql, sentence]) => {
		const row = index.database.prepare<{ count: number }>(`SELECT count(*) AS count FROM ${sql}`).get();
		return { count: row?.count ?? 0, sentence };
	});
	const found = counted.filter(({ count }) => count > 0).map(({ count, sentence }) => `${count} ${sentence}.`);
	const { model, nextModel } = index.header;
	const told = JSON.stringify(index.counts());
	const real = JSON.stringify(countRows(index, (nextModel ?? model)?.generation));
	return told === real ? found : [...found, `It says that it holds ${told} and holds ${real}.`];
}

/** What the folder has and the index has not, and the other way round. */
async function differences(index: ChunkIndex, folder: string, signal: AbortSignal): Promise<string[]> {
	const { changed, gone } = await compareFolder(index, folder, signal);
	const stale: string[] = [];
	for (const file of changed) {
		signal.throwIfAborted();
		const content = await readContent(folder, file);
		if (content !== undefined && content.facts.hash !== index.file(file.path)?.hash) stale.push(file.path);
	}
	return [
		...(stale.length === 0 ? [] : [`${files(stale)} not indexed as it stands in the folder.`]),
		...(gone.length === 0 ? [] : [`${files(gone)} indexed and no longer belongs there.`]),
	];
}

function files(paths: readonly string[]): string {
	const first = JSON.stringify(paths[0]);
	return paths.length === 1 ? `The file ${first} is` : `Each of ${paths.length} files, such as ${first}, is`;
}

import type { ChunkIndex } from "../index/chunkIndex.ts";
import type { Bindable, Database } from "../index/database.ts";
import type { Filter } from "./parseQuery.ts";
import { matchesPath } from "./wildcards.ts";

/** What rows of `chunks` must have, in SQL. */
export interface Condition {
	readonly sql: string;
	readonly values: readonly Bindable[];
}

interface FilePlace {
	readonly id: number;
	readonly path: string;
	readonly language: string | null;
}

/** The files of an index, read again when it has changed. */
export class FileTable {
	#files: FilePlace[] = [];
	#changes = -1;

	forget(): void {
		this.#changes = -1;
	}

	refresh(index: ChunkIndex): readonly FilePlace[] {
		const changes = index.changes();
		if (changes !== this.#changes) {
			this.#files = index.database.prepare<FilePlace>("SELECT id, path, language FROM files").all();
			this.#changes = changes;
		}
		return this.#files;
	}
}

/** The filters of a query as one condition; undefined when every chunk fulfils it. */
export function conditionOf(filters: readonly Filter[], files: () => readonly FilePlace[]): Condition | undefined {
	const parts = [
		fileCondition(filters, files),
		...kindConditions(filters),
		...symbolConditions(filters, "symbol"),
	].filter((part) => part !== undefined);
	if (parts.length === 0) return undefined;
	return { sql: parts.map(({ sql }) => `(${sql})`).join(" AND "), values: parts.flatMap(({ values }) => values) };
}

/** Language and path belong to the file: which files pass is found first, since they are few beside the chunks. */
function fileCondition(filters: readonly Filter[], files: () => readonly FilePlace[]): Condition | undefined {
	const wanted = filters.filter(({ by }) => by === "lang" || by === "path");
	if (wanted.length === 0) return undefined;
	const matches = (file: FilePlace, { by, value }: Filter): boolean =>
		by === "lang" ? file.language === value : matchesPath(file.path, value);
	const passes = (file: FilePlace): boolean =>
		(["lang", "path"] as const).every((by) => {
			const [yes, no] = divided(wanted, by);
			if (no.some((filter) => matches(file, filter))) return false;
			return yes.length === 0 || yes.some((filter) => matches(file, filter));
		});
	const ids = files()
		.filter(passes)
		.map(({ id }) => id);
	return { sql: "chunks.file IN (SELECT value FROM json_each(?))", values: [JSON.stringify(ids)] };
}

function kindConditions(filters: readonly Filter[]): Condition[] {
	const [yes, no] = divided(filters, "kind");
	const among = (some: readonly Filter[]): string => `chunks.kind IN (${some.map(() => "?").join(", ")})`;
	return [
		...(yes.length === 0 ? [] : [{ sql: among(yes), values: yes.map(({ value }) => value) }]),
		...(no.length === 0 ? [] : [{ sql: `NOT ${among(no)}`, values: no.map(({ value }) => value) }]),
	];
}

function symbolConditions(filters: readonly Filter[], by: "symbol"): Condition[] {
	const [yes, no] = divided(filters, by);
	const any = (some: readonly Filter[]): Condition => ({
		sql: some
			.map(() => "ifnull(chunks.symbol, '') LIKE ? ESCAPE '\\' OR ifnull(chunks.name, '') LIKE ? ESCAPE '\\'")
			.join(" OR "),
		values: some.map(({ value }) => likePattern(value)).flatMap((pattern) => [pattern, pattern]),
	});
	const { sql, values } = any(no);
	return [...(yes.length === 0 ? [] : [any(yes)]), ...(no.length === 0 ? [] : [{ sql: `NOT (${sql})`, values }])];
}

/** Any part of a symbol or, with wildcards, all of it; LIKE does not mind the case of ASCII letters. */
function likePattern(value: string): string {
	const escaped = value.replaceAll(/[\\%_]/g, "\\$&");
	return /[*?]/.test(value) ? escaped.replaceAll(/\*+/g, "%").replaceAll("?", "_") : `%${escaped}%`;
}

function divided(filters: readonly Filter[], by: Filter["by"]): [readonly Filter[], readonly Filter[]] {
	const mine = filters.filter((filter) => filter.by === by);
	return [mine.filter(({ not }) => !not), mine.filter(({ not }) => not)];
}

/** The ids of chunks that fulfil a condition, in the order of their places. */
export function chunksThat(database: Database, condition: Condition, limit: number): number[] {
	return database
		.prepare<{ id: number }>(
			`SELECT chunks.id FROM chunks JOIN files ON files.id = chunks.file
			WHERE ${condition.sql} ORDER BY files.path, chunks.start, chunks.id LIMIT ?`,
		)
		.all(...condition.values, limit)
		.map(({ id }) => id);
}

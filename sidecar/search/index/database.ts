import type Libsql from "libsql";
import { invariant, isError, MaskwrightError } from "../../base/errors.ts";

/** Loaded when this file is; on a platform without a build, or with a damaged one, that is an error and not the end. */
const loaded = await import("libsql").then((module) => module.default, sqliteMissing);

function sqliteMissing(error: unknown): MaskwrightError {
	const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
	return new MaskwrightError(
		"unsupportedPlatform",
		`libsql, which keeps the index of code search, could not be loaded on ${process.platform}-${process.arch} (${reason}): the rest of Maskwright works, and for code search maskwright.sidecar.url can name a sidecar on another machine.`,
		{ cause: error },
	);
}

/** Throws `unsupportedPlatform` where libsql has no build or its files are damaged. */
export function requireDatabases(): typeof Libsql {
	if (loaded instanceof MaskwrightError) throw loaded;
	return loaded;
}

/** What a parameter of a statement may be. */
export type Bindable = string | number | null | Uint8Array;

/** A prepared statement. */
export interface Statement<Row> {
	all(...values: readonly Bindable[]): Row[];
	/** The first row. */
	get(...values: readonly Bindable[]): Row | undefined;
	/** Rows one after the other; nothing may be written before the last of them. */
	each(...values: readonly Bindable[]): Iterable<Row>;
	run(...values: readonly Bindable[]): { readonly changes: number; readonly lastId: number };
}

/** One connection to an SQLite file. A BLOB is read as an `ArrayBuffer`. */
export interface Database {
	readonly path: string;
	prepare<Row = Record<string, unknown>>(sql: string): Statement<Row>;
	exec(sql: string): void;
	/** All of `action` or, when it throws, nothing. */
	transaction<T>(action: () => T): T;
	/** The file itself is let go of when the garbage collector has met the last statement: libsql has no other way. */
	close(): void;
}

/** How long a statement waits for another connection, in milliseconds. */
const patience = 5_000;

/**
 * Opens a database in write-ahead mode: one writes while others read. The file must exist when it is read only.
 * Throws `indexInvalid` for a file that is no database and `storage` when the disk refuses; so does each statement.
 * Throws `unsupportedPlatform` where there is no SQLite.
 */
export function openDatabase(path: string, { readonly }: { readonly: boolean }): Database {
	const Connection = requireDatabases();
	const connection = guarded(path, () => new Connection(path, { timeout: patience }));
	const exec = (sql: string): void => guarded(path, () => void connection.exec(sql));
	const database: Database = {
		path,
		prepare: (sql) => prepare(path, connection, sql),
		exec,
		transaction: (action) => {
			exec("BEGIN IMMEDIATE");
			try {
				const result = action();
				exec("COMMIT");
				return result;
			} catch (error) {
				rollBack(connection);
				throw error;
			}
		},
		close: () => void connection.close(),
	};
	try {
		// A crash of the machine may lose the last transactions and never harms the file (sqlite.org/wal.html).
		exec(readonly ? "PRAGMA query_only = ON" : "PRAGMA synchronous = NORMAL");
		const journal = database.prepare<{ journal_mode: string }>(`PRAGMA journal_mode${readonly ? "" : " = WAL"}`).get();
		invariant(journal !== undefined, "SQLite does not tell its journal mode.");
	} catch (error) {
		database.close();
		throw error;
	}
	return database;
}

/**
 * A statement whose parameters are checked: libsql ends the whole process on a value that it cannot bind, takes a
 * lone buffer for a list, and cuts a text off at a NUL.
 */
function prepare<Row>(path: string, connection: Libsql.Database, sql: string): Statement<Row> {
	const statement = guarded(path, () => connection.prepare(sql));
	const wanted = sql.match(/\?/g)?.length ?? 0;
	const bound = (values: readonly Bindable[]): [Bindable[]] => {
		invariant(values.length === wanted, `${wanted} parameters were wanted, not ${values.length}: ${sql}`);
		for (const value of values) invariant(isBindable(value), `a ${typeof value} cannot be bound: ${sql}`);
		return [[...values]];
	};
	const all = (values: readonly Bindable[]): Row[] => guarded(path, () => statement.all(...bound(values)) as Row[]);
	return {
		all: (...values) => all(values),
		get: (...values) => all(values)[0], // its own `get` adds a column
		*each(...values) {
			const rows = guarded(path, () => statement.iterate(...bound(values)) as IterableIterator<Row>);
			for (;;) {
				const next = guarded(path, () => rows.next());
				if (next.done) return;
				yield next.value;
			}
		},
		run: (...values) => {
			const { changes, lastInsertRowid } = guarded(path, () => statement.run(...bound(values)));
			return { changes, lastId: Number(lastInsertRowid) };
		},
	};
}

function isBindable(value: unknown): boolean {
	if (typeof value === "number") return Number.isFinite(value);
	if (typeof value === "string") return !value.includes("\0");
	return value === null || value instanceof Uint8Array;
}

/** A full disk may have rolled back already. */
function rollBack(connection: Libsql.Database): void {
	try {
		connection.exec("ROLLBACK");
	} catch {
		// The error that brought us here says more.
	}
}

function guarded<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		throw isError(error) ? error : databaseError(error, path);
	}
}

/** What SQLite refused, as an error with a sentence (sqlite.org/rescode.html). */
function databaseError(error: unknown, path: string): unknown {
	if (!(error instanceof Error)) return error;
	const code = "code" in error && typeof error.code === "string" ? error.code : "";
	const of = (name: "storage" | "indexInvalid" | "indexLocked", sentence: string): MaskwrightError =>
		new MaskwrightError(name, sentence, { cause: error, data: { code } });
	if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
		return of("indexInvalid", `The index ${path} is damaged. Index the folder again: it is built anew.`);
	}
	if (/^SQLITE_BUSY/.test(code)) return of("indexLocked", `Another process writes ${path}. Try again in a moment.`);
	if (code === "SQLITE_FULL") {
		return of("storage", `The disk is full: ${path} could not be written. Free some space and index again.`);
	}
	if (/^SQLITE_(IOERR|READONLY|PERM|AUTH)/.test(code)) {
		return of("storage", `${path} could not be read or written (${code}). Check the disk and its permissions.`);
	}
	if (/^SQLITE_CANTOPEN/.test(code) || error.message.includes("ConnectionFailed")) {
		return of("storage", `${path} could not be opened. Check that its folder exists and may be written.`);
	}
	return error;
}

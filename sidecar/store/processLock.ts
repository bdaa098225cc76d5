import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { atStorage } from "./atomic.ts";

export interface ProcessLock {
	release(): void;
}

const holderSchema = z.looseObject({ pid: z.number().int().positive(), started: z.string() });

/** What a lock file holds: the process, when it started, and what its owner adds. */
export type LockHolder = z.infer<typeof holderSchema>;

/**
 * Takes the lock for this process, and writes `fields` into it; undefined when a living process holds it. The lock
 * of a process that no longer lives is taken over: by one, whoever tries at the same time. Throws `storage`.
 */
export function takeLock(lock: string, fields: Record<string, unknown> = {}): ProcessLock | undefined {
	const content = JSON.stringify({ ...fields, pid: process.pid, started: startOf(process.pid) });
	return atStorage(lock, () => {
		mkdirSync(dirname(lock), { recursive: true });
		// More than two rounds only where others take and lose it meanwhile.
		for (let attempt = 0; attempt < 8; attempt++) {
			if (tryCreate(lock, content)) return { release: () => release(lock, content) };
			const found = contentOf(lock);
			if (found === undefined) continue;
			const holder = parseHolder(found);
			if ((holder !== undefined && isAlive(holder)) || !removeStale(lock, found)) return undefined;
		}
		return undefined;
	});
}

/** The living process that holds the lock, or undefined. */
export function lockHolder(lock: string): LockHolder | undefined {
	const holder = parseHolder(contentOf(lock));
	return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** Whether the process that wrote the lock still lives, and is not a later one of the same pid. */
function isAlive({ pid, started }: { pid: number; started: string }): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (!hasCode(error, "EPERM")) return false;
	}
	const now = startOf(pid);
	return started === "" || now === "" || started === now;
}

/** Creates the lock with its content in one step, so that no other process reads half of it. */
function tryCreate(lock: string, content: string): boolean {
	const temporary = `${lock}.${process.pid}.tmp`;
	writeFileSync(temporary, content, { mode: 0o600 });
	try {
		linkSync(temporary, lock);
		return true;
	} catch (error) {
		if (hasCode(error, "EEXIST")) return false;
		// File systems without hard links (FAT): a create that fails when the file exists.
		return createExclusive(lock, content);
	} finally {
		rmSync(temporary, { force: true });
	}
}

function createExclusive(lock: string, content: string): boolean {
	try {
		writeFileSync(lock, content, { flag: "wx", mode: 0o600 });
		return true;
	} catch (error) {
		if (hasCode(error, "EEXIST")) return false;
		throw error;
	}
}

/**
 * Removes a stale lock; false when another process is at it. Only the holder of a second lock, named after what the
 * stale one holds, may remove it: so nobody removes the new lock that another has put there meanwhile.
 */
function removeStale(lock: string, stale: string): boolean {
	const guard = takeLock(`${lock}.${createHash("sha256").update(stale).digest("hex").slice(0, 16)}`);
	if (guard === undefined) return contentOf(lock) !== stale;
	release(lock, stale);
	guard.release();
	return true;
}

function release(lock: string, content: string): void {
	if (contentOf(lock) === content) rmSync(lock, { force: true });
}

function contentOf(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if (hasCode(error, "ENOENT")) return undefined;
		throw error;
	}
}

function parseHolder(content: string | undefined): LockHolder | undefined {
	try {
		return holderSchema.parse(JSON.parse(content ?? ""));
	} catch {
		return undefined;
	}
}

/**
 * When the process started, in Linux's clock ticks; "" elsewhere. It tells a process from a later one of its pid.
 * One that has ended and whose parent has not asked how ("zombie") has no start.
 */
function startOf(pid: number): string {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// Field 22, counted after the command name, which may hold blanks and parentheses.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? "");
	} catch {
		return "";
	}
}

function hasCode(error: unknown, code: string): boolean {
	return error instanceof Error && "code" in error && error.code === code;
}

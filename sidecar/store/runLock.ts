import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { atStorage } from "./atomic.ts";
import { runLayout } from "./layout.ts";

export interface RunLock {
	release(): void;
}

const holderSchema = z.object({ pid: z.number().int().positive(), started: z.string() });

type Holder = z.infer<typeof holderSchema>;

/**
 * Takes the run for this process, so that no second one trains it. The lock of a process that no longer lives is
 * taken over. Throws `runLocked` when a living process holds it.
 */
export function lockRun(runFolder: string): RunLock {
	const { lock } = runLayout(runFolder);
	const own: Holder = { pid: process.pid, started: startOf(process.pid) };
	atStorage(lock, () => {
		mkdirSync(dirname(lock), { recursive: true });
		for (let attempt = 0; !tryCreate(lock, JSON.stringify(own)); attempt++) {
			const found = contentOf(lock);
			const holder = parseHolder(found);
			if ((holder !== undefined && isAlive(holder)) || attempt === 8) throw lockedBy(holder?.pid, runFolder);
			if (found !== undefined) removeStale(lock, found);
		}
	});
	return { release: () => rmSync(lock, { force: true }) };
}

/** The pid of the living process that holds the run, or undefined. */
export function runHolder(runFolder: string): number | undefined {
	const holder = parseHolder(contentOf(runLayout(runFolder).lock));
	return holder !== undefined && isAlive(holder) ? holder.pid : undefined;
}

function lockedBy(pid: number | undefined, runFolder: string): MaskwrightError {
	const who = pid === undefined ? "Another process" : `Process ${pid}`;
	return new MaskwrightError(
		"runLocked",
		`${who} is training ${runFolder} already. Wait until it ends, or stop it with Ctrl-C where it was started.`,
		{ data: { pid } },
	);
}

/** Creates the lock with its content in one step, so that no other process reads half of it. */
function tryCreate(lock: string, content: string): boolean {
	const temporary = `${lock}.${process.pid}.tmp`;
	writeFileSync(temporary, content);
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
		writeFileSync(lock, content, { flag: "wx" });
		return true;
	} catch (error) {
		if (hasCode(error, "EEXIST")) return false;
		throw error;
	}
}

/**
 * Moves a stale lock away under a name of our own first: of two processes that find it, one succeeds. When the
 * other has put its own lock there meanwhile, that one is put back.
 */
function removeStale(lock: string, stale: string): void {
	const away = `${lock}.${process.pid}.stale`;
	try {
		renameSync(lock, away);
	} catch (error) {
		if (hasCode(error, "ENOENT")) return;
		throw error;
	}
	const moved = contentOf(away);
	if (moved !== undefined && moved !== stale) tryCreate(lock, moved);
	rmSync(away, { force: true });
}

function contentOf(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if (hasCode(error, "ENOENT")) return undefined;
		throw error;
	}
}

function parseHolder(content: string | undefined): Holder | undefined {
	try {
		return holderSchema.parse(JSON.parse(content ?? ""));
	} catch {
		return undefined;
	}
}

function isAlive({ pid, started }: Holder): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (!hasCode(error, "EPERM")) return false;
	}
	const now = startOf(pid);
	return started === "" || now === "" || started === now;
}

/** When the process started, in Linux's clock ticks; "" elsewhere. It tells a process from a later one of its pid. */
function startOf(pid: number): string {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// Field 22, counted after the command name, which may hold blanks and parentheses.
		return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
	} catch {
		return "";
	}
}

function hasCode(error: unknown, code: string): boolean {
	return error instanceof Error && "code" in error && error.code === code;
}

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/**
 * Waits until this process alone works in `folder` and returns what ends that. A lock whose process is gone is
 * taken over.
 */
export async function lockFolder(folder: string, signal?: AbortSignal): Promise<() => void> {
	const lock = join(folder, "lock");
	while (!create(lock)) {
		if (!isAlive(lock)) rmSync(lock, { force: true });
		await wait(200, undefined, { signal });
	}
	return () => rmSync(lock, { force: true });
}

function create(lock: string): boolean {
	try {
		writeFileSync(lock, String(process.pid), { flag: "wx" });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
		throw error;
	}
}

function isAlive(lock: string): boolean {
	try {
		const pid = Number(readFileSync(lock, "utf8"));
		// An empty lock is being written this moment.
		if (pid > 0) process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}

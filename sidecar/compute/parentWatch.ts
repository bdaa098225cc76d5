/**
 * A thread beside the one that computes, which may be blocked for long: when the parent is gone and the process has
 * not ended by itself within its time, it is killed.
 */
import { workerData } from "node:worker_threads";

const { parent, limit } = workerData as { parent: number; limit: number };
const look = setInterval(() => {
	if (parentLives()) return;
	clearInterval(look);
	setTimeout(() => process.kill(process.pid, "SIGKILL"), limit);
}, 200);

/** On Windows a process keeps the number of a parent that is gone; elsewhere it gets another parent. */
function parentLives(): boolean {
	if (process.ppid !== parent) return false;
	try {
		process.kill(parent, 0);
		return true;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}

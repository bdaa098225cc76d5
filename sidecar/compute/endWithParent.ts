import { Worker } from "node:worker_threads";

/**
 * Ends this process at most `limit` milliseconds after the process `parent`, which forked it, is seen to be gone,
 * whatever it is doing; it may end itself before that.
 */
export function endWithParent(parent: number, limit: number): void {
	const watch = new Worker(watchProgram, { eval: true, workerData: { parent, limit } });
	watch.unref();
	// Without its watch a process works all the same, and ends when it next looks for its parent.
	watch.on("error", () => {});
}

/**
 * A thread beside the one that computes, which may be blocked for long. On Windows a process keeps the number of a
 * parent that is gone; elsewhere it gets another parent. It is text, since a file would not be found the same way
 * from the sources and from what is built of them.
 */
const watchProgram = `
const { workerData: { parent, limit } } = require("node:worker_threads");
const parentLives = () => {
	if (process.ppid !== parent) return false;
	try {
		return process.kill(parent, 0);
	} catch (error) {
		return error.code === "EPERM";
	}
};
const look = setInterval(() => {
	if (parentLives()) return;
	clearInterval(look);
	setTimeout(() => process.kill(process.pid, "SIGKILL"), limit);
}, 200);
`;

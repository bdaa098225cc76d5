import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * Ends this process at most `limit` milliseconds after the process `parent`, which forked it, is seen to be gone,
 * whatever it is doing; it may end itself before that.
 */
export function endWithParent(parent: number, limit: number): void {
	const program = new URL(`parentWatch${extname(import.meta.url)}`, import.meta.url);
	const watch = new Worker(program, { workerData: { parent, limit }, stdout: true, stderr: true });
	watch.unref();
	// Without its watch a process works all the same, and ends when it next looks for its parent.
	watch.on("error", () => {});
}

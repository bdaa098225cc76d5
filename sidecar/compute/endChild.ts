import type { ChildProcess } from "node:child_process";

/** Milliseconds that a child has for ending by itself. */
const patience = 2_000;

/** Ends a child that ends with its parent: by hanging up, else by force. `gone` resolves once it has ended. */
export async function endChild(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
	if (child.connected) child.disconnect();
	const timer = setTimeout(() => child.kill("SIGKILL"), patience);
	await gone;
	clearTimeout(timer);
}

/** As a parent, starts itself as a child and tells its number; as a child, blocks its only thread for a minute. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { endWithParent } from "../../../sidecar/compute/endWithParent.ts";

const [parent] = process.argv.slice(2);
if (parent === undefined) {
	const child = fork(fileURLToPath(import.meta.url), [String(process.pid)]);
	child.on("message", () => process.send?.(child.pid));
} else {
	endWithParent(Number(parent), 300);
	setTimeout(() => {
		process.send?.("blocked");
		setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000));
	}, 1_000);
}

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../support/jobsUnderTest.ts";
import { isRunning } from "../../support/tinyJob.ts";

test("a process whose thread is blocked ends soon after its parent was killed", {
	timeout: 30_000,
}, async (context) => {
	const parent = fork(join(import.meta.dirname, "blockedChild.ts"));
	const [pid] = (await once(parent, "message")) as [number];
	context.after(() => isRunning(pid) && process.kill(pid, "SIGKILL"));
	parent.kill("SIGKILL");
	await eventually(() => (isRunning(pid) ? undefined : true));
});

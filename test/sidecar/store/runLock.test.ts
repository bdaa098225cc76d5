import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { lockRun, runHolder } from "../../../sidecar/store/runLock.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const child = join(import.meta.dirname, "lockChild.ts");

async function holder(run: string) {
	const process_ = spawn(process.execPath, ["--import", "tsx", child, run], { stdio: ["pipe", "pipe", "inherit"] });
	const [chunk] = (await once(process_.stdout, "data")) as [Buffer];
	return { process: process_, said: chunk.toString().trim() };
}

test("one process holds a run; another is told which", (context) => {
	const run = temporaryFolder(context);
	const lock = lockRun(run);
	assert.equal(runHolder(run), process.pid);
	assert.throws(
		() => lockRun(run),
		(error) =>
			isError(error, "runLocked") && error.message.startsWith(`Process ${process.pid} is training ${run} already.`),
	);
	lock.release();
	assert.equal(runHolder(run), undefined);
	lockRun(run).release();
});

test("of five processes that meet the lock of a dead one, exactly one gets it", async (context) => {
	const run = temporaryFolder(context);
	writeFileSync(join(run, "lock.json"), JSON.stringify({ pid: 2 ** 22 + 1, started: "1" }));
	const holders = await Promise.all(Array.from({ length: 5 }, () => holder(run)));
	const said = holders.map((each) => each.said).sort();
	for (const each of holders) each.process.kill("SIGKILL");
	await Promise.all(holders.map((each) => once(each.process, "exit")));
	assert.deepEqual(said, ["held", "refused", "refused", "refused", "refused"]);
	// Killed holders leave the lock; the next one takes it over.
	assert.ok(existsSync(join(run, "lock.json")));
	lockRun(run).release();
});

test("a lock of a pid that another process has taken since is stale", (context) => {
	if (!existsSync("/proc/self/stat")) {
		context.skip("this platform does not tell when a process started");
		return;
	}
	const run = temporaryFolder(context);
	writeFileSync(join(run, "lock.json"), JSON.stringify({ pid: process.pid, started: "1" }));
	assert.equal(runHolder(run), undefined);
	lockRun(run).release();
});

test("a lock that cannot be read does not stop a run for ever", (context) => {
	const run = temporaryFolder(context);
	writeFileSync(join(run, "lock.json"), "");
	lockRun(run).release();
});

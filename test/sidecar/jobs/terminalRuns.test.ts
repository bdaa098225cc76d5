import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { tinyJob, tinyPlace, uncancelled } from "../../support/tinyJob.ts";

const main = join(import.meta.dirname, "..", "..", "..", "sidecar", "cli", "main.ts");

test("a run of a terminal is followed, can be paused, and then is one like any other", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const out = join(home, "..", "out");
	const { jobs, event, events, state } = await jobsUnderTest(home);
	const { handlers } = jobs;
	const settings = tinyJob(corpus, 1).set.flatMap((setting) => ["--set", setting]);
	const args = ["train", corpus, ...settings, "--steps", "100000", "--device", "cpu", "--threads", "1", "--out", out];
	const terminal = spawn(process.execPath, ["--import", "tsx", main, ...args], {
		env: { ...process.env, MASKWRIGHT_HOME: home },
		stdio: "ignore",
	});
	context.after(() => terminal.kill("SIGKILL"));
	await event((event, path) => path === out && event.event === "step");
	const running = await state(out, "running");
	assert.deepEqual([running.own, jobs.activeRuns()], [false, 0]);
	const refused = [
		handlers.stopRun({ run: out }, uncancelled),
		handlers.resumeRun({ run: out, set: [] }, uncancelled),
		handlers.discardRun({ run: out }, uncancelled),
	];
	const names = (await Promise.allSettled(refused)).map((result) => result.status === "rejected" && result.reason.name);
	assert.deepEqual(names, ["wrongState", "wrongState", "runLocked"]);

	const ended = once(terminal, "exit");
	await handlers.pauseRun({ run: out }, uncancelled);
	assert.deepEqual(await ended, [130, null]);
	const paused = await state(out, "paused");
	assert.equal(paused.own, true);
	const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trimEnd().split("\n");
	const first = events[0]?.line ?? 0;
	assert.deepEqual(
		events.map(({ line, event }) => [line, event]),
		lines.slice(first).map((text, index) => [first + index, JSON.parse(text)]),
	);
	await handlers.stopRun({ run: out }, uncancelled);
	await state(out, "done");
	await jobs.shutdown();
});

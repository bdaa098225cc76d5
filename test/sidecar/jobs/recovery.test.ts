import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { readQueue } from "../../../sidecar/store/runJob.ts";
import { runHolder } from "../../../sidecar/store/runLock.ts";
import { eventually, jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { isRunning, lossesIn, tinyJob, tinyPlace, uncancelled } from "../../support/tinyJob.ts";

const quick = { restartWaits: [10] };

test("a killed training process is started again, and its run has the losses of one that was never killed", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, event, state, statuses } = await jobsUnderTest(home, quick);
	const whole = await jobs.handlers.startRun(tinyJob(corpus, 100), uncancelled);
	const killed = await jobs.handlers.startRun(tinyJob(corpus, 100), uncancelled);
	await state(whole.path, "done");
	await event((event, path) => path === killed.path && event.event === "step" && event.step === 37);
	process.kill(runHolder(killed.path) as number, "SIGKILL");
	await state(killed.path, "done");
	const waiting = statuses.find(({ status }) => status?.state === "interrupted")?.status;
	assert.match(waiting?.message ?? "", /ended by signal SIGKILL\. The run goes on in 0\.01 s\./);
	assert.deepEqual(lossesIn(killed.path), lossesIn(whole.path));
	await jobs.shutdown();
});

test("a run whose process dies five times has failed, and says how and what to do", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, events, state } = await jobsUnderTest(home, {
		...quick,
		notify: (name) => {
			const latest = events.at(-1)?.event;
			if (name === "runEvent" && latest?.event === "run") process.kill(runHolder(path) as number, "SIGKILL");
		},
	});
	let path = "";
	({ path } = await jobs.handlers.startRun(tinyJob(corpus, 50), uncancelled));
	const { message } = await state(path, "failed");
	assert.match(
		message ?? "",
		/^The training process ended 5 times within three minutes, the last time by signal SIGKILL\. .*memory/,
	);
	assert.equal(events.filter(({ event }) => event.event === "run").length, 5);
	assert.deepEqual([jobs.activeRuns(), readQueue(home)], [0, []]);
	await jobs.shutdown();
});

test("after a sidecar was killed its training ends by itself, and the next one goes on with its runs", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const child = fork(join(import.meta.dirname, "jobsChild.ts"), [home, corpus, "3000"]);
	const [{ runs, pid }] = (await once(child, "message")) as [{ runs: [string, string]; pid: number }];
	child.kill("SIGKILL");
	await once(child, "exit");
	const { jobs, state } = await jobsUnderTest(home);
	assert.equal(jobs.activeRuns(), 2);
	await eventually(() => (isRunning(pid) ? undefined : true));
	await state(runs[0], "running");
	await jobs.handlers.stopRun({ run: runs[0] }, uncancelled);
	const { step } = await state(runs[0], "done");
	assert.ok(step >= 20, `went on from step 20 at least, and is at ${step}`);
	assert.equal(lossesIn(runs[0]).length, step);
	await state(runs[1], "done");
	await jobs.shutdown();
});

test("a sidecar that ends keeps its runs for the next one, or leaves them paused", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const first = await jobsUnderTest(home);
	const { path } = await first.jobs.handlers.startRun(tinyJob(corpus, 100_000), uncancelled);
	const waiting = await first.jobs.handlers.startRun(tinyJob(corpus, 100_000), uncancelled);
	await first.event((event) => event.event === "step");
	await first.jobs.shutdown({ keep: true });
	assert.equal(runHolder(path), undefined);
	const second = await jobsUnderTest(home);
	assert.equal(second.jobs.activeRuns(), 2);
	await second.event((event) => event.event === "step");
	await second.jobs.shutdown();
	const third = await jobsUnderTest(home);
	assert.deepEqual(
		(await third.jobs.handlers.listRuns({}, uncancelled)).map(({ path, state }) => [path, state]),
		[
			[path, "paused"],
			[waiting.path, "paused"],
		],
	);
	assert.equal(third.jobs.activeRuns(), 0);
	await third.jobs.shutdown();
});

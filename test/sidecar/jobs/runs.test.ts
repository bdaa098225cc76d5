import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { modelInUse } from "../../../sidecar/store/modelInUse.ts";
import { runHolder } from "../../../sidecar/store/runLock.ts";
import { jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { isRunning, lossesIn, tinyJob, tinyPlace, uncancelled } from "../../support/tinyJob.ts";

test("a run is told from its start to its end, and every event's line is its place in metrics.jsonl", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const told: string[] = [];
	const { jobs, events, statuses, state } = await jobsUnderTest(home, { notify: (name) => told.push(name) });
	const { handlers } = jobs;
	let changes = 0;
	jobs.onChange(() => changes++);
	const { run, path } = await handlers.startRun(tinyJob(corpus, 60), uncancelled);
	assert.deepEqual([run, jobs.activeRuns()], ["code-mlm-small-1", 1]);
	const done = await state(path, "done");
	assert.deepEqual([done.step, done.progress, done.corpus, done.own, jobs.activeRuns()], [60, 1, corpus, true, 0]);
	assert.ok(changes >= 3, "start, end and the model in use");

	const lines = readFileSync(join(path, "metrics.jsonl"), "utf8").trimEnd().split("\n");
	assert.deepEqual(
		events.map(({ line }) => line),
		lines.map((_, line) => line),
	);
	assert.deepEqual(
		events.map(({ event }) => JSON.stringify(event)),
		lines,
	);
	const states = statuses.map(({ status }) => status?.state);
	assert.deepEqual([states[0], states.at(-1)], ["queued", "done"]);
	for (const middle of ["preparing", "running"] as const) assert.ok(states.includes(middle), `${middle} of ${states}`);

	const read = requests.readRun.result.parse(await handlers.readRun({ run, from: 0 }, uncancelled));
	assert.deepEqual([read.events.length, read.next, read.more], [lines.length, lines.length, false]);
	assert.equal(read.recipe?.["train.budget.steps"], 60);
	const rest = await handlers.readRun({ run, from: 30 }, uncancelled);
	assert.deepEqual([rest.events, rest.recipe], [read.events.slice(30), null]);
	assert.deepEqual(requests.listRuns.result.parse(await handlers.listRuns({}, uncancelled)), [done]);
	assert.equal(modelInUse({ home }), join(path, "model"));
	assert.ok(told.includes("modelsChanged"));
	await jobs.shutdown();
});

test("a run that was paused and resumed has the losses of one that was not; meanwhile its process is gone", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, event, state } = await jobsUnderTest(home);
	const { handlers } = jobs;
	const whole = await handlers.startRun(tinyJob(corpus, 200), uncancelled);
	const parts = await handlers.startRun(tinyJob(corpus, 200), uncancelled);
	assert.equal((await state(parts.path, "queued")).state, "queued");
	await state(whole.path, "done");
	await event(
		({ event, ...rest }, path) => path === parts.path && event === "step" && "step" in rest && rest.step === 15,
	);
	const pid = runHolder(parts.path) as number;
	await handlers.pauseRun({ run: parts.run }, uncancelled);
	assert.ok(!isRunning(pid));
	const paused = await state(parts.path, "paused");
	assert.ok(paused.step >= 15 && paused.step < 200, `paused at ${paused.step}`);
	await assert.rejects(handlers.pauseRun({ run: parts.run }, uncancelled), {
		name: "wrongState",
		message: /is paused/,
	});
	await handlers.resumeRun({ run: parts.run, set: [] }, uncancelled);
	await state(parts.path, "done");
	assert.deepEqual(lossesIn(parts.path), lossesIn(whole.path));
	await jobs.shutdown();
});

test("a run that was stopped is scored and keeps its model, whether it trained or was paused", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, event, events, state } = await jobsUnderTest(home);
	const { handlers } = jobs;
	const { path } = await handlers.startRun(tinyJob(corpus, 100_000), uncancelled);
	await event((event) => event.event === "step");
	await handlers.stopRun({ run: path }, uncancelled);
	const done = await state(path, "done");
	assert.ok(
		done.step < 100_000 && events.at(-1)?.event.event === "done" && existsSync(join(path, "model", "config.json")),
	);
	await assert.rejects(handlers.stopRun({ run: path }, uncancelled), { name: "wrongState" });
	await assert.rejects(handlers.resumeRun({ run: path, set: [] }, uncancelled), {
		name: "wrongState",
		message: /budget/,
	});

	const other = await handlers.startRun(tinyJob(corpus, 100_000), uncancelled);
	await event(({ event }, path) => path === other.path && event === "step");
	await handlers.pauseRun({ run: other.path }, uncancelled);
	await handlers.stopRun({ run: other.path }, uncancelled);
	const { step } = await state(other.path, "done");
	assert.equal(lossesIn(other.path).length, step);
	await jobs.shutdown();
});

test("runs wait for their turn, and one that was paused or stopped while it waits leaves the queue", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, event, state, statuses } = await jobsUnderTest(home);
	const { handlers } = jobs;
	const start = (): Promise<{ path: string }> => handlers.startRun(tinyJob(corpus, 150), uncancelled);
	const [first, second, third, fourth] = [await start(), await start(), await start(), await start()];
	assert.equal(jobs.activeRuns(), 4);
	await handlers.pauseRun({ run: second.path }, uncancelled);
	await handlers.stopRun({ run: third.path }, uncancelled);
	assert.ok(!existsSync(third.path), "a run that has learned nothing leaves nothing");
	await state(second.path, "paused");
	await state(fourth.path, "done");
	const order = statuses.filter(({ status }) => status?.state === "preparing").map(({ path }) => path);
	assert.deepEqual([...new Set(order)], [first.path, fourth.path]);
	await handlers.resumeRun({ run: second.path, set: [] }, uncancelled);
	await event(({ event }, path) => path === second.path && event === "done");
	await jobs.shutdown();
});

test("a discarded run is gone with its process; what is not its own stays, and links are not followed", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, event, statuses } = await jobsUnderTest(home);
	const { handlers } = jobs;
	const { path } = await handlers.startRun(tinyJob(corpus, 100_000), uncancelled);
	await event((event) => event.event === "step");
	const pid = runHolder(path) as number;
	writeFileSync(join(path, "thesis.txt"), "years of work");
	mkdirSync(join(home, "elsewhere"));
	writeFileSync(join(home, "elsewhere", "precious"), "");
	symlinkSync(join(home, "elsewhere"), join(path, "run.log"));
	await handlers.discardRun({ run: path }, uncancelled);
	assert.deepEqual([isRunning(pid), readdirSync(path), jobs.activeRuns()], [false, ["thesis.txt"], 0]);
	assert.deepEqual(readdirSync(join(home, "elsewhere")), ["precious"]);
	assert.deepEqual(statuses.at(-1), { path, status: null });
	assert.deepEqual(await handlers.listRuns({}, uncancelled), []);

	const foreign = join(home, "project");
	mkdirSync(foreign);
	writeFileSync(join(foreign, "recipe.json"), "{}");
	await assert.rejects(handlers.discardRun({ run: foreign }, uncancelled), {
		name: "notFound",
		message: /nothing was removed/,
	});
	assert.deepEqual(readdirSync(foreign), ["recipe.json"]);
	await jobs.shutdown();
});

test("what is wrong with a run is said at once and leaves nothing, or is the state of the run", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, state } = await jobsUnderTest(home);
	const { handlers } = jobs;
	const rows: [changes: Partial<ReturnType<typeof tinyJob>>, error: object][] = [
		[{ corpus: "corpus" }, { name: "usage", message: /relative/ }],
		[{ corpus: join(corpus, "nowhere") }, { name: "notFound" }],
		[{ recipe: "nothing" }, { name: "notFound" }],
		[{ set: ["model.depth=4"] }, { name: "recipeInvalid" }],
		[{ from: "nothing" }, { name: "notFound" }],
	];
	for (const [changes, error] of rows) {
		await assert.rejects(handlers.startRun({ ...tinyJob(corpus, 5), ...changes }, uncancelled), error);
	}
	assert.ok(!existsSync(join(home, "runs")));
	await assert.rejects(handlers.readRun({ run: "nothing", from: 0 }, uncancelled), { name: "notFound" });

	const empty = join(home, "empty");
	mkdirSync(empty, { recursive: true });
	const { run, path } = await handlers.startRun(tinyJob(empty, 5), uncancelled);
	const failed = await state(path, "failed");
	assert.match(failed.message ?? "", /empty/);
	const again = await jobsUnderTest(home);
	assert.deepEqual(await again.jobs.handlers.listRuns({}, uncancelled), [failed]);
	await handlers.discardRun({ run }, uncancelled);
	assert.ok(!existsSync(path));
	await Promise.all([jobs.shutdown(), again.jobs.shutdown()]);
});

test("a run that diverges says so and what to do", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs, state } = await jobsUnderTest(home);
	const wild = tinyJob(corpus, 500, "train.learningRate=1e30", "train.clipNorm=1e30");
	const { path } = await jobs.handlers.startRun(wild, uncancelled);
	const { message } = await state(path, "diverged");
	assert.match(message ?? "", /broke down at step \d+; .* lower learning rate/);
	await jobs.shutdown();
});

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { errorCode, errorDataSchema } from "../../sidecar/protocol/connection.ts";
import type { ResultOf } from "../../sidecar/protocol/descriptors.ts";
import type { requests } from "../../sidecar/protocol/methods.ts";
import { connectTo, type RpcClient, serveAt } from "../support/servedSidecar.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { endSidecar, kill, processesOf, type SidecarProcess } from "./processes.ts";
import { placeTrainedHome } from "./sharedModel.ts";
import { copySmallProject, writeTinyRecipe } from "./smallProject.ts";
import { fromOneTo } from "./training.ts";

/** How many processes are killed, and what draws which; `MASKWRIGHT_TEST_KILLS=100` is the full measure. */
const kills = Number(process.env["MASKWRIGHT_TEST_KILLS"] ?? 6);
const seed = Number(process.env["MASKWRIGHT_TEST_SEED"] ?? Date.now() % 1_000_000);

const skip = process.platform === "linux" ? false : "Left out: processes are found in /proc, which Linux has.";

test(`${kills} random kills (seed ${seed}): requests settle, the run is not lost, no orphan stays`, {
	skip,
}, async (t) => {
	const home = temporaryFolder(t);
	t.after(() => endSidecar(home));
	await placeTrainedHome(home);
	copySmallProject(`${home}/work`);
	const recipe = writeTinyRecipe(home, 1_000_000);
	let client = await freshClient(t, home);
	const { path } = await client.ask("startRun", { corpus: `${home}/work`, recipe, device: "cpu", threads: 1 });
	await goesOn(client, path);
	for (const { role, delay } of drawnKills()) {
		const asked = manyRequests(client, path, `${home}/work`);
		await wait(delay);
		const before = processesOf(home);
		const victim = before.find((found) => found.role === role) ?? before.find((found) => found.role === "sidecar");
		assert.ok(victim !== undefined);
		kill(victim.pid);
		checkSettled(await within(60_000, Promise.allSettled(asked)), victim);
		if (victim.role === "sidecar") {
			await gone(home, before);
			client = await freshClient(t, home);
		}
		await goesOn(client, path);
	}
	await client.ask("pauseRun", { run: path });
	const steps = await recordedSteps(client, path);
	assert.deepEqual(steps, fromOneTo(steps.length));
	const before = processesOf(home);
	await client.ask("stopSidecar");
	await gone(home, before);
});

const roles = ["sidecar", "inference", "training"] as const;

function drawnKills(): { role: (typeof roles)[number]; delay: number }[] {
	const one = fc.record({ role: fc.constantFrom(...roles), delay: fc.integer({ min: 0, max: 300 }) });
	return fc.sample(one, { numRuns: kills, seed });
}

async function freshClient(t: TestContext, home: string): Promise<RpcClient> {
	const { address } = await serveAt(t, home);
	return await connectTo(t, address);
}

function manyRequests(client: RpcClient, run: string, corpus: string): Promise<unknown>[] {
	const text = "export function [MASK](value: number) {";
	return [
		...Array.from({ length: 6 }, (_, top) => client.ask("fillText", { text, top: top + 1 })),
		client.ask("status"),
		client.ask("ping"),
		client.ask("listRuns"),
		client.ask("readRun", { run, from: 0 }),
		client.ask("previewCorpus", { corpus }),
	];
}

/** What is refused is refused with a name, except by a connection that has ended with its sidecar. */
function checkSettled(settled: readonly PromiseSettledResult<unknown>[], victim: SidecarProcess): void {
	for (const answer of settled) {
		if (answer.status === "fulfilled" || victim.role === "sidecar") continue;
		const { code, data, message } = answer.reason as { code: number; data: unknown; message: string };
		assert.equal(code, errorCode, message);
		errorDataSchema.parse(data);
	}
}

/** Waits until the run has taken a further step; one that was given up after many deaths is resumed as a user would. */
async function goesOn(client: RpcClient, run: string): Promise<void> {
	let first: number | undefined;
	for (let attempt = 0; attempt < 1200; attempt++) {
		const found = (await client.ask("listRuns")).find(({ path }) => path === run);
		assert.ok(found !== undefined, "the run is lost");
		if (found.state === "failed") await client.ask("resumeRun", { run });
		// A step is further once the process that has just been killed can have told no more of it.
		if (found.state === "running" && found.memoryBytes !== null) {
			first ??= found.step;
			if (found.step > first + 20) return;
		}
		await wait(50);
	}
	assert.fail("the run does not go on");
}

/** Waits until all of `processes` are gone, at most the three seconds that an orphan may stay. */
async function gone(home: string, processes: readonly SidecarProcess[]): Promise<void> {
	const alive = () => processesOf(home).filter(({ pid }) => processes.some((before) => before.pid === pid));
	for (const deadline = Date.now() + 3000; Date.now() < deadline && alive().length > 0; ) await wait(50);
	assert.deepEqual(alive(), []);
}

/** The steps of the run's metrics, each once, in order. */
async function recordedSteps(client: RpcClient, run: string): Promise<number[]> {
	const steps = new Set<number>();
	for (let from = 0, more = true; more; ) {
		const page: ResultOf<(typeof requests)["readRun"]> = await client.ask("readRun", { run, from });
		for (const event of page.events) if (event.event === "step") steps.add(event.step);
		({ next: from, more } = page);
	}
	return [...steps].sort((one, other) => one - other);
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
	const late = wait(milliseconds, undefined, { ref: false }).then(() => assert.fail("a request does not settle"));
	return await Promise.race([promise, late]);
}

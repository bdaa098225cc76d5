import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { writeCheckpoint } from "../../../sidecar/store/checkpoints.ts";
import { openMetrics } from "../../../sidecar/store/metrics.ts";
import { lockRun } from "../../../sidecar/store/runLock.ts";
import {
	checkRunFolder,
	createRun,
	findRun,
	listRuns,
	readRunRecipe,
	summarizeRun,
} from "../../../sidecar/store/runs.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const recipe = { name: "tiny", model: { layers: 1 } };

function append(run: string, ...lines: { event: string; step?: number; loss?: number; heldOut?: unknown }[]): void {
	const log = openMetrics(run);
	for (const line of lines) log.append(line);
	log.close();
}

test("runs get the first free number and keep their recipe", (context) => {
	const home = temporaryFolder(context);
	const paths = [1, 2, 3].map(() => createRun("tiny", recipe, { home }));
	assert.deepEqual(
		paths,
		[1, 2, 3].map((number) => join(home, "runs", `tiny-${number}`)),
	);
	assert.deepEqual(readRunRecipe(paths[2] as string), recipe);
	assert.equal(findRun("tiny-2", { home }), paths[1]);
	assert.equal(findRun(paths[0] as string, { home }), paths[0]);
});

test("a folder that holds something is refused and left as it was", (context) => {
	const folder = temporaryFolder(context);
	const out = join(folder, "out");
	mkdirSync(out);
	writeFileSync(join(out, "thesis.txt"), "years of work");
	const usage = (pattern: RegExp) => (error: unknown) => isError(error, "usage") && pattern.test(error.message);
	assert.throws(
		() => createRun("tiny", recipe, { out, home: folder }),
		usage(/exists and is not empty\. Name a new folder with --out\.$/),
	);
	assert.throws(() => checkRunFolder(join(out, "thesis.txt")), usage(/is a file/));
	assert.equal(readFileSync(join(out, "thesis.txt"), "utf8"), "years of work");
	assert.ok(!existsSync(join(out, "recipe.json")));
	const run = createRun("tiny", recipe, { out: join(folder, "run"), home: folder });
	assert.throws(() => checkRunFolder(run), usage(/or go on with that run: maskwright resume/));
});

test("looking whether a folder could be used writes nothing", (context) => {
	const path = join(temporaryFolder(context), "missing", "deep");
	checkRunFolder(path);
	assert.ok(!existsSync(join(path, "..")));
});

test("runs elsewhere are listed until they are removed", (context) => {
	const folder = temporaryFolder(context);
	const home = join(folder, "home");
	const run = createRun("tiny", recipe, { out: join(folder, "mine"), home });
	assert.deepEqual(
		listRuns({ home }).map(({ path }) => path),
		[run],
	);
	assert.equal(findRun("mine", { home }), run);
	rmSync(run, { recursive: true });
	assert.deepEqual(listRuns({ home }), []);
});

test("a name that no run has is notFound, a folder that is no run too", (context) => {
	const home = temporaryFolder(context);
	for (const look of [() => findRun("nothing", { home }), () => readRunRecipe(home)]) {
		assert.throws(look, (error) => isError(error, "notFound") && error.message.includes("maskwright runs"));
	}
});

test("a run's state is told by its metrics and its lock", (context) => {
	const home = temporaryFolder(context);
	const run = createRun("tiny", recipe, { home });
	const state = () => summarizeRun(run).state;
	const states = [state()];
	append(run, { event: "run" }, { event: "step", step: 1, loss: 2 });
	states.push(state());
	append(run, { event: "paused" });
	states.push(state());
	const lock = lockRun(run);
	states.push(state());
	lock.release();
	append(run, { event: "run" }, { event: "diverged", step: 2 });
	states.push(state());
	append(run, { event: "run" }, { event: "done", heldOut: { top1: 0.5 } });
	states.push(state());
	assert.deepEqual(states, ["new", "interrupted", "paused", "running", "diverged", "done"]);
	const summary = { run: "tiny-1", path: run, recipe: "tiny", state: "done", step: 1, loss: 2, heldOut: { top1: 0.5 } };
	assert.deepEqual(summarizeRun(run), summary);
});

test("a run without metrics shows its newest checkpoint, one with a broken recipe is still listed", (context) => {
	const home = temporaryFolder(context);
	const run = createRun("tiny", recipe, { home });
	writeCheckpoint(run, 7, { model: new Map(), optimizer: new Map(), state: null });
	writeFileSync(join(run, "recipe.json"), "{");
	const { step, recipe: name } = listRuns({ home })[0] ?? {};
	assert.deepEqual([step, name], [7, "unknown"]);
	assert.throws(
		() => readRunRecipe(run),
		(error) => isError(error, "recipeInvalid"),
	);
});

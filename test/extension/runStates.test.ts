import assert from "node:assert/strict";
import { test } from "node:test";
import { activeFirst, allows, changedRuns, isActive, type RunAction } from "../../extension/runStates.ts";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import { runStatus } from "../support/runStatus.ts";

const actions: readonly RunAction[] = ["pause", "resume", "stop", "discard", "curves"];

function allowed(changes: Partial<RunStatus>): RunAction[] {
	return actions.filter((action) => allows(runStatus(changes), action));
}

test("each state allows what makes sense in it", () => {
	assert.deepEqual(allowed({ state: "running" }), ["pause", "stop", "discard", "curves"]);
	assert.deepEqual(allowed({ state: "queued", step: 0 }), ["pause", "discard", "curves"]);
	assert.deepEqual(allowed({ state: "finishing" }), ["discard", "curves"]);
	for (const state of ["paused", "interrupted", "diverged"] as const) {
		assert.deepEqual(allowed({ state }), ["resume", "discard", "curves"], state);
	}
	for (const state of ["done", "failed"] as const) assert.deepEqual(allowed({ state }), ["discard", "curves"], state);
	assert.deepEqual(allowed({ state: "new", step: 0 }), ["discard"]);
});

const restarting = { state: "interrupted", message: "The training process ended. The run goes on in 4 s." } as const;

test("a run that starts again by itself is active and can be paused, not resumed", () => {
	assert.deepEqual(allowed(restarting), ["pause", "discard", "curves"]);
	assert.equal(isActive(runStatus(restarting)), true);
	assert.equal(isActive(runStatus({ state: "interrupted" })), false);
});

test("that an interrupted run starts again no more is a change of state", () => {
	const [before, after] = [runStatus(restarting), runStatus({ state: "interrupted" })];
	assert.equal(changedRuns([before], before.path, after).onlyNumbers, false);
});

test("a change of numbers is told from one of states", () => {
	const run = runStatus();
	const other = runStatus({ path: "/other" });
	const next = runStatus({ step: 513 });
	assert.deepEqual(changedRuns([other, run], run.path, next), { runs: [other, next], onlyNumbers: true });
	const done = runStatus({ state: "done" });
	assert.deepEqual(changedRuns([other, run], run.path, done), { runs: [other, done], onlyNumbers: false });
});

test("a new run comes first, and one that is gone leaves the list", () => {
	const run = runStatus();
	const other = runStatus({ path: "/other" });
	assert.deepEqual(changedRuns([run], other.path, other), { runs: [other, run], onlyNumbers: false });
	assert.deepEqual(changedRuns([other, run], other.path, null), { runs: [run], onlyNumbers: false });
	assert.deepEqual(changedRuns([run], "/unknown", null), { runs: [run], onlyNumbers: true });
});

test("active runs stand first, in their order", () => {
	const runs = (["done", "running", "paused", "queued"] as const).map((state) => runStatus({ state, path: state }));
	assert.deepEqual(
		activeFirst(runs).map(({ path }) => path),
		["running", "queued", "done", "paused"],
	);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type StatusFacts,
	statusLinks,
	statusSpoken,
	statusText,
	statusTooltip,
} from "../../../extension/status/statusTexts.ts";
import type { SidecarStatus } from "../../../sidecar/protocol/sidecarStatus.ts";
import { english } from "../../support/englishTexts.ts";
import { runStatus } from "../../support/runStatus.ts";

const status: SidecarStatus = {
	pid: 4711,
	version: "0.1.0",
	host: "desk",
	socket: "/run/socket",
	startedAt: "2026-01-01T00:00:00Z",
	clients: 2,
	model: { name: "brave-heron", path: "/models/brave-heron", loaded: true },
	executionProvider: "cpu",
	inferencePid: 4712,
	memoryBytes: 256_000_000,
	activeRuns: 0,
};

function facts(changes: Partial<StatusFacts> = {}): StatusFacts {
	return { state: "ready", status, run: undefined, indexes: [], failure: undefined, remote: false, ...changes };
}

function text(changes: Partial<StatusFacts>): string {
	return statusText(facts(changes), english);
}

test("the item tells each state in a few words", () => {
	assert.deepEqual(
		[
			text({ state: "stopped", status: undefined }),
			text({ state: "starting", status: undefined }),
			text({}),
			text({ status: { ...status, model: null } }),
			text({ run: runStatus() }),
			text({ run: runStatus({ progress: null, secondsLeft: null }) }),
			text({ run: runStatus({ state: "queued" }) }),
			text({ run: runStatus({ state: "preparing" }) }),
			text({ run: runStatus({ state: "finishing" }) }),
			text({ state: "failed", status: undefined }),
		],
		[
			"$(circle-outline) Maskwright",
			"$(loading~spin) Maskwright: starting",
			"$(check) brave-heron",
			"$(circle-slash) Maskwright: no model",
			"$(sync~spin) Training 42% · step 512 · 3 min left",
			"$(sync~spin) Training · step 512",
			"$(sync~spin) Waiting to train",
			"$(sync~spin) Preparing to train",
			"$(sync~spin) Scoring the model",
			"$(error) Maskwright: no sidecar",
		],
	);
});

test("a screen reader hears no icon names", () => {
	assert.equal(statusSpoken(facts(), english), "Maskwright fills masks with brave-heron");
	assert.equal(statusSpoken(facts({ run: runStatus() }), english), "Training 42%, step 512, 3 min left");
});

test("the tooltip tells device, memory, process and model, and the machine in a remote window", () => {
	const tooltip = statusTooltip(facts({ remote: true }), english);
	for (const fact of ["brave\\-heron, in memory", "| Device | cpu |", "256 MB", "4711, version 0\\.1\\.0", "desk"]) {
		assert.ok(tooltip.includes(fact), fact);
	}
	assert.ok(!statusTooltip(facts(), english).includes("desk"));
	const boxed = { name: "code-mlm-boxed", path: "/box", loaded: false, boxed: true };
	const fresh = statusTooltip(facts({ status: { ...status, model: boxed } }), english);
	assert.ok(fresh.includes("code\\-mlm\\-boxed, comes with Maskwright, read at first use"));
});

test("a failure is told with one next step and the last lines of the log", () => {
	const detail = Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n");
	const failure = { message: "The sidecar ended at once (exit code 3).", detail };
	const tooltip = statusTooltip(facts({ state: "failed", status: undefined, failure }), english);
	assert.ok(tooltip.includes("The sidecar ended at once \\(exit code 3\\)\\."));
	assert.ok(tooltip.includes("Look into the log, then start the sidecar again."));
	assert.ok(tooltip.includes("line 19") && tooltip.includes("line 12") && !tooltip.includes("line 11"));
});

test("no state offers a restart, and each offers the log", () => {
	for (const changes of [{}, { run: runStatus() }, { state: "failed" }, { state: "stopped" }] as const) {
		const commands = statusLinks(facts(changes), english).map(({ command }) => command);
		assert.ok(commands.includes("maskwright.showLog") && !commands.includes("maskwright.restartSidecar"));
	}
});

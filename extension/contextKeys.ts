import * as vscode from "vscode";
import type { Ctx } from "./ctx.ts";
import { allows, isActive } from "./runStates.ts";

/** Remembered between sessions: what can be known before the sidecar runs. */
const memory = { hasModel: "maskwright.hasModel", running: "maskwright.running" } as const;

/** Keeps the context keys that menus, enablement and welcome texts test. */
export function activateContextKeys({ sidecar, inventory, codeIndex, extensionContext, subscriptions }: Ctx): void {
	const { globalState } = extensionContext;
	const set = contextSetter();
	const onState = () => set("maskwright.sidecar", sidecar.state);
	const onRuns = () => {
		const { runs } = inventory;
		const running = runs.some(isActive);
		set("maskwright.running", running);
		set("maskwright.hasRun", runs.length > 0);
		set(
			"maskwright.canPause",
			runs.some((run) => allows(run, "pause")),
		);
		set(
			"maskwright.canResume",
			runs.some((run) => allows(run, "resume")),
		);
		set(
			"maskwright.canStop",
			runs.some((run) => allows(run, "stop")),
		);
		set(
			"maskwright.canDiscard",
			runs.some((run) => allows(run, "discard")),
		);
		if (globalState.get(memory.running) !== running) void globalState.update(memory.running, running);
	};
	const onModels = () => {
		const hasModel = inventory.models.some(({ roles }) => roles.includes("completion"));
		set("maskwright.hasModel", hasModel);
		set(
			"maskwright.hasOwnModel",
			inventory.models.some(({ boxed }) => !boxed),
		);
		set(
			"maskwright.hasSearchModel",
			inventory.models.some(({ roles }) => roles.includes("search")),
		);
		if (globalState.get(memory.hasModel) !== hasModel) void globalState.update(memory.hasModel, hasModel);
	};
	const onIndex = () =>
		set(
			"maskwright.hasIndex",
			[...codeIndex.statuses.values()].some(({ state }) => state !== "none"),
		);
	onState();
	set("maskwright.hasModel", globalState.get(memory.hasModel, false));
	subscriptions.push(
		sidecar.onDidChangeState(onState),
		inventory.onDidChangeRuns((onlyNumbers) => {
			if (onlyNumbers === undefined) onRuns();
		}),
		inventory.onDidChangeModels(onModels),
		codeIndex.onDidChange(onIndex),
	);
	// A run outlives its window: the next one shows it without being asked.
	if (globalState.get(memory.running, false)) sidecar.start().catch(() => {});
}

/** Sets a context key only when its value is another. */
function contextSetter(): (key: string, value: string | boolean) => void {
	const last = new Map<string, string | boolean>();
	return (key, value) => {
		if (last.get(key) === value) return;
		last.set(key, value);
		void vscode.commands.executeCommand("setContext", key, value);
	};
}

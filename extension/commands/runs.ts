import * as vscode from "vscode";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { Ctx } from "../ctx.ts";
import { activeFirst, allows, type RunAction } from "../runStates.ts";
import { runDescription } from "../views/runTexts.ts";
import { Dismissed } from "./failures.ts";
import { watchOutcome } from "./runOutcome.ts";

export async function pauseRun(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { path } = await chosenRun(ctx, "pause", clicked);
	await ctx.sidecar.request("pauseRun", { run: path });
}

export async function resumeRun(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { path } = await chosenRun(ctx, "resume", clicked);
	await ctx.sidecar.request("resumeRun", { run: path });
	watchOutcome(ctx, path);
}

export async function stopRun(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { path } = await chosenRun(ctx, "stop", clicked);
	await ctx.sidecar.request("stopRun", { run: path });
}

/** Asks first: checkpoints and model go with it. */
export async function discardRun(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, window } = vscode;
	const run = await chosenRun(ctx, "discard", clicked);
	const discard = l10n.t("Discard");
	const detail =
		run.model === null
			? l10n.t("Its checkpoints are removed. It cannot be undone.")
			: l10n.t("Its checkpoints and its model are removed. It cannot be undone.");
	const options = { modal: true, detail };
	if ((await window.showWarningMessage(l10n.t("Discard the run {0}?", run.run), options, discard)) !== discard) {
		throw new Dismissed();
	}
	await ctx.sidecar.request("discardRun", { run: run.path });
}

/** The run that was clicked, the only one that fits, or the one that is chosen. */
async function chosenRun({ inventory }: Ctx, action: RunAction, clicked: unknown): Promise<RunStatus> {
	const { l10n, window } = vscode;
	await inventory.load();
	const named = inventory.runs.find(({ path }) => path === clicked);
	if (named !== undefined) return named;
	const fitting = activeFirst(inventory.runs).filter((run) => allows(run, action));
	if (fitting.length === 0) {
		void window.showInformationMessage(nothingFits(action));
		throw new Dismissed();
	}
	const only = fitting[0];
	if (fitting.length === 1 && only !== undefined && action !== "resume") return only;
	const rows = fitting.map((run) => ({ label: run.run, description: runDescription(run, l10n), run }));
	const row = await window.showQuickPick(rows, { title: question(action), matchOnDescription: true });
	if (row === undefined) throw new Dismissed();
	return row.run;
}

function question(action: RunAction): string {
	const { l10n } = vscode;
	switch (action) {
		case "pause":
			return l10n.t("Pause Which Run");
		case "resume":
			return l10n.t("Resume Which Run");
		case "stop":
			return l10n.t("Stop Which Run and Keep Its Model");
		case "discard":
			return l10n.t("Discard Which Run");
		case "curves":
			return l10n.t("Show the Loss Curves of Which Run");
	}
}

function nothingFits(action: RunAction): string {
	const { l10n } = vscode;
	switch (action) {
		case "pause":
		case "stop":
			return l10n.t("No run trains that this sidecar has started.");
		case "resume":
			return l10n.t("No run is paused or interrupted.");
		default:
			return l10n.t("There is no run yet. Train on this workspace first.");
	}
}

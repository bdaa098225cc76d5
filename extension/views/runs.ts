import * as vscode from "vscode";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { Ctx } from "../ctx.ts";
import { activeFirst } from "../runStates.ts";
import { runContext, runDescription, runIcons, runSpoken, runTooltip } from "./runTexts.ts";
import { loadForView, markdown } from "./viewParts.ts";

/** The view of runs; its elements are the runs' folders. */
export function activateRunsView(ctx: Ctx): void {
	const { inventory, subscriptions } = ctx;
	const changed = new vscode.EventEmitter<string | undefined>();
	const provider: vscode.TreeDataProvider<string> = {
		onDidChangeTreeData: changed.event,
		async getChildren(parent) {
			if (parent !== undefined) return [];
			await loadForView(ctx);
			return activeFirst(inventory.runs).map((run) => run.path);
		},
		getTreeItem(path) {
			const run = inventory.runs.find((other) => other.path === path);
			return run === undefined ? new vscode.TreeItem(path) : runItem(run);
		},
	};
	let soon: NodeJS.Timeout | undefined;
	const stale = new Set<string>();
	const refreshSoon = (path: string) => {
		stale.add(path);
		soon ??= setTimeout(() => {
			soon = undefined;
			for (const other of stale) changed.fire(other);
			stale.clear();
		}, betweenRefreshes);
	};
	const view = vscode.window.createTreeView("maskwright.runs", { treeDataProvider: provider });
	subscriptions.push(
		changed,
		view,
		{ dispose: () => clearTimeout(soon) },
		inventory.onDidChangeRuns((run) => {
			if (run === undefined) changed.fire(undefined);
			else refreshSoon(run.path);
			const active = inventory.runs.filter(({ state }) => state === "running").length;
			const badge = active === 0 ? undefined : { value: active, tooltip: vscode.l10n.t("{0} training", active) };
			if (view.badge?.value !== badge?.value) view.badge = badge;
		}),
	);
}

/** Milliseconds: a row that is drawn anew loses its hover, and the status bar tells the latest numbers anyway. */
const betweenRefreshes = 3_000;

function runItem(run: RunStatus): vscode.TreeItem {
	const item = new vscode.TreeItem(run.run);
	const { icon, color } = runIcons[run.state];
	item.id = run.path;
	item.description = runDescription(run, vscode.l10n);
	item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
	item.tooltip = markdown(runTooltip(run, vscode.l10n));
	item.contextValue = runContext(run);
	item.accessibilityInformation = { label: runSpoken(run, vscode.l10n) };
	item.command = {
		command: "maskwright.showLossCurves",
		title: vscode.l10n.t("Show Loss Curves"),
		arguments: [run.path],
	};
	return item;
}

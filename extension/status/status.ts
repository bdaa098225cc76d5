import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { isActive } from "../runStates.ts";
import { markdown } from "../views/viewParts.ts";
import { indexText, isIndexing } from "./indexTexts.ts";
import { type StatusFacts, statusLinks, statusSpoken, statusText, statusTooltip } from "./statusTexts.ts";

/** The status bar item and the language status item. A click opens a list of actions and never restarts anything. */
export function activateStatus(ctx: Ctx): void {
	const { sidecar, inventory, codeIndex, subscriptions } = ctx;
	const item = vscode.window.createStatusBarItem("maskwright.status", vscode.StatusBarAlignment.Left, -10);
	item.name = "Maskwright";
	item.command = "maskwright.showActions";
	const language = vscode.languages.createLanguageStatusItem("maskwright.fill", "*");
	language.name = "Maskwright";
	const index = vscode.languages.createLanguageStatusItem("maskwright.index", "*");
	index.name = vscode.l10n.t("Maskwright Code Search");
	index.command = { command: "maskwright.searchCode", title: vscode.l10n.t("Search Code") };
	const update = () => {
		const facts = statusFacts(ctx);
		show(item, facts);
		showLanguage(language, facts);
		showIndex(index, facts);
	};
	update();
	item.show();
	subscriptions.push(
		item,
		language,
		index,
		codeIndex.onDidChange(update),
		sidecar.onDidChangeState(update),
		sidecar.onNotification("statusChanged", update),
		inventory.onDidChangeRuns(update),
		inventory.onDidChangeModels(update),
	);
}

/** What is known at this moment. */
export function statusFacts({ sidecar, inventory, codeIndex }: Ctx): StatusFacts {
	const active = inventory.runs.filter(isActive);
	return {
		state: sidecar.state,
		status: sidecar.status(),
		run: active.find(({ state }) => state !== "queued") ?? active[0],
		indexes: [...codeIndex.statuses.values()],
		failure: sidecar.failure,
		remote: vscode.env.remoteName !== undefined,
	};
}

function show(item: vscode.StatusBarItem, facts: StatusFacts): void {
	const text = statusText(facts, vscode.l10n);
	if (item.text !== text) item.text = text;
	const commands = statusLinks(facts, vscode.l10n).map(({ command }) => command);
	item.tooltip = markdown(statusTooltip(facts, vscode.l10n), commands);
	item.accessibilityInformation = { label: statusSpoken(facts, vscode.l10n), role: "button" };
	item.backgroundColor = facts.state === "failed" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
}

function showLanguage(item: vscode.LanguageStatusItem, { state, status, run }: StatusFacts): void {
	const model = status?.model;
	item.text = model == null ? vscode.l10n.t("Masks: no model") : vscode.l10n.t("Masks: {0}", model.name);
	item.detail =
		state === "failed" ? vscode.l10n.t("no sidecar") : model == null ? "" : vscode.l10n.t("type [MASK], press Tab");
	item.busy = state === "starting" || run !== undefined;
	item.severity = state === "failed" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
	item.command = { command: "maskwright.showActions", title: vscode.l10n.t("Actions") };
}

function showIndex(item: vscode.LanguageStatusItem, { indexes }: StatusFacts): void {
	item.text = vscode.l10n.t("Code index: {0}", indexText(indexes, vscode.l10n) ?? vscode.l10n.t("none yet"));
	item.busy = indexes.some(isIndexing);
	item.severity = indexes.some(({ state }) => state === "failed")
		? vscode.LanguageStatusSeverity.Warning
		: vscode.LanguageStatusSeverity.Information;
}

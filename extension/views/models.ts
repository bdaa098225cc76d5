import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import type { ModelDescription } from "../inventory.ts";
import { modelContext, modelDescription, modelSpoken, modelTooltip } from "./modelTexts.ts";
import { loadForView, markdown } from "./viewParts.ts";

/** The view of models; its elements are the models' folders. */
export function activateModelsView(ctx: Ctx): void {
	const { inventory, subscriptions } = ctx;
	const changed = new vscode.EventEmitter<undefined>();
	const find = (path: string) => inventory.models.find((model) => model.path === path);
	const provider: vscode.TreeDataProvider<string> = {
		onDidChangeTreeData: changed.event,
		async getChildren(parent) {
			if (parent !== undefined) return [];
			await loadForView(ctx);
			return inventory.models.map((model) => model.path);
		},
		getTreeItem(path) {
			const model = find(path);
			return model === undefined ? new vscode.TreeItem(path) : modelItem(model, path === inventory.modelInUse);
		},
	};
	subscriptions.push(
		changed,
		vscode.window.createTreeView("maskwright.models", { treeDataProvider: provider }),
		inventory.onDidChangeModels(() => changed.fire(undefined)),
	);
}

function modelItem(model: ModelDescription, inUse: boolean): vscode.TreeItem {
	const item = new vscode.TreeItem(model.name);
	item.id = model.path;
	item.description = modelDescription(model, inUse, vscode.l10n);
	item.iconPath = inUse
		? new vscode.ThemeIcon("pass-filled", new vscode.ThemeColor("testing.iconPassed"))
		: new vscode.ThemeIcon("circle-outline");
	item.tooltip = markdown(modelTooltip(model, inUse, vscode.l10n));
	item.contextValue = modelContext(model, inUse);
	item.accessibilityInformation = { label: modelSpoken(model, inUse, vscode.l10n) };
	return item;
}

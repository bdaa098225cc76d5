import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import type { ModelDescription } from "../inventory.ts";
import { modelContext, modelDescription, modelSpoken, modelsUnder, modelTooltip } from "./modelTexts.ts";
import { loadForView, markdown } from "./viewParts.ts";

/** The view of models; its elements are the models' folders. */
export function activateModelsView(ctx: Ctx): void {
	const { inventory, subscriptions } = ctx;
	const changed = new vscode.EventEmitter<undefined>();
	const find = (path: string) => inventory.models.find((model) => model.path === path);
	const provider: vscode.TreeDataProvider<string> = {
		onDidChangeTreeData: changed.event,
		async getChildren(parent) {
			if (parent === undefined) await loadForView(ctx);
			return modelsUnder(inventory.models, parent === undefined ? undefined : find(parent)).map(({ path }) => path);
		},
		getTreeItem(path) {
			const model = find(path);
			return model === undefined
				? new vscode.TreeItem(path)
				: modelItem(model, {
						inUse: path === inventory.modelInUse,
						hasAdapters: modelsUnder(inventory.models, model).length > 0,
					});
		},
	};
	subscriptions.push(
		changed,
		vscode.window.createTreeView("maskwright.models", { treeDataProvider: provider }),
		inventory.onDidChangeModels(() => changed.fire(undefined)),
	);
}

function modelItem(
	model: ModelDescription,
	{ inUse, hasAdapters }: { readonly inUse: boolean; readonly hasAdapters: boolean },
): vscode.TreeItem {
	const { Expanded, None } = vscode.TreeItemCollapsibleState;
	const item = new vscode.TreeItem(model.name, hasAdapters ? Expanded : None);
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

import { existsSync } from "node:fs";
import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { newRecipeFile } from "../recipeFile.ts";

/** Asks which recipe a new one extends, and opens a file with what is changed most often; it is not on the disk yet. */
export async function newRecipe(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n } = vscode;
	const recipes = await ctx.sidecar.request("listRecipes", {});
	const named = recipes.find(({ name }) => name === clicked);
	const picked = named === undefined ? await pick(recipes) : named;
	if (picked === undefined) return;
	const name = `my-${picked.name}.maskwright-recipe.json`;
	const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
	const place = folder === undefined ? undefined : vscode.Uri.joinPath(folder, name);
	const isFree = place === undefined || place.scheme !== "file" || !existsSync(place.fsPath);
	if (!isFree) {
		await vscode.window.showTextDocument(place);
		void vscode.window.showInformationMessage(l10n.t("{0} is there already.", name));
		return;
	}
	const document = await vscode.workspace.openTextDocument(
		place === undefined ? vscode.Uri.parse(`untitled:${name}`) : place.with({ scheme: "untitled" }),
	);
	const edit = new vscode.WorkspaceEdit();
	edit.insert(document.uri, new vscode.Position(0, 0), newRecipeFile(picked));
	await vscode.workspace.applyEdit(edit);
	await vscode.window.showTextDocument(document);
}

async function pick<Recipe extends { name: string; summary: string; paper: string | null }>(
	recipes: readonly Recipe[],
): Promise<Recipe | undefined> {
	const rows = recipes.map((recipe) => ({
		label: recipe.name,
		detail: recipe.paper === null ? recipe.summary : `${recipe.summary} ${recipe.paper}`,
		recipe,
	}));
	const title = vscode.l10n.t("New Recipe File");
	const placeHolder = vscode.l10n.t("The recipe that the new one extends");
	return (await vscode.window.showQuickPick(rows, { title, placeHolder, matchOnDetail: true }))?.recipe;
}

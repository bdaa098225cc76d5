import * as vscode from "vscode";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import type { ModelDescription } from "../inventory.ts";
import { recipeFiles } from "../recipeFile.ts";
import { nameOrPath } from "../taskDefinition.ts";
import { askPlan } from "./askPlan.ts";
import { watchOutcome } from "./runOutcome.ts";
import { trainFolder } from "./trainFolder.ts";
import { recipeChoices } from "./trainItems.ts";

const isBoxedForCompletion = ({ boxed, roles }: ModelDescription): boolean => boxed && roles.includes("completion");

/** Asks what to train on and how, each question with its default first, and starts the run. */
export async function train(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n } = vscode;
	const folder = (await trainFolder(clicked))?.fsPath;
	if (folder === undefined) return;
	const { first, budget, device } = await askPlan(ctx, {
		folder,
		choices: async () => {
			const [recipes, files] = await Promise.all([
				ctx.sidecar.request("listRecipes", {}),
				vscode.workspace.findFiles(recipeFiles, "**/node_modules/**", 20),
				ctx.inventory.load(),
			]);
			const chosen = recipeOf(clicked) ?? config.defaultRecipe(folder);
			const boxed = ctx.inventory.models.some(isBoxedForCompletion);
			const paths = files.map(({ fsPath }) => fsPath).toSorted();
			return recipeChoices(recipes, { chosen: chosen && nameOrPath(chosen, folder), boxed, files: paths }, l10n);
		},
		placeholder: (corpus) => l10n.t("{0}: what to train on them", corpus),
	});
	const { run, path } = await ctx.sidecar.request("startRun", { corpus: folder, recipe: first, budget, device });
	ctx.log.info(`Run ${run} trains on ${folder}.`);
	watchOutcome(ctx, path);
	if (config.showLossCurves()) await vscode.commands.executeCommand("maskwright.showLossCurves", path);
}

/** The recipe that a caller names, such as the gallery. */
function recipeOf(clicked: unknown): string | undefined {
	if (typeof clicked !== "object" || clicked === null || !("recipe" in clicked)) return undefined;
	return typeof clicked.recipe === "string" ? clicked.recipe : undefined;
}

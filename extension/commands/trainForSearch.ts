import * as vscode from "vscode";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { modelDescription } from "../views/modelTexts.ts";
import { askPlan } from "./askPlan.ts";
import { watchOutcome } from "./runOutcome.ts";
import { trainFolder } from "./trainFolder.ts";
import type { Choice } from "./trainItems.ts";

const recipe = "code-search";

/** Trains a model to find this workspace's code by what it does: a new one, or one that fills masks trained on. */
export async function trainForSearch(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n } = vscode;
	const folder = (await trainFolder(clicked))?.fsPath;
	if (folder === undefined) return;
	const { first, budget, device } = await askPlan(ctx, {
		folder,
		choices: () => modelChoices(ctx),
		placeholder: (corpus) => l10n.t("{0}: which model to train for search on them", corpus),
	});
	const from = first === "" ? {} : { from: first };
	const { run, path } = await ctx.sidecar.request("startRun", { corpus: folder, recipe, budget, device, ...from });
	ctx.log.info(`Run ${run} trains for search on ${folder}.`);
	watchOutcome(ctx, path);
	if (config.showLossCurves()) await vscode.commands.executeCommand("maskwright.showLossCurves", path);
}

/** A new model first: the recipe's own learns the most in minutes (its reasons say how much). Then the one in use. */
async function modelChoices({ inventory }: Ctx): Promise<Choice<string>[]> {
	const { l10n } = vscode;
	await inventory.load();
	const inUse = (path: string) => path === inventory.modelInUse;
	const models = inventory.models.toSorted((one, other) => Number(inUse(other.path)) - Number(inUse(one.path)));
	return [
		{
			label: l10n.t("A new model"),
			description: l10n.t("default"),
			detail: l10n.t("Made for search: it learns the most in minutes"),
			value: "",
		},
		...models.map((model) => ({
			label: l10n.t("From {0}", model.name),
			description: modelDescription(model, inUse(model.path), l10n),
			detail: model.path,
			value: model.path,
		})),
	];
}

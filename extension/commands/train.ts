import { basename } from "node:path";
import * as vscode from "vscode";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { nameOrPath } from "../taskDefinition.ts";
import { showReport } from "../views/reports.ts";
import { corpusReportText } from "../views/reportTexts.ts";
import { askBudget } from "./askBudget.ts";
import { watchOutcome } from "./runOutcome.ts";
import { trainFolder } from "./trainFolder.ts";
import { type Budget, corpusChoices, corpusSummary, type Device, deviceChoices, recipeChoices } from "./trainItems.ts";
import { type Answers, ask } from "./wizard.ts";

interface Plan {
	readonly folder: string;
	recipe: string;
	budget: Budget;
	device: Device;
}

/** Asks what to train on and how, each question with its default first, and starts the run. */
export async function train(ctx: Ctx, clicked?: unknown): Promise<void> {
	const folder = (await trainFolder(clicked))?.fsPath;
	if (folder === undefined) return;
	const plan: Plan = {
		folder,
		recipe: nameOrPath(config.defaultRecipe(), folder),
		budget: { minutes: config.defaultMinutes() },
		device: config.defaultDevice(),
	};
	await askAll(ctx, plan);
	const { recipe, budget, device } = plan;
	const { run, path } = await ctx.sidecar.request("startRun", { corpus: folder, recipe, budget, device });
	ctx.log.info(`Run ${run} trains on ${folder}.`);
	watchOutcome(ctx, path);
	if (config.showLossCurves()) await vscode.commands.executeCommand("maskwright.showLossCurves", path);
}

/** Recipe, budget, device; Back goes to the question before. */
async function askAll(ctx: Ctx, plan: Plan): Promise<void> {
	const { l10n } = vscode;
	const title = l10n.t("Train on {0}", basename(plan.folder));
	let corpus: Promise<Answers<string>> | undefined;
	for (let step = 1; step <= 3; ) {
		const frame = { title, step, totalSteps: 3 };
		if (step === 1) {
			const placeholder = l10n.t("Reading the folder...");
			const choices = (token: vscode.CancellationToken) => {
				corpus ??= corpusAndRecipes(ctx, plan, token);
				return corpus;
			};
			const recipe = await ask<string>({ ...frame, placeholder, choices });
			plan.recipe = recipe;
		} else if (step === 2) {
			const budget = await askBudget({ ...frame, minutes: config.defaultMinutes() });
			if (budget !== "back") plan.budget = budget;
			else step -= 2;
		} else {
			const placeholder = l10n.t("Where to compute");
			const choices = async () => ({ choices: deviceChoices(process.platform, config.defaultDevice(), l10n) });
			const device = await ask<Device>({ ...frame, placeholder, choices });
			if (device !== "back") plan.device = device;
			else step -= 2;
		}
		step++;
	}
}

/** The recipes, below what the folder gives to train on. */
async function corpusAndRecipes(ctx: Ctx, plan: Plan, token: vscode.CancellationToken): Promise<Answers<string>> {
	const { l10n } = vscode;
	const [recipes, report] = await Promise.all([
		ctx.sidecar.request("listRecipes", {}),
		ctx.sidecar.request("previewCorpus", { corpus: plan.folder }, token),
	]);
	return {
		choices: recipeChoices(recipes, plan.recipe, l10n),
		placeholder: l10n.t("{0}: what to train on them", corpusSummary(report, l10n)),
		asides: {
			title: l10n.t("what is trained on"),
			rows: corpusChoices(report, l10n),
			show: () => void showReport("corpus", corpusReportText(plan.folder, report, l10n)),
		},
	};
}

import * as vscode from "vscode";
import { Dismissed } from "./failures.ts";
import { type Budget, budgetChoices, parseBudget } from "./trainItems.ts";
import { ask } from "./wizard.ts";

/** Asks how long to train. Throws `Dismissed` when the user leaves. */
export async function askBudget(frame: {
	title: string;
	step: number;
	totalSteps: number;
	minutes: number;
}): Promise<Budget | "back"> {
	const { l10n } = vscode;
	const budget = await ask<Budget | "other">({
		...frame,
		placeholder: l10n.t("How long to train"),
		choices: async () => ({ choices: budgetChoices(frame.minutes, l10n) }),
	});
	if (budget !== "other") return budget;
	const text = await vscode.window.showInputBox({
		title: frame.title,
		prompt: l10n.t("Minutes, hours, steps or tokens, such as 20 min, 500 steps or 5M tokens"),
		validateInput: (typed) =>
			parseBudget(typed) === undefined ? l10n.t("Such as 20 min, 2 h, 500 steps or 5M tokens.") : undefined,
	});
	const typed = text === undefined ? undefined : parseBudget(text);
	if (typed === undefined) throw new Dismissed();
	return typed;
}

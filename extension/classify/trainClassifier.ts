import { basename } from "node:path";
import * as vscode from "vscode";
import { Dismissed } from "../commands/failures.ts";
import { watchOutcome } from "../commands/runOutcome.ts";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { recipeFiles } from "../recipeFile.ts";
import { labelledRecipes } from "./labelledRecipes.ts";
import { fieldsOf, holdsRecords, setText } from "./records.ts";

/** Trains the model in use, or a new one, to choose between the labels of the records of the file that is open. */
export async function trainClassifier(ctx: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const document = window.activeTextEditor?.document;
	if (document === undefined || document.uri.scheme !== "file" || !holdsRecords(document.fileName)) {
		const sentence = l10n.t("Open a .jsonl, .csv or .tsv file with a text and a label in each record.");
		void window.showInformationMessage(sentence);
		throw new Dismissed();
	}
	if (document.isDirty && !(await document.save())) throw new Dismissed();
	const path = document.uri.fsPath;
	const fields = fieldsOf(path, document.getText());
	const text = await askField(fields, "text", l10n.t("The field with the text"));
	const others = fields.filter((field) => field !== text);
	const label = await askField(others, "label", l10n.t("The field with the label"));
	const recipe = await askRecipe(ctx);
	const usual = l10n.t("Choose the option that fits the text.");
	const instruction = await window.showInputBox({
		title: l10n.t("Train a Classifier on {0}", basename(path)),
		prompt: l10n.t("What is asked about each text; records with an instruction of their own keep it"),
		value: usual,
	});
	if (instruction === undefined) throw new Dismissed();
	const from = await askStart(ctx);
	const { run, path: folder } = await ctx.sidecar.request("startRun", {
		corpus: path,
		recipe,
		set: [
			setText("data.reader.text", text),
			setText("data.reader.label", label),
			...(["", usual].includes(instruction.trim())
				? []
				: [setText("data.reader.template.instruction", instruction.trim())]),
		],
		budget: { minutes: config.defaultMinutes(path) },
		device: config.defaultDevice(),
		...(from === undefined ? {} : { from }),
	});
	ctx.log.info(`Run ${run} trains a classifier on ${path}.`);
	watchOutcome(ctx, folder);
	if (config.showLossCurves()) await vscode.commands.executeCommand("maskwright.showLossCurves", folder);
}

/** The field of this name where there is one, else the one that the user chooses. */
async function askField(fields: readonly string[], usual: string, placeHolder: string): Promise<string> {
	const { l10n, window } = vscode;
	if (fields.includes(usual)) return usual;
	if (fields.length === 0) {
		void window.showInformationMessage(
			l10n.t("The file needs a header, or a JSON object in its first line, with a field for text and one for labels."),
		);
		throw new Dismissed();
	}
	const field = await window.showQuickPick(fields, { title: l10n.t("Train a Classifier"), placeHolder });
	if (field === undefined) throw new Dismissed();
	return field;
}

/** The recipe to train with, asked for where the workspace has one of its own for labelled texts. */
async function askRecipe({ sidecar }: Ctx): Promise<string> {
	const { l10n, window, workspace } = vscode;
	const uris = await workspace.findFiles(recipeFiles, "**/node_modules/**", 20);
	const files = uris.map(async (uri) => {
		return { path: uri.fsPath, text: new TextDecoder().decode(await workspace.fs.readFile(uri)) };
	});
	const recipes = labelledRecipes(await sidecar.request("listRecipes", {}), await Promise.all(files));
	const [first] = recipes;
	if (first === undefined) throw new Error("No recipe reads labelled texts.");
	if (recipes.length === 1) return first.recipe;
	const rows = recipes.map((one) => ({
		...one,
		...(one === first ? { description: l10n.t("default") } : { detail: one.recipe }),
	}));
	const chosen = await window.showQuickPick(rows, {
		title: l10n.t("Train a Classifier"),
		placeHolder: l10n.t("The recipe to train with"),
	});
	if (chosen === undefined) throw new Dismissed();
	return chosen.recipe;
}

/** The model to go on from; undefined for a new one. */
async function askStart({ inventory }: Ctx): Promise<string | undefined> {
	const { l10n, window } = vscode;
	await inventory.load();
	const inUse = inventory.models.find(({ path }) => path === inventory.modelInUse);
	if (inUse === undefined) return undefined;
	const rows = [
		{ label: l10n.t("From {0}", inUse.name), description: l10n.t("default"), from: inUse.path },
		{ label: l10n.t("A new model"), description: l10n.t("knows no words but those of this file"), from: undefined },
	];
	const chosen = await window.showQuickPick(rows, {
		title: l10n.t("Train a Classifier"),
		placeHolder: l10n.t("The model to train"),
	});
	if (chosen === undefined) throw new Dismissed();
	return chosen.from;
}

import { join } from "node:path";
import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { formatBytes } from "../format.ts";
import type { ModelDescription } from "../inventory.ts";
import { modelDescription } from "../views/modelTexts.ts";
import { Dismissed } from "./failures.ts";

export async function useModel(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n } = vscode;
	const fits = (model: ModelDescription) => model.roles.includes("completion");
	const { path } = await chosenModel(ctx, { clicked, title: l10n.t("Use Which Model for Completion"), fits });
	await ctx.sidecar.request("useModel", { model: path });
}

/** Shows the folder: in the file manager, or in a window of its own where the files are on another machine. */
export async function revealModel(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, env, commands } = vscode;
	const { path } = await chosenModel(ctx, { clicked, title: l10n.t("Reveal Which Model") });
	const folder = vscode.Uri.file(path);
	if (env.remoteName === undefined) await commands.executeCommand("revealFileInOS", folder);
	else await commands.executeCommand("vscode.openFolder", folder, { forceNewWindow: true });
}

/** Copies a model's folder, in the layout of Hugging Face, into a folder that the user chooses. */
export async function exportModel(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, window } = vscode;
	const model = await chosenModel(ctx, { clicked, title: l10n.t("Export Which Model") });
	const [parent] =
		(await window.showOpenDialog({
			title: l10n.t("Export {0} Into", model.name),
			openLabel: l10n.t("Export Here"),
			canSelectFiles: false,
			canSelectFolders: true,
		})) ?? [];
	if (parent === undefined) throw new Dismissed();
	const folder = join(parent.fsPath, model.name);
	const options = { location: vscode.ProgressLocation.Window, title: l10n.t("Exporting {0}", model.name) };
	const { path } = await window.withProgress(options, () =>
		ctx.sidecar.request("exportModel", { model: model.path, folder }),
	);
	window.setStatusBarMessage(l10n.t("Exported to {0}", path), 10_000);
}

/** Asks first: the folder is removed. */
export async function deleteModel(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, window } = vscode;
	const fits = (model: ModelDescription) => !model.boxed;
	const model = await chosenModel(ctx, { clicked, title: l10n.t("Delete Which Model"), fits });
	const remove = l10n.t("Delete");
	const detail = l10n.t("Its folder ({0}) is removed. It cannot be undone.", formatBytes(model.bytes));
	const sentence = l10n.t("Delete the model {0}?", model.name);
	if ((await window.showWarningMessage(sentence, { modal: true, detail }, remove)) !== remove) throw new Dismissed();
	await ctx.sidecar.request("deleteModel", { model: model.path });
}

interface Wanted {
	readonly clicked: unknown;
	readonly title: string;
	readonly fits?: (model: ModelDescription) => boolean;
}

/** The model that was clicked, or the one that is chosen. */
async function chosenModel({ inventory }: Ctx, { clicked, title, fits }: Wanted): Promise<ModelDescription> {
	const { l10n, window } = vscode;
	await inventory.load();
	const named = inventory.models.find(({ path }) => path === clicked);
	if (named !== undefined) return named;
	const fitting = inventory.models.filter((model) => fits?.(model) !== false);
	if (fitting.length === 0) {
		void window.showInformationMessage(l10n.t("There is no such model yet. Train on this workspace first."));
		throw new Dismissed();
	}
	const rows = fitting.map((model) => ({
		label: model.name,
		description: modelDescription(model, model.path === inventory.modelInUse, l10n),
		detail: model.path,
		model,
	}));
	const row = await window.showQuickPick(rows, { title, matchOnDescription: true });
	if (row === undefined) throw new Dismissed();
	return row.model;
}

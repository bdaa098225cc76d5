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

/** Changes the adapter that the model in use has, or leaves it without one; the model itself stays in memory. */
export async function switchAdapter(ctx: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const { inventory, sidecar } = ctx;
	await inventory.load();
	const { models, modelInUse } = inventory;
	const inUse = models.find(({ path }) => path === modelInUse);
	const base = inUse?.adapter?.base ?? inUse?.name;
	const adapters = models.filter(({ adapter }) => adapter !== null);
	if (adapters.length === 0) {
		void window.showInformationMessage(
			l10n.t("There are no adapters yet. Train one on this workspace with the recipe {0}.", "code-mlm-lora"),
		);
		throw new Dismissed();
	}
	// Those of the model in use come first.
	const sorted = adapters.toSorted((a, b) => Number(b.adapter?.base === base) - Number(a.adapter?.base === base));
	const plain = models.filter(({ name, adapter }) => adapter === null && name === base);
	const rows = [...sorted, ...plain].map((model) => ({
		label: model.adapter === null ? l10n.t("No adapter: {0}", model.name) : model.name,
		description: modelDescription(model, model.path === modelInUse, l10n),
		path: model.path,
	}));
	const row = await window.showQuickPick(rows, {
		title: l10n.t("Switch Adapter"),
		placeHolder: l10n.t("What fills masks from now on; the model under an adapter stays as it is"),
		matchOnDescription: true,
	});
	if (row === undefined) throw new Dismissed();
	await sidecar.request("useModel", { model: row.path });
}

/** Shows the folder: in the file manager, or in a window of its own where the files are on another machine. */
export async function revealModel(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, env, commands } = vscode;
	const { path } = await chosenModel(ctx, { clicked, title: l10n.t("Reveal Which Model") });
	const folder = vscode.Uri.file(path);
	if (env.remoteName === undefined) await commands.executeCommand("revealFileInOS", folder);
	else await commands.executeCommand("vscode.openFolder", folder, { forceNewWindow: true });
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
export async function chosenModel({ inventory }: Ctx, { clicked, title, fits }: Wanted): Promise<ModelDescription> {
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

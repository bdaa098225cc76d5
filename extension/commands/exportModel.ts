import { join } from "node:path";
import * as vscode from "vscode";
import type { ExportFormat } from "../../sidecar/protocol/outputs.ts";
import type { Ctx } from "../ctx.ts";
import type { ModelDescription } from "../inventory.ts";
import { Dismissed } from "./failures.ts";
import { chosenModel } from "./models.ts";

/** Writes a model, in a format that is asked for, into a folder that the user chooses. */
export async function exportModel(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, window } = vscode;
	const model = await chosenModel(ctx, { clicked, title: l10n.t("Export Which Model") });
	const format = await askFormat(ctx, model);
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
	const { path, notes } = await window.withProgress(options, () =>
		ctx.sidecar.request("exportModel", { model: model.path, folder, format }),
	);
	window.setStatusBarMessage(l10n.t("Exported to {0}", path), 10_000);
	// What is not the same elsewhere must not be found out there.
	if (notes.length > 0) void window.showInformationMessage(notes.join(" "));
}

async function askFormat({ inventory }: Ctx, model: ModelDescription): Promise<ExportFormat> {
	const { l10n, window } = vscode;
	const rows: (vscode.QuickPickItem & { readonly format: ExportFormat })[] = [
		{
			format: "maskwright",
			label: l10n.t("Maskwright Folder"),
			detail: l10n.t("A copy as it is, for Maskwright on another machine"),
		},
		{
			format: "huggingface",
			label: l10n.t("Hugging Face"),
			detail: l10n.t("For Python: transformers loads the folder as it is"),
		},
		{
			format: "onnx",
			label: l10n.t("ONNX"),
			detail: l10n.t("For the web and other programs: transformers.js and onnxruntime run it without Python"),
		},
	];
	if (inventory.runs.some((run) => join(run.path, "model") === model.path)) {
		rows.push({
			format: "pytorch",
			label: l10n.t("PyTorch Run"),
			detail: l10n.t("To train on at scale: a script with the run's rows, masks and first weights, for many GPUs"),
		});
	}
	const row = await window.showQuickPick(rows, { title: l10n.t("Export {0} As", model.name), matchOnDetail: true });
	if (row === undefined) throw new Dismissed();
	return row.format;
}

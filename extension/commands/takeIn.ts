/** Models from elsewhere: of a folder, and of Hugging Face's hub. */
import * as vscode from "vscode";
import type { ImportReport } from "../../sidecar/protocol/outputs.ts";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { formatBytes } from "../format.ts";
import { importReportText } from "../views/importTexts.ts";
import { Dismissed } from "./failures.ts";

/** Where VS Code keeps the token of the hub. */
const tokenKey = "maskwright.hub.token";

/** Takes in the model of a folder that the user chooses. */
export async function importModel(ctx: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const [folder] =
		(await window.showOpenDialog({
			title: l10n.t("Import Model from Folder"),
			openLabel: l10n.t("Import"),
			canSelectFiles: false,
			canSelectFolders: true,
		})) ?? [];
	if (folder === undefined) throw new Dismissed();
	const title = l10n.t("Importing {0}", folder.path.split("/").at(-1) ?? "");
	const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
	const report = await window.withProgress(options, (_, token) =>
		ctx.sidecar.request("importModel", { folder: folder.fsPath }, token),
	);
	await offerUse(ctx, report);
}

/** Asks for a model of the hub, names address and size, and gets it only then. */
export async function downloadModel(ctx: Ctx): Promise<void> {
	const { l10n, window, ProgressLocation } = vscode;
	const typed = await window.showInputBox({
		title: l10n.t("Download Model from Hugging Face"),
		prompt: l10n.t("OWNER/NAME, or the address of its page. Its size is shown first."),
		placeHolder: "microsoft/codebert-base-mlm",
		ignoreFocusOut: true,
	});
	if (typed === undefined || typed.trim() === "") throw new Dismissed();
	const model = { model: typed.trim(), ...(await hubSettings(ctx)) };
	const asking = { location: ProgressLocation.Notification, title: l10n.t("Asking the hub"), cancellable: true };
	const plan = await window.withProgress(asking, (_, token) => ctx.sidecar.request("planDownload", model, token));
	const download = l10n.t("Download");
	const size = formatBytes(plan.bytes);
	const detail = l10n.t(
		"{0} files, {1}, from {2}. Licence: {3}.",
		plan.files,
		size,
		plan.url,
		plan.license ?? l10n.t("not told"),
	);
	const question = l10n.t("Download {0}?", plan.repository);
	if ((await window.showInformationMessage(question, { modal: true, detail }, download)) !== download)
		throw new Dismissed();
	const title = l10n.t("Downloading {0}", plan.repository);
	const report = await window.withProgress(
		{ location: ProgressLocation.Notification, title, cancellable: true },
		async (progress, token) => {
			let shown = 0;
			const listener = ctx.sidecar.onNotification("downloadProgress", ({ model: name, bytes, total }) => {
				if (name !== model.model) return;
				const share = total === 0 ? 0 : (100 * bytes) / total;
				const message = l10n.t("{0} of {1}", formatBytes(bytes), formatBytes(total));
				progress.report({ increment: share - shown, message });
				shown = share;
			});
			try {
				// The commit that was shown, whatever its branch is by now.
				return await ctx.sidecar.request("downloadModel", { ...model, revision: plan.commit }, token);
			} finally {
				listener.dispose();
			}
		},
	);
	await offerUse(ctx, report);
}

/** Keeps the token of the hub where VS Code keeps secrets; empty forgets it. */
export async function setHubToken({ extensionContext }: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const token = await window.showInputBox({
		title: l10n.t("Token of Hugging Face"),
		prompt: l10n.t("For private and gated models; sent to the hub alone. Empty forgets the one that is stored."),
		password: true,
		ignoreFocusOut: true,
	});
	if (token === undefined) throw new Dismissed();
	if (token.trim() === "") await extensionContext.secrets.delete(tokenKey);
	else await extensionContext.secrets.store(tokenKey, token.trim());
}

async function hubSettings({ extensionContext }: Ctx): Promise<{ endpoint?: string; token?: string }> {
	const endpoint = config.hubEndpoint();
	const token = await extensionContext.secrets.get(tokenKey);
	return { ...(endpoint === undefined ? {} : { endpoint }), ...(token === undefined ? {} : { token }) };
}

/** Says what the model is, and offers what can be done with it. */
async function offerUse(ctx: Ctx, report: ImportReport): Promise<void> {
	const { l10n, window, commands } = vscode;
	const use = { title: l10n.t("Use for Completion"), command: "maskwright.useModel" };
	const search = { title: l10n.t("Use for Search"), command: "maskwright.useModelForSearch" };
	const details = { title: l10n.t("Show Details"), command: "" };
	const uses = [
		...(report.roles.includes("completion") ? [use] : []),
		...(report.roles.includes("search") ? [search] : []),
	];
	const sentence = report.maskedLmHead
		? l10n.t("{0} is one of your models.", report.name)
		: l10n.t("{0} is one of your models. It fills no masks until it is trained to.", report.name);
	const chosen = await window.showInformationMessage(sentence, ...uses, details);
	if (chosen === details) await ctx.showReport("model", importReportText(report, l10n));
	else if (chosen !== undefined) await commands.executeCommand(chosen.command, report.path);
}

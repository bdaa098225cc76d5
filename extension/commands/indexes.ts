import { basename } from "node:path";
import * as vscode from "vscode";
import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import type { Ctx } from "../ctx.ts";
import { formatBytes } from "../format.ts";
import { diskFolders } from "../search/codeIndex.ts";
import { verifyReportText } from "../views/reportTexts.ts";
import { Dismissed } from "./failures.ts";
import { chosenModel } from "./models.ts";

/** Indexes a folder; how far it is stands in the view and the status bar. */
export async function buildIndex({ codeIndex }: Ctx, clicked?: unknown): Promise<void> {
	await codeIndex.build(await trustedFolder(clicked));
}

/** Reads all files anew; the old index serves until the new one is done. */
export async function rebuildIndex({ codeIndex }: Ctx, clicked?: unknown): Promise<void> {
	await codeIndex.build(await trustedFolder(clicked), { rebuild: true });
}

/** Embeds the index of a folder anew by a model; its old vectors serve until that is done. */
export async function useModelForSearch(ctx: Ctx, clicked?: unknown): Promise<void> {
	const title = vscode.l10n.t("Use Which Model for Search");
	const { path } = await chosenModel(ctx, { clicked, title, fits: ({ roles }) => roles.includes("search") });
	await ctx.codeIndex.build(await trustedFolder(undefined), { model: path });
}

/** Asks first, and says how much is freed. */
export async function deleteIndex(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, window } = vscode;
	const folder = await workspaceFolder(clicked);
	const status = await existing(ctx, folder);
	const remove = l10n.t("Delete");
	const detail = l10n.t(
		"{0} are freed. Your files stay as they are, and the index can be built again.",
		formatBytes(status.bytes),
	);
	const sentence = l10n.t("Delete the index of {0}?", basename(folder));
	if ((await window.showWarningMessage(sentence, { modal: true, detail }, remove)) !== remove) throw new Dismissed();
	await ctx.codeIndex.remove(folder);
}

/** Compares the index with the files; offers to rebuild it where they differ. */
export async function verifyIndex(ctx: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, window } = vscode;
	const folder = await workspaceFolder(clicked);
	const { files } = await existing(ctx, folder);
	const title = l10n.t("Verifying the index of {0}", basename(folder));
	const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
	const { ok, problems } = await window.withProgress(options, (_, token) =>
		ctx.sidecar.request("verifyIndex", { folder }, token),
	);
	if (ok) {
		void window.showInformationMessage(l10n.t("The index of {0} is sound: {1} files.", basename(folder), files));
		return;
	}
	const [rebuild, show] = [l10n.t("Rebuild Index"), l10n.t("Show Problems")];
	const sentence = l10n.t("The index of {0} does not fit its files: {1} problems.", basename(folder), problems.length);
	const chosen = await window.showWarningMessage(sentence, rebuild, show);
	if (chosen === rebuild) await ctx.codeIndex.build(folder, { rebuild: true });
	if (chosen === show) await ctx.showReport("index", verifyReportText(folder, problems, l10n));
}

/** Says which rule decides whether a file is in the index, and opens the line of that rule. */
export async function whyIndexed({ sidecar }: Ctx, clicked?: unknown): Promise<void> {
	const { l10n, window, workspace } = vscode;
	const uri = clicked instanceof vscode.Uri ? clicked : window.activeTextEditor?.document.uri;
	const folder = uri && workspace.getWorkspaceFolder(uri);
	if (uri === undefined || folder === undefined || uri.scheme !== "file") {
		void window.showInformationMessage(l10n.t("Open a file of the workspace, or choose one in the explorer."));
		throw new Dismissed();
	}
	const { why, source, line, rule } = await sidecar.request("explainFile", {
		folder: folder.uri.fsPath,
		path: uri.fsPath,
	});
	const show = l10n.t("Show Rule");
	const named = rule === null || why.includes(rule) ? why : `${why} (${rule})`;
	const sentence = `${workspace.asRelativePath(uri)}: ${named}`;
	if (source === null) {
		void window.showInformationMessage(sentence);
		return;
	}
	if ((await window.showInformationMessage(sentence, show)) !== show) return;
	const at = new vscode.Position(Math.max(0, (line ?? 1) - 1), 0);
	const rules = vscode.Uri.file(
		source.startsWith("/") || /^[a-z]:/i.test(source) ? source : `${folder.uri.fsPath}/${source}`,
	);
	const editor = await window.showTextDocument(rules, { preview: true });
	editor.selection = new vscode.Selection(at, editor.document.lineAt(at.line).range.end);
	editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** The folder to index. In a workspace that is not trusted a word on it, and `Dismissed`. */
async function trustedFolder(clicked: unknown): Promise<string> {
	const { l10n, window, workspace, commands } = vscode;
	if (workspace.isTrusted) return await workspaceFolder(clicked);
	const manage = l10n.t("Manage Workspace Trust");
	const sentence = l10n.t("Indexing reads every file of a folder and is off until you trust it.");
	if ((await window.showWarningMessage(sentence, manage)) === manage) {
		await commands.executeCommand("workbench.trust.manage");
	}
	throw new Dismissed();
}

async function workspaceFolder(clicked: unknown): Promise<string> {
	const { l10n, window } = vscode;
	if (typeof clicked === "string") return clicked;
	const folders = diskFolders();
	const [only] = folders;
	if (only === undefined) {
		void window.showInformationMessage(l10n.t("There is no folder to search. Open a folder of code first."));
		throw new Dismissed();
	}
	if (folders.length === 1) return only.uri.fsPath;
	const rows = folders.map(({ name, uri }) => ({ label: name, description: uri.fsPath }));
	const chosen = await window.showQuickPick(rows, { placeHolder: l10n.t("The folder of the index") });
	if (chosen === undefined) throw new Dismissed();
	return chosen.description;
}

/** The status of an index that is there; ends the command with a word where there is none. */
async function existing({ sidecar }: Ctx, folder: string): Promise<IndexStatus> {
	const status = await sidecar.request("indexStatus", { folder });
	if (status.state !== "none") return status;
	void vscode.window.showInformationMessage(vscode.l10n.t("{0} has no index.", basename(folder)));
	throw new Dismissed();
}

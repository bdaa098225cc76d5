import * as vscode from "vscode";
import { ownMask, soundMasks } from "../../sidecar/protocol/masks.ts";
import type { FillResult } from "../../sidecar/protocol/outputs.ts";
import type { Ctx } from "../ctx.ts";
import { SidecarError } from "../sidecar/errors.ts";
import { type PlannedFill, previewFills } from "./previewFills.ts";

/** Fills every mask of the active editor jointly, shows all of them first, and writes them as one undo step. */
export async function fillMasksInFile(ctx: Ctx): Promise<void> {
	const editor = vscode.window.activeTextEditor;
	const obstacle = await obstacleOf(editor?.document);
	if (editor === undefined || obstacle !== undefined) {
		void vscode.window.showInformationMessage(obstacle ?? "");
		return;
	}
	const { document } = editor;
	const { version } = document;
	try {
		const result = await askForFills(ctx, document);
		if (result === undefined) return;
		const unchanged = () => !document.isClosed && document.version === version;
		const title = vscode.l10n.t("Fill Masks in {0}", nameOf(document));
		const kept = unchanged() ? await previewFills(editor, title, plannedFills(document, result)) : undefined;
		if (!unchanged()) {
			const sentence = "The text changed before its masks were filled, so nothing was replaced. Run the command again.";
			void vscode.window.showInformationMessage(vscode.l10n.t(sentence));
		} else if (kept !== undefined && kept.length > 0) await write(document, kept);
	} catch (error) {
		await tellFailure(error);
	}
}

/** Undefined when the user cancels. */
async function askForFills({ sidecar }: Ctx, document: vscode.TextDocument): Promise<FillResult | undefined> {
	const progress = {
		location: vscode.ProgressLocation.Notification,
		title: vscode.l10n.t("Filling the masks of {0}", nameOf(document)),
		cancellable: true,
	};
	return vscode.window.withProgress(progress, async (_report, token) => {
		const answer = await sidecar.request("fillText", { text: document.getText(), top: 1 }, token);
		return token.isCancellationRequested ? undefined : answer;
	});
}

function plannedFills(document: vscode.TextDocument, { masks }: FillResult): PlannedFill[] {
	return masks.flatMap(({ start, end, candidates }) => {
		const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
		return candidates.slice(0, 1).map(({ text, probability }) => ({ range, fill: text, probability }));
	});
}

async function write(document: vscode.TextDocument, fills: readonly PlannedFill[]): Promise<void> {
	const edit = new vscode.WorkspaceEdit();
	for (const { range, fill } of fills) edit.replace(document.uri, range, fill);
	if (await vscode.workspace.applyEdit(edit)) return;
	void vscode.window.showWarningMessage(
		vscode.l10n.t("The masks of {0} could not be replaced: the editor refused the change.", nameOf(document)),
	);
}

/** Why nothing can be filled, before anything is asked. */
async function obstacleOf(document: vscode.TextDocument | undefined): Promise<string | undefined> {
	if (document === undefined)
		return vscode.l10n.t("No file is open. Open one and write [MASK] where a name is wanted.");
	if (soundMasks(document.getText(), ownMask).length === 0) {
		return vscode.l10n.t("{0} has no mask to fill. Write [MASK] where a name is wanted.", nameOf(document));
	}
	return (await isReadOnly(document.uri))
		? vscode.l10n.t("{0} is read-only, so its masks cannot be filled.", nameOf(document))
		: undefined;
}

async function isReadOnly(uri: vscode.Uri): Promise<boolean> {
	if (uri.scheme === "untitled") return false;
	if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== true) return true;
	try {
		const { permissions } = await vscode.workspace.fs.stat(uri);
		return ((permissions ?? 0) & vscode.FilePermission.Readonly) !== 0;
	} catch {
		return false; // deleted on the disk, open in the editor
	}
}

async function tellFailure(error: unknown): Promise<void> {
	if (error instanceof SidecarError && error.errorName === "cancelled") return;
	const message = error instanceof Error ? error.message : String(error);
	const noModel = error instanceof SidecarError && error.errorName === "notFound";
	const action = noModel
		? { title: vscode.l10n.t("Train on This Workspace"), command: "maskwright.train" }
		: { title: vscode.l10n.t("Show Log"), command: "maskwright.showLog" };
	const chosen = await vscode.window.showWarningMessage(message, action);
	if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}

function nameOf({ uri }: vscode.TextDocument): string {
	return uri.path.split("/").at(-1) ?? uri.path;
}

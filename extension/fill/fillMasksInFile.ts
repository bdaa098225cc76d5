import * as vscode from "vscode";
import { ownMask, soundMasks } from "../../sidecar/protocol/masks.ts";
import type { FillResult } from "../../sidecar/protocol/outputs.ts";
import type { Ctx } from "../ctx.ts";
import { SidecarError } from "../sidecar/errors.ts";

/** Fills every mask of the active editor jointly, shows all in VS Code's preview and applies them as one undo step. */
export async function fillMasksInFile({ sidecar }: Ctx): Promise<void> {
	const document = vscode.window.activeTextEditor?.document;
	const obstacle = await obstacleOf(document);
	if (document === undefined || obstacle !== undefined) {
		void vscode.window.showInformationMessage(obstacle ?? "");
		return;
	}
	const { version } = document;
	const text = document.getText();
	const progress = {
		location: vscode.ProgressLocation.Notification,
		title: vscode.l10n.t("Filling the masks of {0}", nameOf(document)),
		cancellable: true,
	};
	try {
		const result = await vscode.window.withProgress(progress, async (_report, token) => {
			const answer = await sidecar.request("fillText", { text, top: 1 }, token);
			return token.isCancellationRequested ? undefined : answer;
		});
		if (result === undefined) return;
		if (document.isClosed || document.version !== version) {
			void vscode.window.showInformationMessage(
				vscode.l10n.t("The text changed while its masks were filled, so nothing was replaced. Run the command again."),
			);
			return;
		}
		// Resolves once the user has applied or discarded what the preview shows.
		await vscode.workspace.applyEdit(previewedEdit(document, result), { isRefactoring: true });
	} catch (error) {
		await tellFailure(error);
	}
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

function previewedEdit(document: vscode.TextDocument, { masks }: FillResult): vscode.WorkspaceEdit {
	const edit = new vscode.WorkspaceEdit();
	const metadata = { needsConfirmation: true, label: vscode.l10n.t("Fill masks") };
	for (const { start, end, candidates } of masks) {
		const [best] = candidates;
		const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
		if (best !== undefined) edit.replace(document.uri, range, best.text, metadata);
	}
	return edit;
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

import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";

/** The lists that a view shows. A failure is told by the status bar and the view's welcome text, not by the tree. */
export async function loadForView({ inventory, sidecar, log }: Ctx): Promise<void> {
	if (sidecar.state === "failed") return;
	try {
		await inventory.load();
	} catch (error) {
		log.warn(error instanceof Error ? error.message : String(error));
	}
}

/** Markdown of our own making: codicons, and links to the commands named. */
export function markdown(text: string, commands: readonly string[] = []): vscode.MarkdownString {
	const value = new vscode.MarkdownString(text, true);
	if (commands.length > 0) value.isTrusted = { enabledCommands: commands };
	return value;
}

import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { watchArrival } from "./arrival.ts";
import { commitFill } from "./commitFill.ts";
import { fillMasksInFile } from "./fillMasksInFile.ts";
import { createLanguageSession } from "./languageSession.ts";
import { type CommittedFill, fillCommands, fillMiddleware } from "./middleware.ts";
import { goToNextMask } from "./nextMask.ts";
import { createOfferedMask } from "./offeredMask.ts";
import { replaceMask } from "./replaceMask.ts";

/** Fills for masks in the editor: ghost text, completion list, hover, and all masks of a file at once. */
export function activateFill(ctx: Ctx): void {
	const offered = createOfferedMask();
	const session = createLanguageSession(ctx, fillMiddleware(offered));
	const { registerCommand, executeCommand } = vscode.commands;
	ctx.subscriptions.push(
		offered,
		session,
		watchArrival(session, offered),
		registerCommand(fillCommands.commit, async (fill: CommittedFill) => {
			await commitFill(fill);
			offered.withdraw();
		}),
		registerCommand(fillCommands.next, () => {
			const editor = vscode.window.activeTextEditor;
			if (editor !== undefined) goToNextMask(editor);
		}),
		registerCommand("maskwright.replaceMask", replaceMask),
		registerCommand("maskwright.dismissFill", () => {
			offered.dismiss();
			return executeCommand("editor.action.inlineSuggest.hide");
		}),
		registerCommand("maskwright.acceptWholeFill", () => executeCommand("editor.action.inlineSuggest.commit")),
		registerCommand("maskwright.fillMasksInFile", () => fillMasksInFile(ctx)),
	);
}

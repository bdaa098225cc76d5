import * as vscode from "vscode";
import type { Asked } from "../../sidecar/protocol/panels/codeSearch.ts";
import type { Ctx } from "../ctx.ts";

const viewId = "maskwright.codeSearch";

/** What the view is asked; null: only to take the focus. */
type Ask = (asked: Asked | null) => void;

/** While the view is there. */
let ask: Ask | undefined;
/** Asked before it was. */
let waiting: Asked | null | undefined;

/** Registers the view. What fills it is loaded when it is first shown. */
export function activateCodeSearch(ctx: Ctx): void {
	ctx.subscriptions.push(
		vscode.window.registerWebviewViewProvider(viewId, {
			async resolveWebviewView(view) {
				const { fillCodeSearch } = await import("./codeSearchView.ts");
				ask = fillCodeSearch(ctx, view);
				view.onDidDispose(() => {
					ask = undefined;
				});
				if (waiting !== undefined) ask(waiting);
				waiting = undefined;
			},
		}),
		vscode.commands.registerCommand("maskwright.askCodeSearch", async (asked: Asked | null) => {
			await vscode.commands.executeCommand(`${viewId}.focus`);
			if (ask === undefined) waiting = asked;
			else ask(asked);
		}),
	);
}

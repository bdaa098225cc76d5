import * as vscode from "vscode";
import { guarded } from "../commands/failures.ts";
import type { Ctx } from "../ctx.ts";

const viewType = "maskwright.attention";

/** Registers the attention panel: its command, and what brings it back after a reload. It is loaded at first use. */
export function activateAttention(ctx: Ctx): void {
	const panel = () => import("./attentionPanel.ts");
	ctx.subscriptions.push(
		vscode.commands.registerCommand("maskwright.inspectAttention", () =>
			guarded(ctx, async () => (await panel()).inspectAttention(ctx, viewType)),
		),
		vscode.window.registerWebviewPanelSerializer(viewType, {
			async deserializeWebviewPanel(restored) {
				(await panel()).restoreAttention(ctx, restored);
			},
		}),
	);
}

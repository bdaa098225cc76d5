import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";

const viewType = "maskwright.lossCurves";

/** Registers the panels: their commands, and what brings them back after a reload. They are loaded at first use. */
export function activatePanels(ctx: Ctx): void {
	const panel = () => import("./lossCurvesPanel.ts");
	ctx.subscriptions.push(
		vscode.commands.registerCommand("maskwright.showLossCurves", async (run?: unknown) => {
			const { showLossCurves } = await panel();
			showLossCurves(ctx, viewType, pathOf(run));
		}),
		vscode.window.registerWebviewPanelSerializer(viewType, {
			async deserializeWebviewPanel(restored) {
				const { restoreLossCurves } = await panel();
				restoreLossCurves(ctx, restored);
			},
		}),
	);
}

/** The run's folder, from a caller that names it or from a row of the runs view; null: the panel chooses. */
function pathOf(run: unknown): string | null {
	if (typeof run === "string") return run;
	if (typeof run !== "object" || run === null) return null;
	const status = "status" in run ? run.status : "run" in run ? run.run : run;
	if (typeof status === "object" && status !== null && "path" in status && typeof status.path === "string") {
		return status.path;
	}
	return null;
}

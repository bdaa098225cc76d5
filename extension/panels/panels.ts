import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { activateCodeSearch } from "./codeSearch.ts";

const viewType = "maskwright.lossCurves";
const recipeGalleryType = "maskwright.recipeGallery";
const maskingInspectorType = "maskwright.maskingInspector";

/** Registers the panels: their commands, and what brings them back after a reload. They are loaded at first use. */
export function activatePanels(ctx: Ctx): void {
	activateCodeSearch(ctx);
	activateMaskingInspector(ctx);
	activateRecipeGallery(ctx);
	const panel = () => import("./lossCurvesPanel.ts");
	ctx.subscriptions.push(
		vscode.commands.registerCommand("maskwright.showLossCurves", async (run?: unknown) => {
			const { showLossCurves } = await panel();
			showLossCurves(ctx, viewType, pathsOf(run));
		}),
		vscode.window.registerWebviewPanelSerializer(viewType, {
			async deserializeWebviewPanel(restored) {
				const { restoreLossCurves } = await panel();
				restoreLossCurves(ctx, restored);
			},
		}),
	);
}

function activateRecipeGallery(ctx: Ctx): void {
	const panel = () => import("./recipeGalleryPanel.ts");
	ctx.subscriptions.push(
		vscode.commands.registerCommand("maskwright.showRecipes", async (recipe?: unknown) => {
			const { showRecipeGallery } = await panel();
			showRecipeGallery(ctx, recipeGalleryType, typeof recipe === "string" ? recipe : null);
		}),
		vscode.window.registerWebviewPanelSerializer(recipeGalleryType, {
			async deserializeWebviewPanel(restored) {
				const { restoreRecipeGallery } = await panel();
				restoreRecipeGallery(ctx, restored);
			},
		}),
	);
}

function activateMaskingInspector(ctx: Ctx): void {
	const panel = () => import("./maskingInspectorPanel.ts");
	ctx.subscriptions.push(
		vscode.commands.registerCommand("maskwright.showMaskingInspector", async () => {
			const { showMaskingInspector } = await panel();
			showMaskingInspector(ctx, maskingInspectorType);
		}),
		vscode.window.registerWebviewPanelSerializer(maskingInspectorType, {
			async deserializeWebviewPanel(restored) {
				const { restoreMaskingInspector } = await panel();
				restoreMaskingInspector(ctx, restored);
			},
		}),
	);
}

/** The folders of runs, from a caller that names them or from a row of the runs view; none: the panel chooses. */
function pathsOf(run: unknown): string[] {
	if (typeof run === "string") return [run];
	if (Array.isArray(run)) return run.filter((path) => typeof path === "string");
	if (typeof run !== "object" || run === null) return [];
	const status = "status" in run ? run.status : "run" in run ? run.run : run;
	if (typeof status === "object" && status !== null && "path" in status && typeof status.path === "string") {
		return [status.path];
	}
	return [];
}

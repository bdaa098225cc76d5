import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { exportModel } from "./exportModel.ts";
import { guarded } from "./failures.ts";
import { deleteModel, revealModel, switchAdapter, useModel } from "./models.ts";
import { discardRun, pauseRun, resumeRun, stopRun } from "./runs.ts";
import { doctor, setSidecarToken, showActions, stopSidecar } from "./sidecar.ts";

/* Read at first use. */
const search = () => import("./search.ts");
const indexes = () => import("./indexes.ts");
const takeIn = () => import("./takeIn.ts");

/** Each command by its name after `maskwright.`; the argument is what was clicked, if anything. */
const commands: Readonly<Record<string, (ctx: Ctx, clicked?: unknown) => unknown>> = {
	train: async (ctx, clicked) => (await import("./train.ts")).train(ctx, clicked),
	pauseRun,
	resumeRun,
	stopRun,
	discardRun,
	useModel,
	switchAdapter,
	revealModel,
	exportModel,
	deleteModel,
	importModel: async (ctx) => (await takeIn()).importModel(ctx),
	downloadModel: async (ctx) => (await takeIn()).downloadModel(ctx),
	setHubToken: async (ctx) => (await takeIn()).setHubToken(ctx),
	startSidecar: ({ sidecar }) => sidecar.start(),
	stopSidecar,
	restartSidecar: ({ sidecar }) => sidecar.restart(),
	setSidecarToken,
	showActions,
	showLog: ({ log }) => log.show(),
	doctor,
	searchCode: async (ctx, clicked) => (await search()).searchCode(ctx, clicked),
	findLikeSelection: async (ctx) => (await search()).findLikeSelection(ctx),
	findNearDuplicates: async (ctx) => (await search()).findNearDuplicates(ctx),
	classifySelection: async (ctx) => (await import("../classify/classify.ts")).classifySelection(ctx),
	trainClassifier: async (ctx) => (await import("../classify/trainClassifier.ts")).trainClassifier(ctx),
	newRecipe: async (ctx, clicked) => (await import("./newRecipe.ts")).newRecipe(ctx, clicked),
	trainForSearch: async (ctx, clicked) => (await import("./trainForSearch.ts")).trainForSearch(ctx, clicked),
	useModelForSearch: async (ctx, clicked) => (await indexes()).useModelForSearch(ctx, clicked),
	buildIndex: async (ctx, clicked) => (await indexes()).buildIndex(ctx, clicked),
	rebuildIndex: async (ctx, clicked) => (await indexes()).rebuildIndex(ctx, clicked),
	deleteIndex: async (ctx, clicked) => (await indexes()).deleteIndex(ctx, clicked),
	verifyIndex: async (ctx, clicked) => (await indexes()).verifyIndex(ctx, clicked),
	whyIndexed: async (ctx, clicked) => (await indexes()).whyIndexed(ctx, clicked),
	generateAtCaret: async (ctx) => (await import("../generate/generateAtCaret.ts")).generateAtCaret(ctx),
	infillRegion: async (ctx) => (await import("../generate/infillRegion.ts")).infillRegion(ctx),
	getStarted: () =>
		vscode.commands.executeCommand("workbench.action.openWalkthrough", "maskwright.maskwright#getStarted", false),
};

export function activateCommands(ctx: Ctx): void {
	for (const [name, run] of Object.entries(commands)) {
		ctx.subscriptions.push(
			vscode.commands.registerCommand(`maskwright.${name}`, (clicked?: unknown) =>
				guarded(ctx, () => run(ctx, clicked)),
			),
		);
	}
}

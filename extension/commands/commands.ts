import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { guarded } from "./failures.ts";
import { deleteModel, exportModel, revealModel, useModel } from "./models.ts";
import { discardRun, pauseRun, resumeRun, stopRun } from "./runs.ts";
import { doctor, setSidecarToken, showActions, stopSidecar } from "./sidecar.ts";
import { train } from "./train.ts";

/** Each command by its name after `maskwright.`; the argument is what was clicked, if anything. */
const commands: Readonly<Record<string, (ctx: Ctx, clicked?: unknown) => unknown>> = {
	train,
	pauseRun,
	resumeRun,
	stopRun,
	discardRun,
	useModel,
	revealModel,
	exportModel,
	deleteModel,
	startSidecar: ({ sidecar }) => sidecar.start(),
	stopSidecar,
	restartSidecar: ({ sidecar }) => sidecar.restart(),
	setSidecarToken,
	showActions,
	showLog: ({ log }) => log.show(),
	doctor,
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

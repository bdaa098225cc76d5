import * as vscode from "vscode";
import { config } from "./config.ts";
import type { Ctx } from "./ctx.ts";
import { describeTask, type TrainTaskDefinition, taskRequest } from "./taskDefinition.ts";
import { TrainTerminal } from "./trainTerminal.ts";

const type = "maskwright";

/** Makes training a task: started and ended as other tasks, written down in `tasks.json`. */
export function activateTasks(ctx: Ctx): void {
	ctx.subscriptions.push(
		vscode.tasks.registerTaskProvider(type, {
			provideTasks() {
				return (vscode.workspace.workspaceFolders ?? []).map((folder) => trainTask(ctx, { type }, folder));
			},
			resolveTask(task) {
				const definition = task.definition as vscode.TaskDefinition & TrainTaskDefinition;
				const { scope } = task;
				const [first] = vscode.workspace.workspaceFolders ?? [];
				const folder = typeof scope === "object" ? scope : first;
				return folder === undefined ? undefined : trainTask(ctx, definition, folder);
			},
		}),
	);
}

function trainTask(
	ctx: Ctx,
	definition: vscode.TaskDefinition & TrainTaskDefinition,
	folder: vscode.WorkspaceFolder,
): vscode.Task {
	const execution = new vscode.CustomExecution(async () => {
		const { fsPath } = folder.uri;
		return new TrainTerminal(ctx, taskRequest(definition, fsPath, config.defaultRecipe(fsPath)));
	});
	const name = describeTask(definition, vscode.l10n);
	const noMatchers: string[] = []; // said outright, else VS Code asks how to scan the output for problems
	const task = new vscode.Task(definition, folder, name, "Maskwright", execution, noMatchers);
	task.detail = vscode.l10n.t("Trains a masked language model; ending the task pauses the run");
	task.isBackground = false;
	task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
	return task;
}

import * as vscode from "vscode";
import { activateCommands } from "./commands/commands.ts";
import { activateContextKeys } from "./contextKeys.ts";
import type { Ctx } from "./ctx.ts";
import { activateFill } from "./fill/fill.ts";
import { createInventory } from "./inventory.ts";
import { activateAttention } from "./panels/attention.ts";
import { activatePanels } from "./panels/panels.ts";
import { createCodeIndex } from "./search/codeIndex.ts";
import { activateSearchTool } from "./search/searchTool.ts";
import { createSidecar } from "./sidecar/connection.ts";
import { followTarget, sidecarTarget } from "./sidecar/target.ts";
import { activateStatus } from "./status/status.ts";
import { activateSurprisal } from "./surprisal/surprisal.ts";
import { activateSuspicious } from "./suspicious/suspicious.ts";
import { activateTasks } from "./taskProvider.ts";
import { activateModelsView } from "./views/models.ts";
import { activateReports, showReport } from "./views/reports.ts";
import { activateRunsView } from "./views/runs.ts";

/** Called by VS Code. Nothing here starts the sidecar, unless a run was under way when the last window closed. */
export function activate(extensionContext: vscode.ExtensionContext): void {
	const { subscriptions } = extensionContext;
	const log = vscode.window.createOutputChannel("Maskwright", { log: true });
	const sidecar = createSidecar({ target: () => sidecarTarget(extensionContext), log });
	subscriptions.push(log, sidecar);
	const inventory = createInventory(sidecar, subscriptions);
	const codeIndex = createCodeIndex({ extensionContext, sidecar, log }, subscriptions);
	const ctx: Ctx = { extensionContext, sidecar, inventory, codeIndex, log, showReport, subscriptions };
	followTarget(ctx);
	activateContextKeys(ctx);
	activateStatus(ctx);
	activateRunsView(ctx);
	activateModelsView(ctx);
	activateReports(ctx);
	activateCommands(ctx);
	activateTasks(ctx);
	activateFill(ctx);
	activatePanels(ctx);
	activateAttention(ctx);
	activateSurprisal(ctx);
	activateSuspicious(ctx);
	activateSearchTool(ctx);
}

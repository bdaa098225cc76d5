import * as vscode from "vscode";
import type { Ctx } from "./ctx.ts";
import { createSidecar } from "./sidecar/connection.ts";
import { sidecarTarget } from "./sidecar/target.ts";

/** Called by VS Code. */
export function activate(extensionContext: vscode.ExtensionContext): void {
	const { subscriptions } = extensionContext;
	const log = vscode.window.createOutputChannel("Maskwright", { log: true });
	const sidecar = createSidecar({ target: () => sidecarTarget(extensionContext), log });
	subscriptions.push(log, sidecar);
	const ctx: Ctx = { extensionContext, sidecar, log, subscriptions };
	void ctx;
}

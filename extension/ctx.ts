import type * as vscode from "vscode";
import type { Inventory } from "./inventory.ts";
import type { Sidecar } from "./sidecar/connection.ts";

/** What every part of the extension is given. */
export interface Ctx {
	readonly extensionContext: vscode.ExtensionContext;
	readonly sidecar: Sidecar;
	readonly inventory: Inventory;
	readonly log: vscode.LogOutputChannel;
	/** Disposed when the extension ends. */
	readonly subscriptions: vscode.Disposable[];
}

import type * as vscode from "vscode";
import type { Inventory } from "./inventory.ts";
import type { CodeIndex } from "./search/codeIndex.ts";
import type { Sidecar } from "./sidecar/connection.ts";

/** What every part of the extension is given. */
export interface Ctx {
	readonly extensionContext: vscode.ExtensionContext;
	readonly sidecar: Sidecar;
	readonly inventory: Inventory;
	readonly codeIndex: CodeIndex;
	readonly log: vscode.LogOutputChannel;
	/** Shows Markdown `text` under `name`, rendered where VS Code can. */
	readonly showReport: (name: string, text: string) => Promise<void>;
	/** Disposed when the extension ends. */
	readonly subscriptions: vscode.Disposable[];
}

import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";

const scheme = "maskwright-report";
const texts = new Map<string, string>();
const changed = new vscode.EventEmitter<vscode.Uri>();

/** Lets reports be shown as documents that belong to no file. */
export function activateReports({ subscriptions }: Ctx): void {
	subscriptions.push(
		vscode.workspace.registerTextDocumentContentProvider(scheme, {
			onDidChange: changed.event,
			provideTextDocumentContent: (uri) => texts.get(uri.path) ?? "",
		}),
		vscode.workspace.onDidCloseTextDocument((document) => {
			if (document.uri.scheme === scheme) texts.delete(document.uri.path);
		}),
	);
}

/** What `Ctx.showReport` is: the texts stand in this module, of which each bundle would have a copy. */
export async function showReport(name: string, text: string): Promise<void> {
	const uri = vscode.Uri.from({ scheme, path: `/${name}.md` });
	texts.set(uri.path, text);
	changed.fire(uri);
	try {
		await vscode.commands.executeCommand("markdown.showPreview", uri);
	} catch {
		await vscode.window.showTextDocument(uri, { preview: true }); // the built-in Markdown extension is switched off
	}
}

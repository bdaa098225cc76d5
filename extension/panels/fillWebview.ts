import * as vscode from "vscode";
import { panelPage } from "./page.ts";

/** Loads a panel's page, the output of `webview/<name>`, into a webview that may read nothing else. */
export function fillWebview(
	webview: vscode.Webview,
	{ extensionUri, name, title }: { extensionUri: vscode.Uri; name: string; title: string },
): void {
	const root = vscode.Uri.joinPath(extensionUri, "dist", "webview", name);
	const place = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
	webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [root] };
	webview.html = panelPage({
		title,
		language: vscode.env.language,
		script: place("main.js"),
		style: place("style.css"),
		source: webview.cspSource,
		texts: vscode.l10n.bundle ?? {},
	});
}

/** As `fillWebview`, for a panel of its own in the editor area, which bears the product's icon. */
export function fillPanel(panel: vscode.WebviewPanel, page: { extensionUri: vscode.Uri; name: string; title: string }) {
	panel.iconPath = vscode.Uri.joinPath(page.extensionUri, "media", "icon.svg");
	fillWebview(panel.webview, page);
}

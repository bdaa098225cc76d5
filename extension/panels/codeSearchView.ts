import * as vscode from "vscode";
import {
	type Asked,
	type CodeSearchToPanel,
	codeSearchRequests,
	codeSearchToExtensionSchema,
	type Offer,
} from "../../sidecar/protocol/panels/codeSearch.ts";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { diskFolders } from "../search/codeIndex.ts";
import { checkedMessage } from "./bridge.ts";
import { fillWebview } from "./fillWebview.ts";
import { openResult } from "./openResult.ts";
import { PanelRequests } from "./panelRequests.ts";

/** What each button of the view does. */
const offers: Readonly<Record<Offer, string>> = {
	buildIndex: "maskwright.buildIndex",
	rebuildIndex: "maskwright.rebuildIndex",
	showLog: "maskwright.showLog",
	startSidecar: "maskwright.startSidecar",
	manageTrust: "workbench.trust.manage",
	openFolder: "vscode.openFolder",
	trainForSearch: "maskwright.trainForSearch",
};

/** Fills the view and says how to ask it. What it showed before is in its own saved state. */
export function fillCodeSearch(ctx: Ctx, view: vscode.WebviewView): (asked: Asked | null) => void {
	const { webview } = view;
	const post = (message: CodeSearchToPanel) => void webview.postMessage(message);
	/** What the page gets once it is loaded; a view that was hidden loads again. */
	let wanted: Asked | null | undefined;
	let loaded = false;
	const ask = (asked: Asked | null) => {
		if (loaded) post({ kind: "ask", asked });
		else wanted = asked;
	};
	const onReady = () => {
		loaded = true;
		post({ kind: "sidecar", state: ctx.sidecar.state });
		post(workspaceMessage());
		if (wanted !== undefined) post({ kind: "ask", asked: wanted });
		wanted = undefined;
		useIndex(ctx);
	};
	const reception: Reception = { post, onReady, requests: new PanelRequests(ctx.sidecar, codeSearchRequests) };
	const tellWorkspace = () => post(workspaceMessage());
	const disposables = [
		reception.requests,
		webview.onDidReceiveMessage((message) => void receive(ctx, message, reception)),
		ctx.sidecar.onDidChangeState((state) => post({ kind: "sidecar", state })),
		ctx.codeIndex.onDidChange((params) => post({ kind: "notification", name: "indexChanged", params })),
		vscode.workspace.onDidChangeWorkspaceFolders(tellWorkspace),
		vscode.workspace.onDidGrantWorkspaceTrust(tellWorkspace),
		vscode.workspace.onDidChangeConfiguration((change) => {
			if (change.affectsConfiguration("maskwright.search")) tellWorkspace();
		}),
		view.onDidChangeVisibility(() => {
			loaded &&= view.visible;
		}),
	];
	view.onDidDispose(() => {
		for (const disposable of disposables) disposable.dispose();
	});
	const { extensionUri } = ctx.extensionContext;
	fillWebview(webview, { extensionUri, name: "codeSearch", title: vscode.l10n.t("Code Search") });
	return ask;
}

interface Reception {
	readonly post: (message: CodeSearchToPanel) => void;
	readonly onReady: () => void;
	readonly requests: PanelRequests;
}

async function receive(ctx: Ctx, message: unknown, { post, onReady, requests }: Reception): Promise<void> {
	const warn = (sentence: string) => ctx.log.warn(sentence);
	const said = checkedMessage(codeSearchToExtensionSchema, message, { panel: "code search", warn });
	switch (said?.kind) {
		case "ready":
			return onReady();
		case "request":
			return post(await requests.relay(said));
		case "cancel":
			return requests.cancel(said.id);
		case "open":
			return await openResult(said);
		case "do":
			return void vscode.commands.executeCommand(offers[said.offer]);
	}
}

function workspaceMessage(): CodeSearchToPanel {
	const folders = diskFolders().map(({ uri, name }) => ({ path: uri.fsPath, name }));
	return { kind: "workspace", folders, trusted: vscode.workspace.isTrusted, top: config.topResults() };
}

/** What fails is told by the view itself, which asks the same sidecar. */
function useIndex({ codeIndex, log }: Ctx): void {
	codeIndex.use().catch((error) => log.warn(`The index: ${error instanceof Error ? error.message : error}`));
}

import * as vscode from "vscode";
import {
	type AttentionDocument,
	type AttentionOffer,
	type AttentionToExtension,
	type AttentionToPanel,
	attentionRequests,
	attentionToExtensionSchema,
} from "../../sidecar/protocol/panels/attention.ts";
import type { Ctx } from "../ctx.ts";
import { openPlace, placeIn } from "./attentionPlace.ts";
import { answer, checkedMessage } from "./bridge.ts";
import { isCode, revealSpan, spanOf } from "./codeEditors.ts";
import { fillPanel } from "./fillWebview.ts";
import { PanelRequests } from "./panelRequests.ts";
import { saveFile } from "./saveFile.ts";

/** What each button of the panel does. */
const offers: Readonly<Record<AttentionOffer, string>> = {
	train: "maskwright.train",
	useModel: "maskwright.useModel",
	startSidecar: "maskwright.startSidecar",
	showLog: "maskwright.showLog",
};

/** The one panel of this window, while it is open. */
let open: { readonly panel: vscode.WebviewPanel; show(document: AttentionDocument | null): void } | undefined;
/** The editor that was edited last: while the panel is active there is no active one. */
let lastEditor: vscode.TextEditor | undefined;

/** Shows the attention on what is selected in the editor, in a panel beside it. */
export function inspectAttention(ctx: Ctx, viewType: string): void {
	const document = selected();
	if (open !== undefined) {
		open.panel.reveal(undefined, true);
		open.show(document);
		return;
	}
	const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
	const panel = vscode.window.createWebviewPanel(viewType, vscode.l10n.t("Attention"), beside);
	attach(ctx, panel, document);
}

/** Fills a panel that VS Code brought back; what it showed is in its own saved state. */
export function restoreAttention(ctx: Ctx, panel: vscode.WebviewPanel): void {
	open?.panel.dispose();
	attach(ctx, panel, undefined);
}

function selected(): AttentionDocument | null {
	const { activeTextEditor, visibleTextEditors } = vscode.window;
	const last = visibleTextEditors.find((editor) => editor === lastEditor);
	const editor = [activeTextEditor, last, ...visibleTextEditors].find(isCode);
	return editor === undefined ? null : placeIn(editor);
}

/** `first`: what to show; undefined for what the panel kept. */
function attach(ctx: Ctx, panel: vscode.WebviewPanel, first: AttentionDocument | null | undefined): void {
	const { webview } = panel;
	const post = (message: AttentionToPanel) => void webview.postMessage(message);
	let wanted = first;
	let loaded = false;
	const show = (document: AttentionDocument | null) => {
		if (loaded) post({ kind: "inspect", document });
		else wanted = document;
	};
	const onReady = () => {
		loaded = true;
		post({ kind: "sidecar", state: ctx.sidecar.state });
		post(wanted === undefined ? { kind: "goOn" } : { kind: "inspect", document: wanted });
		wanted = undefined; // a panel that was hidden loads again and goes on with its own state
	};
	const requests = new PanelRequests(ctx.sidecar, attentionRequests);
	const reception: Reception = { post, show, onReady, requests };
	const disposables = [
		requests,
		webview.onDidReceiveMessage((message) => void receive(ctx, message, reception)),
		ctx.sidecar.onDidChangeState((state) => post({ kind: "sidecar", state })),
		ctx.inventory.onDidChangeModels(() => post({ kind: "models" })),
		vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
			if (!isCode(textEditor)) return;
			lastEditor = textEditor;
			const { document, selection } = textEditor;
			const span = spanOf(document, selection);
			post({ kind: "selection", uri: document.uri.toString(), version: document.version, span });
		}),
		vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
			const { uri, version } = document;
			if (contentChanges.length > 0) post({ kind: "edited", uri: uri.toString(), version });
		}),
		panel.onDidChangeViewState(() => {
			loaded &&= panel.visible;
		}),
	];
	open = { panel, show };
	panel.onDidDispose(() => {
		for (const disposable of disposables) disposable.dispose();
		if (open?.panel === panel) open = undefined;
	});
	const { extensionUri } = ctx.extensionContext;
	fillPanel(panel, { extensionUri, name: "attention", title: vscode.l10n.t("Attention") });
}

interface Reception {
	readonly post: (message: AttentionToPanel) => void;
	readonly show: (document: AttentionDocument | null) => void;
	readonly onReady: () => void;
	readonly requests: PanelRequests;
}

async function receive(ctx: Ctx, message: unknown, { post, show, onReady, requests }: Reception): Promise<void> {
	const warn = (sentence: string) => ctx.log.warn(sentence);
	const said = checkedMessage(attentionToExtensionSchema, message, { panel: "attention panel", warn });
	switch (said?.kind) {
		case "ready":
			return onReady();
		case "request":
			return post(await requests.relay(said));
		case "cancel":
			return requests.cancel(said.id);
		case "save":
			return post(await answer(said.id, () => saveFile(said)));
		case "open":
			return show(await openPlace(said.place));
		case "look":
			return show(selected());
		case "reveal":
			return await reveal(said);
		case "do":
			return void vscode.commands.executeCommand(offers[said.offer]);
	}
}

async function reveal({ uri, version, span, focus }: Extract<AttentionToExtension, { kind: "reveal" }>): Promise<void> {
	const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
	if (document?.version !== version) return;
	await revealSpan(document, { span, focus });
}

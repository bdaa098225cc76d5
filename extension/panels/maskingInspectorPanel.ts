import * as vscode from "vscode";
import {
	type MaskingInspectorToPanel,
	maskingInspectorRequests,
	maskingInspectorToExtensionSchema,
} from "../../sidecar/protocol/panels/maskingInspector.ts";
import type { Ctx } from "../ctx.ts";
import { answer, checkedMessage } from "./bridge.ts";
import { fillPanel } from "./fillWebview.ts";
import { InspectedEditor } from "./inspectedEditor.ts";
import { PanelRequests } from "./panelRequests.ts";
import { saveFile } from "./saveFile.ts";

/** The one panel of this window, while it is open. */
let open: vscode.WebviewPanel | undefined;

/** Opens the panel beside the editor that it looks at, or brings it forward. */
export function showMaskingInspector(ctx: Ctx, viewType: string): void {
	if (open !== undefined) {
		open.reveal(undefined, false);
		return;
	}
	const column = vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
	attach(ctx, vscode.window.createWebviewPanel(viewType, vscode.l10n.t("Masking Inspector"), column));
}

/** Fills a panel that VS Code brought back; what was chosen is in its own saved state. */
export function restoreMaskingInspector(ctx: Ctx, panel: vscode.WebviewPanel): void {
	open?.dispose();
	attach(ctx, panel);
}

function attach(ctx: Ctx, panel: vscode.WebviewPanel): void {
	const { webview } = panel;
	const post = (message: MaskingInspectorToPanel) => void webview.postMessage(message);
	const editor = new InspectedEditor({
		document: (document) => post({ kind: "document", document }),
		selection: (span) => post({ kind: "selection", span }),
	});
	const reception: Reception = { post, editor, requests: new PanelRequests(ctx.sidecar, maskingInspectorRequests) };
	const disposables = [
		reception.requests,
		editor,
		webview.onDidReceiveMessage((message) => void receive(ctx, message, reception)),
		ctx.sidecar.onDidChangeState((state) => post({ kind: "sidecar", state })),
		ctx.sidecar.onNotification("modelsChanged", () => post({ kind: "models" })),
	];
	open = panel;
	panel.onDidDispose(() => {
		for (const disposable of disposables) disposable.dispose();
		if (open === panel) open = undefined;
	});
	const { extensionUri } = ctx.extensionContext;
	fillPanel(panel, { extensionUri, name: "maskingInspector", title: vscode.l10n.t("Masking Inspector") });
}

interface Reception {
	readonly post: (message: MaskingInspectorToPanel) => void;
	readonly editor: InspectedEditor;
	readonly requests: PanelRequests;
}

async function receive(ctx: Ctx, message: unknown, { post, editor, requests }: Reception): Promise<void> {
	const warn = (sentence: string) => ctx.log.warn(sentence);
	const said = checkedMessage(maskingInspectorToExtensionSchema, message, { panel: "masking inspector", warn });
	switch (said?.kind) {
		case "ready":
			post({ kind: "sidecar", state: ctx.sidecar.state });
			return editor.tell();
		case "request":
			return post(await requests.relay(said));
		case "cancel":
			return requests.cancel(said.id);
		case "save":
			return post(await answer(said.id, () => saveFile(said)));
		case "reveal":
			return await editor.reveal(said);
		case "train":
			return void vscode.commands.executeCommand("maskwright.train");
	}
}

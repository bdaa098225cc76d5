import * as vscode from "vscode";
import { requests } from "../../sidecar/protocol/methods.ts";
import {
	type LossCurvesToPanel,
	lossCurvesNotifications,
	lossCurvesRequests,
	lossCurvesToExtensionSchema,
} from "../../sidecar/protocol/panels/lossCurves.ts";
import type { Ctx } from "../ctx.ts";
import { type AllowedRequests, answer, checkedMessage, relayRequest } from "./bridge.ts";
import { fillPanel } from "./fillWebview.ts";
import { saveFile } from "./saveFile.ts";

const allowed: AllowedRequests = Object.fromEntries(lossCurvesRequests.map((name) => [name, requests[name]]));

/** The one panel of this window, while it is open. */
let open: { readonly panel: vscode.WebviewPanel; show(paths: readonly string[]): void } | undefined;

/** Opens the panel or brings it forward; with `paths` it draws those runs, else what it drew or the run that trains. */
export function showLossCurves(ctx: Ctx, viewType: string, paths: readonly string[]): void {
	if (open === undefined) {
		const panel = vscode.window.createWebviewPanel(viewType, vscode.l10n.t("Loss Curves"), vscode.ViewColumn.Active);
		attach(ctx, panel, { show: paths });
		return;
	}
	open.panel.reveal();
	if (paths.length > 0) open.show(paths);
}

/** Fills a panel that VS Code brought back; what it drew is in its own saved state. */
export function restoreLossCurves(ctx: Ctx, panel: vscode.WebviewPanel): void {
	open?.panel.dispose();
	attach(ctx, panel, { show: [] });
}

function attach(ctx: Ctx, panel: vscode.WebviewPanel, first: { show: readonly string[] }): void {
	const { webview } = panel;
	let wanted = first.show;
	let loaded = false;
	const post = (message: LossCurvesToPanel) => void webview.postMessage(message);
	const show = (paths: readonly string[]) => {
		wanted = paths;
		if (loaded) post({ kind: "show", paths: [...paths] });
	};
	const onReady = () => {
		loaded = true;
		post({ kind: "sidecar", state: ctx.sidecar.state });
		post({ kind: "show", paths: [...wanted] });
		wanted = []; // a panel that was hidden loads again and goes on with its own state
	};
	const disposables = [
		webview.onDidReceiveMessage((message) => void receive(ctx, { message, panel, post, onReady })),
		ctx.sidecar.onDidChangeState((state) => post({ kind: "sidecar", state })),
		...lossCurvesNotifications.map((name) =>
			ctx.sidecar.onNotification(name, (params) => {
				if (panel.visible) post({ kind: "notification", name, params });
			}),
		),
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
	fillPanel(panel, { extensionUri, name: "lossCurves", title: vscode.l10n.t("Loss Curves") });
}

interface Reception {
	readonly message: unknown;
	readonly panel: vscode.WebviewPanel;
	readonly post: (message: LossCurvesToPanel) => void;
	readonly onReady: () => void;
}

async function receive(ctx: Ctx, { message, panel, post, onReady }: Reception): Promise<void> {
	const warn = (sentence: string) => ctx.log.warn(sentence);
	const said = checkedMessage(lossCurvesToExtensionSchema, message, { panel: "loss curves panel", warn });
	switch (said?.kind) {
		case "ready":
			return onReady();
		case "request":
			// The bridge has checked that the params fit the name.
			return post(
				await relayRequest(said, { allowed, ask: (name, params) => ctx.sidecar.request(name, params as never) }),
			);
		case "save":
			return post(await answer(said.id, () => saveFile(said)));
		case "train":
			return void vscode.commands.executeCommand("maskwright.train");
		case "act":
			return void vscode.commands.executeCommand(`maskwright.${said.action}`, said.path);
		case "showing":
			panel.title = titleOf(said.runs);
	}
}

function titleOf(runs: readonly string[]): string {
	const [first] = runs;
	if (first === undefined) return vscode.l10n.t("Loss Curves");
	return runs.length === 1 ? vscode.l10n.t("Loss: {0}", first) : vscode.l10n.t("Loss: {0} Runs", runs.length);
}

import * as vscode from "vscode";
import { requests } from "../../sidecar/protocol/methods.ts";
import {
	type LossCurvesToExtension,
	type LossCurvesToPanel,
	lossCurvesNotifications,
	lossCurvesRequests,
	lossCurvesToExtensionSchema,
} from "../../sidecar/protocol/panels/lossCurves.ts";
import type { Ctx } from "../ctx.ts";
import { type AllowedRequests, answer, relayRequest } from "./bridge.ts";
import { panelPage } from "./page.ts";

const folder = ["dist", "webview", "lossCurves"];
const allowed: AllowedRequests = Object.fromEntries(lossCurvesRequests.map((name) => [name, requests[name]]));

/** The one panel of this window, while it is open. */
let open: { readonly panel: vscode.WebviewPanel; show(path: string | null): void } | undefined;

/** Opens the panel or brings it forward; with `path` it draws that run, else what it drew or the run that trains. */
export function showLossCurves(ctx: Ctx, viewType: string, path: string | null): void {
	if (open === undefined) {
		const panel = vscode.window.createWebviewPanel(viewType, vscode.l10n.t("Loss Curves"), vscode.ViewColumn.Active);
		attach(ctx, panel, { show: path });
		return;
	}
	open.panel.reveal();
	if (path !== null) open.show(path);
}

/** Fills a panel that VS Code brought back; what it drew is in its own saved state. */
export function restoreLossCurves(ctx: Ctx, panel: vscode.WebviewPanel): void {
	open?.panel.dispose();
	attach(ctx, panel, { show: null });
}

function attach(ctx: Ctx, panel: vscode.WebviewPanel, first: { show: string | null }): void {
	const { webview } = panel;
	const root = vscode.Uri.joinPath(ctx.extensionContext.extensionUri, ...folder);
	const place = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
	let wanted = first.show;
	let loaded = false;
	const post = (message: LossCurvesToPanel) => void webview.postMessage(message);
	const show = (path: string | null) => {
		wanted = path;
		if (loaded) post({ kind: "show", path });
	};
	const onReady = () => {
		loaded = true;
		post({ kind: "sidecar", state: ctx.sidecar.state });
		post({ kind: "show", path: wanted });
		wanted = null; // a panel that was hidden loads again and goes on with its own state
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
	panel.iconPath = vscode.Uri.joinPath(ctx.extensionContext.extensionUri, "media", "icon.svg");
	webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [root] };
	webview.html = panelPage({
		title: vscode.l10n.t("Loss Curves"),
		language: vscode.env.language,
		script: place("main.js"),
		style: place("style.css"),
		source: webview.cspSource,
		texts: vscode.l10n.bundle ?? {},
	});
}

interface Reception {
	readonly message: unknown;
	readonly panel: vscode.WebviewPanel;
	readonly post: (message: LossCurvesToPanel) => void;
	readonly onReady: () => void;
}

async function receive(ctx: Ctx, { message, panel, post, onReady }: Reception): Promise<void> {
	const checked = lossCurvesToExtensionSchema.safeParse(message);
	if (!checked.success) {
		ctx.log.warn(`The loss curves panel sent a message that does not fit: ${checked.error.message}`);
		return;
	}
	const said = checked.data;
	switch (said.kind) {
		case "ready":
			return onReady();
		case "request":
			// The bridge has checked that the params fit the name.
			return post(
				await relayRequest(said, { allowed, ask: (name, params) => ctx.sidecar.request(name, params as never) }),
			);
		case "save":
			return post(await answer(said.id, () => save(said)));
		case "train":
			return void vscode.commands.executeCommand("maskwright.train");
		case "showing":
			panel.title = titleOf(said.runs);
	}
}

function titleOf(runs: readonly string[]): string {
	const [first] = runs;
	if (first === undefined) return vscode.l10n.t("Loss Curves");
	return runs.length === 1 ? vscode.l10n.t("Loss: {0}", first) : vscode.l10n.t("Loss: {0} Runs", runs.length);
}

/** Asks where to and writes there. */
async function save(said: Extract<LossCurvesToExtension, { kind: "save" }>): Promise<{ path: string | null }> {
	const base = vscode.workspace.workspaceFolders?.[0]?.uri;
	const chosen = await vscode.window.showSaveDialog({
		...(base === undefined ? {} : { defaultUri: vscode.Uri.joinPath(base, said.name) }),
		filters: { [(said.name.split(".").at(-1) ?? "").toUpperCase()]: [said.name.split(".").at(-1) ?? ""] },
	});
	if (chosen === undefined) return { path: null };
	await vscode.workspace.fs.writeFile(chosen, Buffer.from(said.content, said.encoding));
	return { path: vscode.workspace.asRelativePath(chosen) };
}

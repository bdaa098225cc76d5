import * as vscode from "vscode";
import {
	type RecipeGalleryToPanel,
	recipeGalleryRequests,
	recipeGalleryToExtensionSchema,
} from "../../sidecar/protocol/panels/recipeGallery.ts";
import type { Ctx } from "../ctx.ts";
import { checkedMessage } from "./bridge.ts";
import { fillPanel } from "./fillWebview.ts";
import { PanelRequests } from "./panelRequests.ts";

/** The one panel of this window, while it is open. */
let open: { readonly panel: vscode.WebviewPanel; show(recipe: string): void } | undefined;

/** Opens the gallery or brings it forward; with `recipe` it shows that page. */
export function showRecipeGallery(ctx: Ctx, viewType: string, recipe: string | null): void {
	if (open !== undefined) {
		open.panel.reveal();
		if (recipe !== null) open.show(recipe);
		return;
	}
	const title = vscode.l10n.t("Recipes");
	attach(ctx, vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active), recipe);
}

/** Fills a panel that VS Code brought back; the page that it showed is in its own saved state. */
export function restoreRecipeGallery(ctx: Ctx, panel: vscode.WebviewPanel): void {
	open?.panel.dispose();
	attach(ctx, panel, null);
}

function attach(ctx: Ctx, panel: vscode.WebviewPanel, first: string | null): void {
	const { webview } = panel;
	const post = (message: RecipeGalleryToPanel) => void webview.postMessage(message);
	const requests = new PanelRequests(ctx.sidecar, recipeGalleryRequests);
	let wanted = first;
	const onReady = () => {
		post({ kind: "sidecar", state: ctx.sidecar.state });
		post({ kind: "show", recipe: wanted });
		wanted = null; // a panel that was hidden loads again and goes on with its own state
	};
	const disposables = [
		requests,
		webview.onDidReceiveMessage((message) => void receive(ctx, { message, post, requests, onReady })),
		ctx.sidecar.onDidChangeState((state) => post({ kind: "sidecar", state })),
		ctx.sidecar.onNotification("runChanged", (params) => post({ kind: "notification", name: "runChanged", params })),
	];
	open = { panel, show: (recipe) => post({ kind: "show", recipe }) };
	panel.onDidDispose(() => {
		for (const disposable of disposables) disposable.dispose();
		if (open?.panel === panel) open = undefined;
	});
	const { extensionUri } = ctx.extensionContext;
	fillPanel(panel, { extensionUri, name: "recipeGallery", title: vscode.l10n.t("Recipes") });
}

interface Reception {
	readonly message: unknown;
	readonly post: (message: RecipeGalleryToPanel) => void;
	readonly requests: PanelRequests;
	readonly onReady: () => void;
}

async function receive(ctx: Ctx, { message, post, requests, onReady }: Reception): Promise<void> {
	const warn = (sentence: string) => ctx.log.warn(sentence);
	const said = checkedMessage(recipeGalleryToExtensionSchema, message, { panel: "recipe gallery", warn });
	switch (said?.kind) {
		case "ready":
			return onReady();
		case "request":
			return post(await requests.relay(said));
		case "cancel":
			return requests.cancel(said.id);
		case "train":
			return void vscode.commands.executeCommand("maskwright.train", { recipe: said.recipe });
		case "compare":
			return void vscode.commands.executeCommand("maskwright.showLossCurves", said.runs);
	}
}

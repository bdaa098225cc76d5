/** The built recipe gallery in a browser; the recipes are those that ship. */
import type { TestContext } from "node:test";
import { relayRequest } from "../../../extension/panels/bridge.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import type { RecipeDescriptions } from "../../../sidecar/protocol/outputs.ts";
import {
	type RecipeGalleryToExtension,
	recipeGalleryRequests,
	recipeGalleryToExtensionSchema,
} from "../../../sidecar/protocol/panels/recipeGallery.ts";
import { openWebview, type WebviewPage } from "./webviewPage.ts";

const allowed = Object.fromEntries(recipeGalleryRequests.map((name) => [name, requests[name]]));

export interface GalleryPage extends WebviewPage {
	readonly heard: RecipeGalleryToExtension[];
}

/** Opens the gallery; `answers` may throw in place of an answer. */
export async function openGallery(
	context: TestContext,
	answers: { readonly listRecipes: () => RecipeDescriptions; readonly listRuns: () => unknown },
	size = { width: 1100, height: 900 },
): Promise<GalleryPage> {
	const heard: RecipeGalleryToExtension[] = [];
	const opened = await openWebview(context, {
		panel: "recipeGallery",
		size,
		hear: async (message, tell) => {
			const said = recipeGalleryToExtensionSchema.parse(message);
			heard.push(said);
			if (said.kind === "ready") {
				await tell({ kind: "sidecar", state: "ready" });
				await tell({ kind: "show", recipe: null });
			}
			const ask = async (name: string) => answers[name as keyof typeof answers]();
			if (said.kind === "request") await tell(await relayRequest(said, { allowed, ask }));
		},
	});
	return { ...opened, heard };
}

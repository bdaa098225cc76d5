import * as z from "zod";
import { extensionMessages, panelMessages } from "./messages.ts";

/** The requests of the sidecar that the recipe gallery may make through the extension. */
export const recipeGalleryRequests = ["listRecipes", "listRuns"] as const;

/** From the recipe gallery to the extension. */
export const recipeGalleryToExtensionSchema = z.discriminatedUnion("kind", [
	panelMessages.ready,
	panelMessages.request,
	panelMessages.cancel,
	/** Start the command that trains on the workspace, with this recipe first. */
	z.object({ kind: z.literal("train"), recipe: z.string() }),
	/** Draw the loss curves of these runs together. */
	z.object({ kind: z.literal("compare"), runs: z.array(z.string()).min(1).describe("Paths") }),
]);

/** From the extension to the recipe gallery. */
export const recipeGalleryToPanelSchema = z.discriminatedUnion("kind", [
	extensionMessages.result,
	extensionMessages.error,
	extensionMessages.sidecar,
	extensionMessages.notification,
	/** Show the page of this recipe; null: what was shown before, else the first. */
	z.object({ kind: z.literal("show"), recipe: z.string().nullable() }),
]);

export type RecipeGalleryToExtension = z.infer<typeof recipeGalleryToExtensionSchema>;
export type RecipeGalleryToPanel = z.infer<typeof recipeGalleryToPanelSchema>;

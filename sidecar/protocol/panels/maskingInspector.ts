import * as z from "zod";
import { extensionMessages, panelMessages } from "./messages.ts";

/** The requests of the sidecar that the masking inspector may make through the extension. */
export const maskingInspectorRequests = ["inspectMasks", "listRecipes", "listModels"] as const;

/** UTF-16 code units of the document. */
const span = z.object({ start: z.number().int().nonnegative(), end: z.number().int().nonnegative() });

/** The document of the editor that is looked at. */
const documentSchema = z.object({
	uri: z.string(),
	name: z.string().describe("As a tab shows it"),
	version: z.number().int(),
	text: z.string(),
});

/** From the masking inspector to the extension. */
export const maskingInspectorToExtensionSchema = z.discriminatedUnion("kind", [
	panelMessages.ready,
	panelMessages.request,
	panelMessages.cancel,
	panelMessages.save,
	/** Select a token in the editor; nothing happens when the document has gone on. */
	z.object({ kind: z.literal("reveal"), uri: z.string(), version: z.number().int(), span }),
	/** Start the command that trains on the workspace. */
	z.object({ kind: z.literal("train") }),
]);

/** From the extension to the masking inspector. */
export const maskingInspectorToPanelSchema = z.discriminatedUnion("kind", [
	extensionMessages.result,
	extensionMessages.error,
	extensionMessages.sidecar,
	/** First after `ready`, and whenever it changes; null: no file is open. */
	z.object({ kind: z.literal("document"), document: documentSchema.nullable() }),
	/** What is selected in the editor; a caret is empty. */
	z.object({ kind: z.literal("selection"), span }),
	/** The models that there are, or the one in use, changed. */
	z.object({ kind: z.literal("models") }),
]);

export type MaskingInspectorToExtension = z.infer<typeof maskingInspectorToExtensionSchema>;
export type MaskingInspectorToPanel = z.infer<typeof maskingInspectorToPanelSchema>;
export type InspectedDocument = z.infer<typeof documentSchema>;

import * as z from "zod";
import { extensionMessages, panelMessages } from "./messages.ts";

/** The requests of the sidecar that the attention panel may make through the extension. */
export const attentionRequests = ["inspectAttention", "inspectSaliency"] as const;

/** UTF-16 code units of a document. */
const spanSchema = z.object({ start: z.number().int().nonnegative(), end: z.number().int().nonnegative() });

/** What of which document is looked at. */
export const attentionPlaceSchema = z.object({
	uri: z.string(),
	span: spanSchema,
	around: z
		.number()
		.int()
		.nonnegative()
		.nullable()
		.describe("The caret, when nothing was selected: fewer tokens around it are as good"),
});

/** The document that is looked at, as it was then. */
const documentSchema = z.object({
	...attentionPlaceSchema.shape,
	version: z.number().int(),
	name: z.string().describe("As a tab shows it"),
	path: z.string().describe("Its end tells the language"),
	text: z.string(),
});

/** Commands of the extension that the panel has a button for. */
const offered = z.enum(["train", "useModel", "startSidecar", "showLog"]);

/** From the attention panel to the extension. */
export const attentionToExtensionSchema = z.discriminatedUnion("kind", [
	panelMessages.ready,
	panelMessages.request,
	panelMessages.cancel,
	panelMessages.save,
	/** Look at this place again, after a reload. */
	z.object({ kind: z.literal("open"), place: attentionPlaceSchema }),
	/** Look at what is selected in the editor now. */
	z.object({ kind: z.literal("look") }),
	/** Select a token in the editor; nothing happens when the document has gone on. */
	z.object({
		kind: z.literal("reveal"),
		uri: z.string(),
		version: z.number().int(),
		span: spanSchema,
		focus: z.boolean().describe("Whether the editor takes the focus"),
	}),
	z.object({ kind: z.literal("do"), offer: offered }),
]);

/** From the extension to the attention panel. */
export const attentionToPanelSchema = z.discriminatedUnion("kind", [
	extensionMessages.result,
	extensionMessages.error,
	extensionMessages.sidecar,
	/** Show this; null: there is no file to look at, or it is gone. */
	z.object({ kind: z.literal("inspect"), document: documentSchema.nullable() }),
	/** After `ready`, when nothing new is to be shown: go on with what was kept. */
	z.object({ kind: z.literal("goOn") }),
	/** What is selected in an editor; a caret is empty. */
	z.object({ kind: z.literal("selection"), uri: z.string(), version: z.number().int(), span: spanSchema }),
	/** A document has another version now. */
	z.object({ kind: z.literal("edited"), uri: z.string(), version: z.number().int() }),
	/** Another model is in use. */
	z.object({ kind: z.literal("models") }),
]);

export type AttentionToExtension = z.infer<typeof attentionToExtensionSchema>;
export type AttentionToPanel = z.infer<typeof attentionToPanelSchema>;
export type AttentionDocument = z.infer<typeof documentSchema>;
export type AttentionPlace = z.infer<typeof attentionPlaceSchema>;
export type AttentionOffer = z.infer<typeof offered>;

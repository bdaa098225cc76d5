import * as z from "zod";
import { extensionMessages, panelMessages } from "./messages.ts";

/** The requests of the sidecar that the code search may make through the extension. */
export const codeSearchRequests = ["search", "searchLike", "nearDuplicates", "indexStatus"] as const;

/** Code that results shall be like: a selection, or a function of a file. */
export const likeSchema = z.object({
	folder: z.string(),
	text: z.string(),
	language: z.string().nullable(),
	/** Where it stands, when it stands in a file of the folder. */
	at: z.object({ path: z.string(), startLine: z.number().int(), endLine: z.number().int() }).nullable(),
});

export type Like = z.infer<typeof likeSchema>;

/** What the view shows results for. */
export const askedSchema = z.discriminatedUnion("kind", [
	z.object({ kind: z.literal("query"), text: z.string() }),
	z.object({ kind: z.literal("like"), like: likeSchema }),
	z.object({ kind: z.literal("duplicates") }),
]);

export type Asked = z.infer<typeof askedSchema>;

/** A folder of the workspace that can be indexed. */
const folderSchema = z.object({ path: z.string(), name: z.string() });

/** How a result is shown: beside the list that keeps the focus, in an editor that takes it, or in a column of its own. */
const opening = z.enum(["preview", "open", "side"]);

/** Commands of the extension that the view has a button for. */
const offered = z.enum([
	"buildIndex",
	"rebuildIndex",
	"showLog",
	"startSidecar",
	"manageTrust",
	"openFolder",
	"trainForSearch",
]);

/** From the code search to the extension. */
export const codeSearchToExtensionSchema = z.discriminatedUnion("kind", [
	panelMessages.ready,
	panelMessages.request,
	panelMessages.cancel,
	z.object({
		kind: z.literal("open"),
		how: opening,
		folder: z.string(),
		path: z.string().describe("From the folder"),
		startLine: z.number().int().positive(),
		endLine: z.number().int().positive(),
	}),
	z.object({ kind: z.literal("do"), offer: offered }),
]);

/** From the extension to the code search. */
export const codeSearchToPanelSchema = z.discriminatedUnion("kind", [
	extensionMessages.result,
	extensionMessages.error,
	extensionMessages.notification,
	extensionMessages.sidecar,
	/** First after `ready`, and whenever one of it changes. */
	z.object({
		kind: z.literal("workspace"),
		folders: z.array(folderSchema),
		trusted: z.boolean(),
		top: z.number().int().positive().describe("Results to ask for"),
	}),
	/** Show results for this; null: only take the focus. */
	z.object({ kind: z.literal("ask"), asked: askedSchema.nullable() }),
]);

export type CodeSearchToExtension = z.infer<typeof codeSearchToExtensionSchema>;
export type CodeSearchToPanel = z.infer<typeof codeSearchToPanelSchema>;
export type Offer = z.infer<typeof offered>;
export type WorkspaceFolder = z.infer<typeof folderSchema>;

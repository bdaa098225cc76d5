import * as z from "zod";

const id = z.number().int().nonnegative().describe("Chosen by the panel; the answer repeats it");

/** How the sidecar stands, as a panel needs to know it. */
const sidecarState = z.enum(["stopped", "starting", "ready", "failed"]);

/** What any panel may say to the extension. `request` names an entry of `requests`; which ones, its own list says. */
export const panelMessages = {
	/** First after each load; the extension then tells all that the panel cannot ask for. */
	ready: z.object({ kind: z.literal("ready") }),
	request: z.object({ kind: z.literal("request"), id, name: z.string(), params: z.unknown() }),
	/** The answer to this request is wanted no more. */
	cancel: z.object({ kind: z.literal("cancel"), id }),
	/** Asks the user where to, and writes the file. The result is `{ path }`, null when the user said no. */
	save: z.object({
		kind: z.literal("save"),
		id,
		name: z.string().regex(/^[\w. -]{1,100}$/, "A file name without a folder"),
		encoding: z.enum(["utf8", "base64"]),
		content: z.string(),
	}),
} as const;

/** What the extension may say to any panel. */
export const extensionMessages = {
	result: z.object({ kind: z.literal("result"), id, result: z.unknown() }),
	error: z.object({
		kind: z.literal("error"),
		id,
		message: z.string().describe("What happened, why, and what to do"),
	}),
	/** `name` is an entry of `notifications`. */
	notification: z.object({ kind: z.literal("notification"), name: z.string(), params: z.unknown() }),
	sidecar: z.object({ kind: z.literal("sidecar"), state: sidecarState }),
} as const;

export const savedSchema = z.object({ path: z.string().nullable() });

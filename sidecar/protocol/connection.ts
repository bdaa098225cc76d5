import * as z from "zod";

/** Raised with every change that an older end would misunderstand. A mismatch is one sentence and a restart. */
export const protocolVersion = 2;

/** The paths of the websocket server. */
export const endpoints = { rpc: "/rpc", languageServer: "/lsp" } as const;

/** The code of every JSON-RPC error that is ours; its `data` is `errorDataSchema`. */
export const errorCode = -32_001;

export const errorDataSchema = z.object({
	name: z.string().describe("One of `errorNames`"),
	detail: z.string().optional().describe("The last lines of a log, where they say more"),
});

/**
 * The line that `maskwright serve` writes to its standard output once it can be reached, or once it has found that
 * the sidecar of this user runs already. Whoever reads it connects to `socket` with the token in the
 * `Authorization: Bearer` header.
 */
export const addressSchema = z
	.object({
		event: z.literal("serving"),
		pid: z.number().int().positive(),
		socket: z.string().describe("A Unix domain socket or a Windows named pipe"),
		token: z.string(),
		protocolVersion: z.number().int(),
		version: z.string().describe("Of Maskwright"),
		listen: z.string().optional().describe("host:port where it listens for other machines, when told to"),
	})
	.describe("maskwright serve: where the sidecar is");

export type SidecarAddress = z.infer<typeof addressSchema>;

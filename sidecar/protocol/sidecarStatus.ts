import * as z from "zod";

const count = z.number().int().nonnegative();

/** What a status bar tells of the sidecar. */
export const sidecarStatusSchema = z.object({
	pid: z.number().int().positive(),
	version: z.string(),
	host: z.string().describe("The machine's name"),
	socket: z.string().describe("Or host:port where it listens for other machines"),
	startedAt: z.string().describe("ISO 8601"),
	clients: count,
	model: z
		.object({
			name: z.string(),
			path: z.string(),
			loaded: z.boolean().describe("Whether it is in memory"),
			boxed: z.boolean().optional().describe("Whether it comes with Maskwright"),
		})
		.nullable()
		.describe("The model in use"),
	executionProvider: z.string().nullable().describe("Of the model in memory"),
	inferencePid: z.number().int().nullable(),
	memoryBytes: count.describe("Resident memory of the sidecar and its processes"),
	activeRuns: count,
});

export type SidecarStatus = z.infer<typeof sidecarStatusSchema>;

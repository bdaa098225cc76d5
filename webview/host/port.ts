import * as z from "zod";
import type { ResultOf } from "../../sidecar/protocol/descriptors.ts";
import { requests } from "../../sidecar/protocol/methods.ts";
import { savedSchema } from "../../sidecar/protocol/panels/messages.ts";

/** What VS Code gives a webview. */
interface VsCodeApi {
	postMessage(message: unknown): void;
	getState(): unknown;
	setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

type Requests = typeof requests;

/** A panel's line to the extension. */
export interface PanelPort<Name extends keyof Requests, Sent> {
	/** Asks the sidecar. Rejects with a sentence for the user, and with the signal's reason when that aborts. */
	request<One extends Name>(
		name: One,
		params: z.input<Requests[One]["params"]>,
		signal?: AbortSignal,
	): Promise<ResultOf<Requests[One]>>;
	/** Lets the user save a file; the path, or null when the user said no. */
	save(file: { name: string; encoding: "utf8" | "base64"; content: string }): Promise<string | null>;
	send(message: Sent): void;
	/** What `keep` was last given in this panel, also before a reload. */
	kept(): unknown;
	keep(state: unknown): void;
}

const answerSchema = z.discriminatedUnion("kind", [
	z.object({ kind: z.literal("result"), id: z.number(), result: z.unknown() }),
	z.object({ kind: z.literal("error"), id: z.number(), message: z.string() }),
]);

interface Waiting {
	readonly resolve: (result: unknown) => void;
	readonly reject: (error: Error) => void;
}

/** Opens the panel's line. `heard` gets every message that fits `schema` and is not an answer. Call it once. */
export function openPort<Name extends keyof Requests, Sent, Heard>(
	schema: z.ZodType<Heard>,
	heard: (message: Heard) => void,
): PanelPort<Name, Sent> {
	const api = acquireVsCodeApi();
	const waiting = new Map<number, Waiting>();
	let lastId = 0;
	window.addEventListener("message", ({ data }) => {
		const answer = answerSchema.safeParse(data);
		if (answer.success) {
			settle(waiting, answer.data);
			return;
		}
		const message = schema.safeParse(data);
		if (message.success) heard(message.data);
		else console.warn("A message that does not fit was left out.", message.error.message);
	});
	const call = (message: object, signal?: AbortSignal) =>
		new Promise<unknown>((resolve, reject) => {
			signal?.throwIfAborted();
			const id = ++lastId;
			waiting.set(id, { resolve, reject });
			api.postMessage({ ...message, id });
			signal?.addEventListener("abort", () => {
				if (!waiting.delete(id)) return;
				api.postMessage({ kind: "cancel", id });
				reject(signal.reason);
			});
		});
	return {
		request: async (name, params, signal) => {
			const result = await call({ kind: "request", name, params }, signal);
			return requests[name].result.parse(result) as ResultOf<Requests[typeof name]>;
		},
		save: async (file) => savedSchema.parse(await call({ kind: "save", ...file })).path,
		send: (message) => api.postMessage(message),
		kept: () => api.getState(),
		keep: (state) => api.setState(state),
	};
}

function settle(waiting: Map<number, Waiting>, answer: z.infer<typeof answerSchema>): void {
	const waiter = waiting.get(answer.id);
	waiting.delete(answer.id);
	if (answer.kind === "result") waiter?.resolve(answer.result);
	else waiter?.reject(new Error(answer.message));
}

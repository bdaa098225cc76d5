import { type CancellationToken, createMessageConnection, ResponseError } from "vscode-jsonrpc/node";
import { z } from "zod";
import { isError, MaskwrightError } from "../base/errors.ts";
import { errorCode, protocolVersion } from "../protocol/connection.ts";
import { type Notify, notifications, type RequestHandlers, requests } from "../protocol/methods.ts";
import type { Log } from "./log.ts";
import type { WebSocketMessages } from "./webSocketMessages.ts";

/** What a handler gets beside its parameters; aborted when the client cancels the request or is gone. */
export interface RequestContext {
	readonly signal: AbortSignal;
}

export type Handlers = RequestHandlers<RequestContext>;

export interface RpcOptions {
	readonly handlers: Omit<Handlers, "hello">;
	readonly version: string;
	readonly log: Log;
	/** The client has said hello in our version of the protocol. */
	readonly onHello: (client: string) => void;
	readonly onClose: () => void;
}

export interface RpcConnection {
	readonly notify: Notify;
}

/** Answered before hello, and in every version of the protocol: by them a sidecar of another version is replaced. */
const beforeHello: ReadonlySet<string> = new Set([
	requests.hello.method,
	requests.ping.method,
	requests.stopSidecar.method,
]);

/** LSP's code for a request that its client has cancelled; never shown. */
const requestCancelled = -32_800;

/** Answers the requests of one client. */
export function serveRpc(messages: WebSocketMessages, options: RpcOptions): RpcConnection {
	const connection = createMessageConnection(messages.reader, messages.writer, silent);
	const underWay = new Set<AbortController>();
	let greeted = false;
	let gone = false;
	const hello: Handlers["hello"] = async ({ protocolVersion: spoken, client }) => {
		if (spoken !== protocolVersion) throw mismatch(spoken);
		if (!greeted) options.onHello(client);
		greeted = true;
		return { protocolVersion, pid: process.pid, version: options.version };
	};
	const handlers: Handlers = { ...options.handlers, hello };
	for (const name of namesOf(requests)) {
		const { method } = requests[name];
		connection.onRequest(method, async (params: unknown, token: CancellationToken) => {
			const controller = new AbortController();
			const { signal } = controller;
			underWay.add(controller);
			token.onCancellationRequested(() => controller.abort());
			if (gone || token.isCancellationRequested) controller.abort();
			try {
				if (!greeted && !beforeHello.has(method)) throw noHello(method);
				return await answer({ name, handlers, params }, { signal });
			} catch (error) {
				return failure(error, { method, signal, log: options.log });
			} finally {
				underWay.delete(controller);
			}
		});
	}
	connection.onClose(() => {
		gone = true;
		for (const controller of underWay) controller.abort();
		connection.dispose();
		options.onClose();
	});
	connection.onError(([error]) => options.log("debug", `A client's connection: ${error.message}`));
	connection.listen();
	return {
		notify: (name, params) => {
			if (greeted && !gone) {
				void connection.sendNotification(notifications[name].method, params).catch(() => {});
			}
		},
	};
}

type RequestName = keyof typeof requests;

/** Checks what came, calls the handler and checks what goes. */
async function answer<Name extends RequestName>(
	{ name, handlers, params }: { name: Name; handlers: Handlers; params: unknown },
	context: RequestContext,
): Promise<unknown> {
	const { method, params: paramsSchema, result } = requests[name];
	const checked = paramsSchema.safeParse(params ?? {});
	if (!checked.success) {
		throw new MaskwrightError("usage", `${method} was asked with wrong parameters: ${describe(checked.error)}.`);
	}
	// The descriptor's own schema has just made `data`; the table pairs it with this handler.
	const handler = handlers[name] as (params: unknown, context: RequestContext) => Promise<unknown>;
	return result.parse(await handler(checked.data, context));
}

/** The error on the wire: a sentence, and the name that code goes by. */
function failure(
	error: unknown,
	{ method, signal, log }: { method: string; signal: AbortSignal; log: Log },
): ResponseError<unknown> {
	if (signal.aborted) return new ResponseError(requestCancelled, "The request was cancelled.");
	if (isError(error) && error.name !== "internal") {
		const { output, detail } = error.data;
		const more = typeof detail === "string" ? detail : typeof output === "string" ? output : undefined;
		return new ResponseError(errorCode, error.message, {
			name: error.name,
			...(more === undefined || more === "" ? {} : { detail: more }),
		});
	}
	log("error", `${method} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
	const sentence = isError(error) ? error.message : "Maskwright met an error that it did not expect.";
	return new ResponseError(errorCode, `${sentence} The log of the sidecar has the details; report it as a bug.`, {
		name: "internal",
	});
}

function mismatch(spoken: number): MaskwrightError {
	return new MaskwrightError(
		"protocolMismatch",
		`The sidecar speaks version ${protocolVersion} of the protocol and this window version ${spoken}, because Maskwright was updated while they ran: restart the sidecar and reload the window.`,
	);
}

function noHello(method: string): MaskwrightError {
	return new MaskwrightError("usage", `${method} came before hello. Say hello first.`);
}

function describe(error: z.ZodError): string {
	const text = z.prettifyError(error).replaceAll(/\s*\n\s*/g, " ");
	return text.length > 500 ? `${text.slice(0, 500)} ...` : text;
}

function namesOf(table: typeof requests): RequestName[] {
	return Object.keys(table) as RequestName[];
}

const silent = { error: () => {}, warn: () => {}, info: () => {}, log: () => {} };

import {
	AbstractMessageReader,
	AbstractMessageWriter,
	type DataCallback,
	type Disposable,
	type Message,
	type MessageReader,
	type MessageWriter,
} from "vscode-jsonrpc/node";
import type { WebSocket } from "ws";

/** After how many unread bytes a client that does not read is given up. */
const longestBacklog = 64 << 20;

/** The two ends of a JSON-RPC connection over a websocket: each text frame is one message. */
export interface WebSocketMessages {
	readonly reader: MessageReader;
	readonly writer: MessageWriter;
}

/** A frame that is no JSON-RPC message closes the websocket. */
export function webSocketMessages(socket: WebSocket): WebSocketMessages {
	return { reader: new WebSocketReader(socket), writer: new WebSocketWriter(socket) };
}

class WebSocketReader extends AbstractMessageReader {
	readonly #socket: WebSocket;

	constructor(socket: WebSocket) {
		super();
		this.#socket = socket;
		socket.on("error", (error) => this.fireError(error));
		socket.on("close", () => this.fireClose());
	}

	listen(callback: DataCallback): Disposable {
		const onMessage = (data: Buffer, isBinary: boolean): void => {
			// After the first bad frame the rest of what has arrived is not read.
			if (this.#socket.readyState !== this.#socket.OPEN) return;
			const message = isBinary ? undefined : parseMessage(data.toString());
			if (message === undefined) this.#socket.close(1003, "Only JSON-RPC messages, each in a text frame.");
			else callback(message);
		};
		this.#socket.on("message", onMessage);
		return { dispose: () => this.#socket.off("message", onMessage) };
	}
}

class WebSocketWriter extends AbstractMessageWriter {
	readonly #socket: WebSocket;

	constructor(socket: WebSocket) {
		super();
		this.#socket = socket;
		socket.on("close", () => this.fireClose());
	}

	async write(message: Message): Promise<void> {
		if (this.#socket.readyState !== this.#socket.OPEN) return;
		if (this.#socket.bufferedAmount > longestBacklog) this.#socket.terminate();
		else this.#socket.send(JSON.stringify(message));
	}

	end(): void {
		this.#socket.close();
	}
}

/** A JSON-RPC message, or undefined: what `vscode-jsonrpc` would stumble over does not reach it. */
function parseMessage(text: string): Message | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	if (!isObject(value) || value["jsonrpc"] !== "2.0") return undefined;
	const { id, method, params } = value;
	if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number") return undefined;
	if (method === undefined) return "result" in value || "error" in value ? asMessage(value) : undefined;
	if (typeof method !== "string") return undefined;
	// Positional parameters belong to no method of ours; cancelling without an id throws.
	if (params !== undefined && params !== null && !isObject(params)) return undefined;
	if (method.startsWith("$/") && !isObject(params)) return undefined;
	return asMessage(value);
}

function asMessage(value: Record<string, unknown>): Message {
	return { ...value, jsonrpc: "2.0" };
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

import {
	AbstractMessageReader,
	AbstractMessageWriter,
	type DataCallback,
	type Disposable,
	type Message,
} from "vscode-jsonrpc/node";
import type { WebSocket } from "ws";

/** Reads JSON-RPC messages from a websocket, one text frame each. */
export class SocketReader extends AbstractMessageReader {
	readonly #socket: WebSocket;

	constructor(socket: WebSocket) {
		super();
		this.#socket = socket;
	}

	listen(callback: DataCallback): Disposable {
		const onMessage = (data: unknown) => {
			try {
				callback(JSON.parse(String(data)));
			} catch (error) {
				this.fireError(error instanceof Error ? error : new Error(String(error)));
			}
		};
		const onClose = () => this.fireClose();
		this.#socket.on("message", onMessage);
		this.#socket.on("close", onClose);
		return {
			dispose: () => {
				this.#socket.off("message", onMessage);
				this.#socket.off("close", onClose);
			},
		};
	}
}

/** Writes JSON-RPC messages to a websocket, one text frame each. */
export class SocketWriter extends AbstractMessageWriter {
	readonly #socket: WebSocket;

	constructor(socket: WebSocket) {
		super();
		this.#socket = socket;
	}

	write(message: Message): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()));
		});
	}

	end(): void {
		this.#socket.close();
	}
}

import type { Notify } from "../protocol/methods.ts";
import type { Arrival } from "./listener.ts";
import type { Log } from "./log.ts";
import { type Handlers, type RpcConnection, serveRpc } from "./rpcConnection.ts";
import { type WebSocketMessages, webSocketMessages } from "./webSocketMessages.ts";

export interface Clients {
	/** Tells every client that said hello. */
	readonly notify: Notify;
	/** Clients that said hello. */
	count(): number;
	/** Whether any websocket is open, known or not. */
	present(): boolean;
	/** Told when one of both has changed. */
	onChange(listener: () => void): void;
	/** Serves what comes in from now on. */
	serve(options: ServeOptions): (arrival: Arrival) => void;
}

export interface ServeOptions {
	readonly handlers: Omit<Handlers, "hello">;
	readonly serveLanguage: (messages: WebSocketMessages) => { dispose(): void };
	readonly version: string;
	readonly log: Log;
}

/** Who is connected. */
export function createClients(): Clients {
	const greeted = new Set<RpcConnection>();
	const changed: (() => void)[] = [];
	let open = 0;
	const tell = (): void => {
		for (const listener of changed) listener();
	};
	const serveOne = ({ endpoint, socket, known }: Arrival, options: ServeOptions): void => {
		open++;
		const messages = webSocketMessages(socket);
		socket.on("close", () => {
			open--;
			tell();
		});
		if (endpoint === "languageServer") {
			// Of this protocol the first message is `initialize`.
			socket.once("message", known);
			const served = options.serveLanguage(messages);
			socket.on("close", () => served.dispose());
		} else {
			const connection = serveRpc(messages, {
				...options,
				onHello: (client) => {
					known();
					greeted.add(connection);
					options.log("debug", `A client said hello: ${client.slice(0, 100)}`);
					tell();
				},
				onClose: () => greeted.delete(connection),
			});
		}
		tell();
	};
	return {
		notify: (name, params) => {
			for (const connection of greeted) connection.notify(name, params);
		},
		count: () => greeted.size,
		present: () => open > 0,
		onChange: (listener) => changed.push(listener),
		serve: (options) => (arrival) => serveOne(arrival, options),
	};
}

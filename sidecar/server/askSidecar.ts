import { connect } from "node:net";
import { createMessageConnection } from "vscode-jsonrpc/node";
import { WebSocket } from "ws";
import { endpoints } from "../protocol/connection.ts";
import { requests } from "../protocol/methods.ts";
import { webSocketMessages } from "./webSocketMessages.ts";

/**
 * Asks a sidecar on this machine one of what every version answers before hello. Rejects when it does not answer in
 * time, in milliseconds, or cannot be reached.
 */
export async function askSidecar(
	address: { readonly socket: string; readonly token: string },
	name: "ping" | "stopSidecar",
	{ params = {}, milliseconds }: { params?: Record<string, unknown>; milliseconds: number },
): Promise<void> {
	const socket = new WebSocket(`ws://localhost${endpoints.rpc}`, {
		createConnection: () => connect(address.socket),
		headers: { Authorization: `Bearer ${address.token}` },
	});
	const { reader, writer } = webSocketMessages(socket);
	const connection = createMessageConnection(reader, writer);
	connection.onError(() => {});
	const timer = setTimeout(() => socket.terminate(), milliseconds);
	try {
		await new Promise<void>((resolve, reject) => {
			socket.once("close", () => reject(new Error("The connection was closed.")));
			socket.once("error", reject);
			socket.once("open", () => {
				connection.listen();
				connection.sendRequest(requests[name].method, params).then(() => resolve(), reject);
			});
		});
	} finally {
		clearTimeout(timer);
		connection.dispose();
		socket.terminate();
	}
}

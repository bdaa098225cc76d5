import {
	type CancellationToken,
	createMessageConnection,
	ErrorCodes,
	type MessageConnection,
	ResponseError,
} from "vscode-jsonrpc/node";
import { WebSocket } from "ws";
import {
	endpoints,
	errorCode,
	errorDataSchema,
	protocolVersion,
	type SidecarAddress,
} from "../../sidecar/protocol/connection.ts";
import { notifications, requests } from "../../sidecar/protocol/methods.ts";
import { SidecarError, type SidecarErrorName } from "./errors.ts";
import type { RemoteSidecar, SidecarCommand } from "./locate.ts";
import { SocketReader, SocketWriter } from "./messages.ts";
import { startProcess } from "./process.ts";

/** A connection that said hello. Values are checked by the schemas of the protocol. */
export interface Wire {
	readonly pid: number;
	readonly version: string;
	request(name: keyof typeof requests, params: unknown, token: CancellationToken | undefined): Promise<unknown>;
	openSocket(path: string): Promise<WebSocket>;
	dispose(): void;
}

/** What a wire tells its owner. */
export interface WireEvents {
	notified(name: keyof typeof notifications, params: unknown): void;
	/** Once, unless it was disposed; `orderly` when the sidecar was told to end. */
	closed(orderly: boolean): void;
}

/** Starts or finds the sidecar, or connects to the remote one, and says hello. Rejects with `SidecarError`. */
export async function connectWire(target: SidecarCommand | RemoteSidecar, events: WireEvents): Promise<Wire> {
	const open = "url" in target ? remoteOpener(target) : await localOpener(target);
	const socket = await open(endpoints.rpc);
	const connection = createMessageConnection(new SocketReader(socket), new SocketWriter(socket));
	let disposed = false;
	connection.onError(() => {}); // the socket's close tells the rest
	connection.onNotification((method, params) => {
		const found = notificationNames.get(method);
		const checked = found === undefined ? undefined : notifications[found].params.safeParse(params);
		if (found !== undefined && checked?.success === true) events.notified(found, checked.data);
	});
	socket.once("close", (code: number) => {
		connection.dispose();
		if (!disposed) events.closed(code === 1001);
	});
	connection.listen();
	const wire: Omit<Wire, "pid" | "version"> = {
		request: (name, params, token) => ask(connection, name, params, token),
		openSocket: open,
		dispose: () => {
			disposed = true;
			socket.close();
		},
	};
	try {
		const hello = await ask(connection, "hello", { protocolVersion, client: "vscode" }, undefined);
		const { pid, version } = requests.hello.result.parse(hello);
		return { ...wire, pid, version };
	} catch (error) {
		wire.dispose();
		throw error;
	}
}

const notificationNames = new Map(
	(Object.keys(notifications) as (keyof typeof notifications)[]).map((name) => [notifications[name].method, name]),
);

async function localOpener(command: SidecarCommand): Promise<(path: string) => Promise<WebSocket>> {
	let address = await startProcess(command);
	if (address.protocolVersion !== protocolVersion) {
		// Another version of Maskwright left it running. It pauses what trains, and ours takes its place.
		await endOther(address);
		address = await startProcess(command);
	}
	if (address.protocolVersion !== protocolVersion) {
		throw new SidecarError(
			"protocolMismatch",
			`The sidecar speaks version ${address.protocolVersion} of the protocol and this window version ${protocolVersion}, because Maskwright was updated while they ran: reload the window.`,
		);
	}
	const { socket, token } = address;
	return (path) => openWebSocket(`ws+unix:${socket}:${path}`, token);
}

/** Every version answers `stopSidecar` before a hello; its runs are for the next one. Waits until the process is gone, ten seconds at most. */
async function endOther({ pid, socket, token }: SidecarAddress): Promise<void> {
	const open = await openWebSocket(`ws+unix:${socket}:${endpoints.rpc}`, token);
	const connection = createMessageConnection(new SocketReader(open), new SocketWriter(open));
	connection.listen();
	await connection.sendRequest(requests.stopSidecar.method, { keep: true }).catch(() => {}); // it may be gone first
	connection.dispose();
	open.close();
	for (let tries = 0; tries < 100 && isAlive(pid); tries++) await new Promise((resolve) => setTimeout(resolve, 100));
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

function remoteOpener({ url, token }: RemoteSidecar): (path: string) => Promise<WebSocket> {
	return (path) => openWebSocket(new URL(path, url).href, token);
}

function openWebSocket(address: string, token: string): Promise<WebSocket> {
	return new Promise((resolve, reject) => {
		const socket = new WebSocket(address, {
			headers: { authorization: `Bearer ${token}` },
			perMessageDeflate: false,
			handshakeTimeout: 10_000,
			maxPayload: 64 * 2 ** 20,
		});
		socket.once("open", () => {
			socket.off("error", failed);
			socket.on("error", () => {}); // `close` follows
			resolve(socket);
		});
		const failed = (error: Error) => {
			const refused = /\b401\b/.test(error.message);
			reject(
				new SidecarError(
					refused ? "usage" : "unreachable",
					refused
						? "The sidecar refused the token. Store the right one with the command Maskwright: Set Sidecar Token."
						: `The sidecar cannot be reached: ${error.message}.`,
				),
			);
		};
		socket.once("error", failed);
	});
}

async function ask(
	connection: MessageConnection,
	name: keyof typeof requests,
	params: unknown,
	token: CancellationToken | undefined,
): Promise<unknown> {
	const { method, result } = requests[name];
	try {
		const answer =
			token === undefined ? connection.sendRequest(method, params) : connection.sendRequest(method, params, token);
		return result.parse(await answer);
	} catch (error) {
		throw asSidecarError(error);
	}
}

const cancelledCode = -32_800;

function asSidecarError(error: unknown): SidecarError {
	if (error instanceof SidecarError) return error;
	if (!(error instanceof ResponseError) || error.code === ErrorCodes.PendingResponseRejected) {
		return new SidecarError("processDied", "The sidecar ended before it answered.");
	}
	if (error.code === cancelledCode) return new SidecarError("cancelled", "Cancelled.");
	const data = errorDataSchema.safeParse(error.data);
	if (error.code !== errorCode || !data.success) return new SidecarError("internal", error.message);
	return new SidecarError(data.data.name as SidecarErrorName, error.message, data.data.detail);
}

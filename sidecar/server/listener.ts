import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { MaskwrightError } from "../base/errors.ts";
import { type Endpoint, type Gate, judge, type Refusal } from "./gate.ts";

/** How much, how long and how many are waited for, before a client has made itself known and after. */
const limits = {
	headersMilliseconds: 5000,
	helloMilliseconds: 10_000,
	bytesBeforeHello: 1 << 20,
	/** A file of an editor, sent whole, is the largest frame. */
	frameBytes: 64 << 20,
	waitingClients: 32,
	/** Between two pings over TCP, where the end of the other machine is not told; one without an answer is given up. */
	heartbeatMilliseconds: 30_000,
};

/** A websocket that came in, with the word that its client has made itself known. */
export interface Arrival {
	readonly endpoint: Endpoint;
	readonly socket: WebSocket;
	readonly known: () => void;
}

export interface ListenOptions {
	/** A socket's path, or a host and port. */
	readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
	/** Asked at each request, with the port, where it is one. */
	readonly gate: (port: number | undefined) => Gate;
	readonly onArrival: (arrival: Arrival) => void;
}

export interface Listener {
	/** The port, where it is one. */
	readonly port: number | undefined;
	/** Lets nobody in from now on. */
	stopAccepting(): void;
	/** Ends every connection too. */
	close(): Promise<void>;
}

/**
 * Listens for websockets; whatever does not pass the gate gets a plain answer and is closed.
 * @throws `sidecarUnreachable` when the address cannot be taken.
 */
export async function listen({ at, gate, onArrival }: ListenOptions): Promise<Listener> {
	const server = createServer({ connectionsCheckingInterval: 500 });
	server.headersTimeout = limits.headersMilliseconds;
	server.requestTimeout = limits.headersMilliseconds;
	server.keepAliveTimeout = 1;
	server.maxHeadersCount = 64;
	const websockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false });
	const waiting = waitingRoom();
	server.on("connection", (socket: Socket) => waiting.enter(socket));
	server.on("request", (request: IncomingMessage) => {
		const judged = judge(request, gate(portOf(server)));
		refuse(request.socket, typeof judged === "string" ? { status: 404, sentence: "Only websockets." } : judged);
	});
	server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
		const judged = judge(request, gate(portOf(server)));
		if (typeof judged !== "string") return refuse(stream, judged);
		websockets.handleUpgrade(request, stream, head, (socket) => {
			if ("port" in at) keepAlive(socket);
			onArrival({ endpoint: judged, socket, known: untilKnown(socket, request.socket, waiting) });
		});
	});
	await startListening(server, at);
	return {
		port: portOf(server),
		stopAccepting: () => server.close(),
		close: () => closeServer(server, websockets),
	};
}

/** Counts the connections whose client is not known; above the limit a new one is turned away. */
function waitingRoom() {
	const waiting = new Set<Socket>();
	return {
		enter: (socket: Socket): void => {
			socket.on("error", () => socket.destroy());
			if (waiting.size >= limits.waitingClients) {
				socket.destroy();
				return;
			}
			waiting.add(socket);
			socket.on("close", () => waiting.delete(socket));
		},
		leave: (socket: Socket): void => {
			waiting.delete(socket);
		},
	};
}

/** Watches the time and the bytes of a client until it is known; returns the word that it is. */
function untilKnown(socket: WebSocket, stream: Socket, waiting: ReturnType<typeof waitingRoom>): () => void {
	const limit = stream.bytesRead + limits.bytesBeforeHello;
	const timer = setTimeout(() => socket.close(1008, "No hello came in time."), limits.helloMilliseconds);
	const count = (): void => {
		if (stream.bytesRead <= limit) return;
		known();
		socket.close(1009, "Too much came before hello.");
		stream.destroySoon();
	};
	const known = (): void => {
		clearTimeout(timer);
		stream.off("data", count);
		waiting.leave(stream);
	};
	stream.prependListener("data", count);
	socket.on("close", () => clearTimeout(timer));
	return known;
}

/** Gives up a client that answers no ping. */
function keepAlive(socket: WebSocket): void {
	let answered = true;
	const timer = setInterval(() => {
		if (!answered) return socket.terminate();
		answered = false;
		socket.ping();
	}, limits.heartbeatMilliseconds);
	socket.on("pong", () => {
		answered = true;
	});
	socket.on("close", () => clearInterval(timer));
}

const reasons = { 401: "Unauthorized", 403: "Forbidden", 404: "Not Found" } as const;

/** Answers in plain text and ends the connection; a client that does not read the answer is not waited for. */
function refuse(stream: Duplex, { status, sentence }: Refusal): void {
	const body = `${sentence}\n`;
	const head = [
		`HTTP/1.1 ${status} ${reasons[status]}`,
		"Content-Type: text/plain; charset=utf-8",
		`Content-Length: ${Buffer.byteLength(body)}`,
		...(status === 401 ? ["WWW-Authenticate: Bearer"] : []),
		"Connection: close",
	];
	stream.on("error", () => {});
	stream.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => stream.destroy());
	const timer = setTimeout(() => stream.destroy(), 1000);
	stream.on("close", () => clearTimeout(timer));
}

function portOf(server: Server): number | undefined {
	const address = server.address();
	return address !== null && typeof address === "object" ? address.port : undefined;
}

async function startListening(server: Server, at: ListenOptions["at"]): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(at, error)));
		server.listen(at, resolve);
	});
}

function cannotListen(at: ListenOptions["at"], error: NodeJS.ErrnoException): MaskwrightError {
	const where = "path" in at ? at.path : `${at.host}:${at.port}`;
	const why: Record<string, string> = {
		EADDRINUSE: "another program uses it. Choose another port",
		EADDRNOTAVAIL: "this machine has no such address. Choose one that it has, such as 127.0.0.1",
		EACCES: "the system does not permit it. Choose a port above 1023",
		ENOTFOUND: "no machine has this name. Check it",
	};
	const reason = why[error.code ?? ""] ?? `the system refused it (${error.code ?? error.message}). Choose another`;
	return new MaskwrightError("sidecarUnreachable", `The sidecar cannot listen on ${where}: ${reason}.`, {
		cause: error,
	});
}

async function closeServer(server: Server, websockets: WebSocketServer): Promise<void> {
	for (const socket of websockets.clients) socket.close(1001, "The sidecar ends.");
	server.close();
	server.closeAllConnections();
	const closed = Promise.all(
		[...websockets.clients].map((socket) => new Promise((resolve) => socket.once("close", resolve))),
	);
	// Websockets whose client does not answer the close.
	const timer = setTimeout(() => {
		for (const socket of websockets.clients) socket.terminate();
	}, 500);
	await closed;
	clearTimeout(timer);
}

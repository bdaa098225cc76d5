/** Starts `maskwright serve` as users get it (`npm run build` makes it) and speaks to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { createMessageConnection, type MessageConnection } from "vscode-jsonrpc/node";
import { WebSocket } from "ws";
import { addressSchema, endpoints, protocolVersion, type SidecarAddress } from "../../sidecar/protocol/connection.ts";
import type { ResultOf } from "../../sidecar/protocol/descriptors.ts";
import { requests } from "../../sidecar/protocol/methods.ts";
import { webSocketMessages } from "../../sidecar/server/webSocketMessages.ts";

const main = join(import.meta.dirname, "..", "..", "dist", "sidecar", "cli", "main.js");

export interface Serving {
	readonly process: ChildProcess;
	/** Undefined when it ended without one. */
	readonly address: SidecarAddress | undefined;
	readonly stderr: () => string;
	/** The exit code, or the signal, once it has ended. */
	readonly ended: Promise<number | string>;
}

/** Starts the program, which is killed when the test ends, and waits for its line or its end. */
export async function serve(
	test: Pick<TestContext, "after">,
	home: string,
	args: readonly string[] = [],
): Promise<Serving> {
	const env = { ...process.env, MASKWRIGHT_HOME: home };
	const child = spawn(process.execPath, [main, "serve", ...args], {
		env,
		stdio: ["ignore", "pipe", "pipe"],
	});
	let errors = "";
	child.stderr.on("data", (chunk: Buffer) => {
		errors += chunk.toString();
	});
	const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
	test.after(async () => {
		child.kill("SIGKILL");
		await ended;
	});
	const line = await Promise.race([
		once(createInterface({ input: child.stdout }), "line").then(([text]) => text as string),
		ended.then(() => undefined),
	]);
	const address = line === undefined ? undefined : addressSchema.parse(JSON.parse(line));
	return { process: child, address, stderr: () => errors, ended };
}

/** As `serve`; fails when no address was told. */
export async function serveAt(test: Pick<TestContext, "after">, home: string, args: readonly string[] = []) {
	const serving = await serve(test, home, args);
	if (serving.address === undefined) throw new Error(`serve ended with ${await serving.ended}: ${serving.stderr()}`);
	return { ...serving, address: serving.address };
}

export interface SocketOptions {
	readonly path?: string;
	readonly headers?: Record<string, string>;
	/** Over TCP instead of the socket. */
	readonly port?: number;
}

/** Opens a websocket; rejects with `Unexpected server response: STATUS` when it is turned away. */
export async function openSocket(address: SidecarAddress, options: SocketOptions = {}): Promise<WebSocket> {
	const { path = endpoints.rpc, headers = { Authorization: `Bearer ${address.token}` }, port } = options;
	const socket = new WebSocket(`ws://localhost${path}`, {
		headers,
		createConnection: () => (port === undefined ? connect(address.socket) : connect(port, "127.0.0.1")),
	});
	await once(socket, "open");
	socket.on("error", () => {});
	return socket;
}

export interface RpcClient {
	readonly socket: WebSocket;
	readonly connection: MessageConnection;
	ask<Name extends keyof typeof requests>(name: Name, params?: object): Promise<ResultOf<(typeof requests)[Name]>>;
	close(): Promise<void>;
}

/** Connects and, unless told otherwise, says hello. The connection is closed when the test ends. */
export async function connectTo(
	test: Pick<TestContext, "after">,
	address: SidecarAddress,
	options: SocketOptions & { hello?: boolean } = {},
): Promise<RpcClient> {
	const socket = await openSocket(address, options);
	const { reader, writer } = webSocketMessages(socket);
	const connection = createMessageConnection(reader, writer);
	connection.onError(() => {});
	connection.listen();
	socket.on("close", () => connection.dispose());
	test.after(() => socket.terminate());
	const client: RpcClient = {
		socket,
		connection,
		ask: (name, params = {}) => connection.sendRequest(requests[name].method, params),
		close: async () => {
			const closed = once(socket, "close");
			socket.close();
			await closed;
		},
	};
	if (options.hello !== false) await client.ask("hello", { protocolVersion, client: "test" });
	return client;
}

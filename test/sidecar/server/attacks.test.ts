import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import type { WebSocket } from "ws";
import type { SidecarAddress } from "../../../sidecar/protocol/connection.ts";
import { connectTo, openSocket, type Serving, serve, serveAt } from "../../support/servedSidecar.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const megabyte = 1 << 20;

describe("the port and the socket", () => {
	let context: Pick<TestContext, "after">;
	let served: Serving & { address: SidecarAddress };
	let home = "";
	let port = 0;
	let token = "";
	const ends: (() => unknown)[] = [];

	before(async () => {
		context = { after: (end) => void ends.push(end as () => unknown) };
		home = temporaryFolder(context);
		served = await serveAt(context, home, ["--listen", "127.0.0.1:0", "--allow-host", "gpu.example"]);
		port = Number(served.address.listen?.split(":")[1]);
		token = readFileSync(join(home, "sidecar", "listen-token"), "utf8").trim();
	});
	after(async () => {
		for (const end of ends.reverse()) await end();
	});

	const right = (): Record<string, string> => ({ Authorization: `Bearer ${token}`, Host: `127.0.0.1:${port}` });

	/** What a websocket's opening request is answered with: 101 when it gets in. */
	async function knock(path: string, headers: Record<string, string>, over: "port" | "socket" = "port") {
		const upgrade = {
			Connection: "Upgrade",
			Upgrade: "websocket",
			"Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
		};
		const where = over === "port" ? { host: "127.0.0.1", port } : { socketPath: served.address.socket };
		const sent = httpRequest({ ...where, path, headers: { ...upgrade, ...headers } });
		sent.end();
		const [answer] = await Promise.race([once(sent, "response"), once(sent, "upgrade")]);
		const closed = once(answer.socket, "close");
		if (answer.statusCode === 101) answer.socket.destroy();
		await closed;
		return answer.statusCode as number;
	}

	test("the right token, host and path get in", async () => {
		const answers = [
			await knock("/rpc", right()),
			await knock("/lsp", right()),
			await knock("/rpc", { ...right(), Host: `gpu.example:${port}` }),
			await knock("/rpc", { Authorization: `Bearer ${served.address.token}` }, "socket"),
		];
		assert.deepEqual(answers, [101, 101, 101, 101]);
		const client = await connectTo(context, served.address, { port, headers: right() });
		assert.deepEqual(await client.ask("ping"), {});
		await client.close();
	});

	const attacks: [string, number, () => [path: string, headers: Record<string, string>, over?: "port" | "socket"]][] = [
		["no token", 401, () => ["/rpc", { Host: `127.0.0.1:${port}` }]],
		["an empty token", 401, () => ["/rpc", { ...right(), Authorization: "Bearer " }]],
		[
			"a wrong token of the same length",
			401,
			() => ["/rpc", { ...right(), Authorization: `Bearer ${"A".repeat(43)}` }],
		],
		["the right token cut by one", 401, () => ["/rpc", { ...right(), Authorization: `Bearer ${token.slice(0, -1)}` }]],
		[
			"the token of the socket at the port",
			401,
			() => ["/rpc", { ...right(), Authorization: `Bearer ${served.address.token}` }],
		],
		["the token of the port at the socket", 401, () => ["/rpc", { Authorization: `Bearer ${token}` }, "socket"]],
		["no token at the socket", 401, () => ["/rpc", {}, "socket"]],
		["another scheme", 401, () => ["/rpc", { ...right(), Authorization: `Basic ${token}` }]],
		["the token in the URL", 401, () => [`/rpc?token=${token}`, { Host: `127.0.0.1:${port}` }]],
		["the token in the URL too", 404, () => [`/rpc?token=${token}`, right()]],
		[
			"the token as a websocket protocol",
			401,
			() => ["/rpc", { Host: `127.0.0.1:${port}`, "Sec-WebSocket-Protocol": token }],
		],
		["the token in a cookie", 401, () => ["/rpc", { Host: `127.0.0.1:${port}`, Cookie: `token=${token}` }]],
		["a foreign origin", 403, () => ["/rpc", { ...right(), Origin: "https://evil.example" }]],
		["the null origin", 403, () => ["/rpc", { ...right(), Origin: "null" }]],
		["our own origin", 403, () => ["/rpc", { ...right(), Origin: `http://127.0.0.1:${port}` }]],
		[
			"a foreign origin at the socket",
			403,
			() => ["/rpc", { Authorization: `Bearer ${served.address.token}`, Origin: "https://evil.example" }, "socket"],
		],
		["a rebound host", 403, () => ["/rpc", { ...right(), Host: `evil.example:${port}` }]],
		["a rebound host without a port", 403, () => ["/rpc", { ...right(), Host: "evil.example" }]],
		["our host with another port", 403, () => ["/rpc", { ...right(), Host: "127.0.0.1:1" }]],
		["a host that begins with an allowed one", 403, () => ["/rpc", { ...right(), Host: "gpu.example.evil.example" }]],
		["another path", 404, () => ["/", right()]],
		["a path that leads out and in", 404, () => ["/x/../rpc", right()]],
		["a path in other letters", 404, () => ["/RPC", right()]],
	];
	for (const [name, status, make] of attacks) {
		test(`${name} is turned away with ${status} and the connection is closed`, async () => {
			assert.equal(await knock(...make()), status);
		});
	}

	test("a request that is no websocket gets nothing, whatever it knows", async () => {
		const statuses: (number | undefined)[] = [];
		for (const headers of [right(), { Host: `127.0.0.1:${port}` }]) {
			const sent = httpRequest({ host: "127.0.0.1", port, path: "/rpc", method: "POST", headers });
			sent.on("error", () => {});
			sent.end("{}");
			const [answer] = await once(sent, "response");
			statuses.push(answer.statusCode);
			answer.resume();
		}
		assert.deepEqual(statuses, [404, 401]);
	});

	/** The websocket's close code. */
	const closing = async (socket: WebSocket): Promise<number> => ((await once(socket, "close")) as [number])[0];
	const open = (): Promise<WebSocket> => openSocket(served.address, { port, headers: right() });

	test("a large frame before hello, and a huge one after it, end the connection", async () => {
		const early = await open();
		const earlyEnd = closing(early);
		early.send(Buffer.alloc(2 * megabyte, "x"), { binary: false });
		assert.ok([1006, 1009].includes(await earlyEnd));
		const client = await connectTo(context, served.address, { port, headers: right() });
		const text = "x".repeat(2 * megabyte);
		await assert.rejects(client.ask("useModel", { model: text }), /model|path/i);
		const end = closing(client.socket);
		client.socket.send(Buffer.alloc(65 * megabyte, "x"), { binary: false });
		assert.ok([1006, 1009].includes(await end));
	});

	const badFrames: [string, string | Buffer][] = [
		["no JSON", "hello"],
		["half JSON", '{"jsonrpc":"2.0"'],
		["no object", "42"],
		["null", "null"],
		["a batch", '[{"jsonrpc":"2.0","id":1,"method":"maskwright/sidecar/ping"}]'],
		["another JSON-RPC", '{"jsonrpc":"1.0","id":1,"method":"maskwright/sidecar/ping"}'],
		["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"maskwright/sidecar/ping"}'],
		["a method that is a number", '{"jsonrpc":"2.0","id":1,"method":7}'],
		["positional parameters", '{"jsonrpc":"2.0","id":1,"method":"maskwright/sidecar/ping","params":[]}'],
		["cancelling nothing", '{"jsonrpc":"2.0","method":"$/cancelRequest"}'],
		["a binary frame", Buffer.from('{"jsonrpc":"2.0","id":1,"method":"maskwright/sidecar/ping"}')],
	];
	for (const [name, frame] of badFrames) {
		test(`a frame with ${name} ends the connection`, async () => {
			const socket = await open();
			const end = closing(socket);
			socket.send(frame);
			assert.equal(await end, 1003);
		});
	}

	test("before hello only a ping is answered; an unknown method and wrong parameters are refused by name", async () => {
		const early = await connectTo(context, served.address, { hello: false });
		assert.deepEqual(await early.ask("ping"), {});
		await assert.rejects(early.ask("listRuns"), { code: -32_001, data: { name: "usage" } });
		await assert.rejects(
			early.ask("hello", { protocolVersion: 999, client: "x" }),
			(error: Error & { data?: unknown }) => {
				assert.deepEqual(error.data, { name: "protocolMismatch" });
				return /restart the sidecar and reload the window\.$/.test(error.message);
			},
		);
		const client = await connectTo(context, served.address);
		await assert.rejects(client.connection.sendRequest("maskwright/no/such", {}), { code: -32_601 });
		await assert.rejects(client.connection.sendRequest("__proto__", {}), { code: -32_601 });
		const flood = Array.from({ length: 2000 }, (_, place) => client.ask("readRun", { run: place, from: -1 }));
		const names = (await Promise.allSettled(flood)).map((each) => each.status === "rejected" && each.reason.data?.name);
		assert.deepEqual(new Set(names), new Set(["usage"]));
		assert.deepEqual(await client.ask("ping"), {});
	});

	const tcp = async (): Promise<Socket> => {
		const socket = connect(port, "127.0.0.1");
		socket.on("error", () => {});
		await once(socket, "connect");
		return socket;
	};

	test("headers that trickle, a silent connection and a withheld hello are ended, while others are served", async () => {
		const trickle = await tcp();
		trickle.write("GET /rpc HTTP/1.1\r\n");
		const drip = setInterval(() => trickle.write("X-A: b\r\n"), 200);
		const silent = await tcp();
		const withheld = await open();
		const language = await openSocket(served.address, { path: "/lsp", port, headers: right() });
		const ended = Promise.all([
			once(trickle.resume(), "close"),
			once(silent.resume(), "close"),
			closing(withheld),
			closing(language),
		]);
		const client = await connectTo(context, served.address, { port, headers: right() });
		const [, , ...codes] = await ended;
		clearInterval(drip);
		assert.deepEqual(codes, [1008, 1008]);
		assert.deepEqual(await client.ask("ping"), {});
	});

	test("a request with an empty Host, two or none is turned away", async () => {
		const statuses: string[] = [];
		for (const hosts of ["Host:\r\n", `Host: evil.example\r\nHost: 127.0.0.1:${port}\r\n`, ""]) {
			const socket = await tcp();
			socket.write(`GET /rpc HTTP/1.1\r\n${hosts}Authorization: Bearer ${token}\r\nConnection: Upgrade\r\n`);
			socket.write(
				"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
			);
			const [answer] = (await once(socket, "data")) as [Buffer];
			statuses.push(answer.toString().split(" ")[1] ?? "");
			socket.destroy();
		}
		assert.deepEqual(statuses, ["403", "403", "403"]);
	});

	test("many that wait at the port leave the socket free", async () => {
		const waiting = await Promise.all(Array.from({ length: 40 }, tcp));
		const late = await tcp();
		await once(late.resume(), "close");
		const client = await connectTo(context, served.address);
		assert.deepEqual(await client.ask("ping"), {});
		for (const socket of waiting) socket.destroy();
	});

	test("neither the token file's content nor that of the socket stands in the log or in the arguments", () => {
		const told = readFileSync(join(home, "sidecar", "log"), "utf8") + served.stderr();
		const args = process.platform === "linux" ? readFileSync(`/proc/${served.address.pid}/cmdline`, "utf8") : "";
		for (const secret of [token, served.address.token]) assert.ok(!`${told}${args}`.includes(secret));
		assert.equal(statSync(join(home, "sidecar", "listen-token")).mode & 0o777, 0o600);
	});
});

test("a token file that others can read, or that holds no token, is refused with a sentence", async (context) => {
	const home = temporaryFolder(context);
	const file = join(home, "token");
	const start = () => serve(context, home, ["--listen", "127.0.0.1:0", "--token-file", file]);
	writeFileSync(file, `${"a".repeat(43)}\n`);
	chmodSync(file, 0o640);
	const open = await start();
	assert.deepEqual([await open.ended, open.address], [1, undefined]);
	assert.match(open.stderr(), /^Others than you can read the token in .*chmod 600/);
	writeFileSync(file, "short\n");
	chmodSync(file, 0o600);
	const short = await start();
	assert.equal(await short.ended, 2);
	assert.match(short.stderr(), /holds no token/);
});

test("a sidecar without a port is replaced by one with it, and that one is kept", async (context) => {
	const home = temporaryFolder(context);
	const plain = await serveAt(context, home);
	const listening = await serveAt(context, home, ["--listen", "127.0.0.1:0"]);
	assert.equal(await plain.ended, 0);
	assert.equal(listening.address.pid, listening.process.pid);
	const found = await serveAt(context, home);
	assert.deepEqual([await found.ended, found.address.pid], [0, listening.address.pid]);
});

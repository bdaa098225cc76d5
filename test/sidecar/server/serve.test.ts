import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { protocolVersion } from "../../../sidecar/protocol/connection.ts";
import { connectTo, type Serving, serve, serveAt } from "../../support/servedSidecar.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const lockOf = (home: string): string => join(home, "sidecar", "lock.json");

/** The one that has become the sidecar; all others must tell its address and end with 0. */
async function theOne(servings: readonly Serving[]): Promise<Serving> {
	const pids = new Set(servings.map(({ address }) => address?.pid));
	assert.equal(pids.size, 1, `${servings.map(({ stderr }) => stderr()).join("")}${[...pids].join(", ")}`);
	const [pid] = pids;
	const others = servings.filter((each) => each.process.pid !== pid);
	assert.deepEqual(new Set(await Promise.all(others.map(({ ended }) => ended))), new Set([0]));
	assert.equal(others.length, servings.length - 1);
	return servings.find((each) => each.process.pid === pid) as Serving;
}

test("of eight started in the same instant one becomes the sidecar; its files are the user's alone", async (context) => {
	const home = temporaryFolder(context);
	const sidecar = await theOne(await Promise.all(Array.from({ length: 8 }, () => serve(context, home))));
	const folder = join(home, "sidecar");
	const modes = ["lock.json", "log", "socket"].map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
	assert.deepEqual(
		[statSync(folder).mode & 0o777, ...modes],
		[0o700, ["lock.json", 0o600], ["log", 0o600], ["socket", 0o600]],
	);
	// Killed, it leaves lock and socket; of the next ones again one takes over, another pid with the same start too.
	sidecar.process.kill("SIGKILL");
	await sidecar.ended;
	assert.ok(existsSync(lockOf(home)) && existsSync(sidecar.address?.socket ?? ""));
	const next = await theOne(await Promise.all(Array.from({ length: 4 }, () => serve(context, home))));
	assert.notEqual(next.address?.pid, sidecar.address?.pid);
	assert.notEqual(next.address?.token, sidecar.address?.token);
	const client = await connectTo(context, next.address as NonNullable<Serving["address"]>);
	assert.deepEqual(await client.ask("ping"), {});
	next.process.kill("SIGTERM");
	assert.equal(await next.ended, 0);
	assert.ok(!existsSync(lockOf(home)) && !existsSync(next.address?.socket ?? ""));
});

test("two clients meet the same sidecar, which ends when the last has gone", async (context) => {
	const home = temporaryFolder(context);
	const { address, ended } = await serveAt(context, home, ["--linger", "1"]);
	const first = await connectTo(context, address);
	const notices = new EventEmitter();
	first.connection.onNotification("maskwright/sidecar/changed", ({ clients }: { clients: number }) => {
		notices.emit(String(clients));
	});
	const told = once(notices, "2");
	const second = await connectTo(context, address);
	const [one, two] = await Promise.all([first.ask("status"), second.ask("status")]);
	assert.deepEqual([one.pid, two.pid, one.clients, one.activeRuns], [address.pid, address.pid, 2, 0]);
	await told;
	const alone = once(notices, "1");
	await second.close();
	await alone;
	await first.close();
	assert.equal(await ended, 0);
	assert.ok(!existsSync(lockOf(home)) && !existsSync(address.socket));
});

test("it stays while a client is there, and when nobody reads its output any more", async (context) => {
	const home = temporaryFolder(context);
	const serving = await serveAt(context, home, ["--linger", "0"]);
	serving.process.stdout?.destroy();
	serving.process.stderr?.destroy();
	const client = await connectTo(context, serving.address);
	await assert.rejects(client.ask("readRun", { run: "none", from: 0 }));
	assert.deepEqual(await client.ask("ping"), {});
	await client.close();
	assert.equal(await serving.ended, 0);
});

test("a client stops it", async (context) => {
	const home = temporaryFolder(context);
	const { address, ended } = await serveAt(context, home);
	const client = await connectTo(context, address);
	const closed = once(client.socket, "close");
	assert.deepEqual(await client.ask("stopSidecar"), {});
	assert.equal(await ended, 0);
	assert.deepEqual((await closed)[0], 1001);
});

test("a sidecar of another protocol version is asked to end and replaced", async (context) => {
	const home = temporaryFolder(context);
	const old = await serveAt(context, home);
	const lock = JSON.parse(readFileSync(lockOf(home), "utf8"));
	writeFileSync(lockOf(home), JSON.stringify({ ...lock, protocolVersion: protocolVersion + 1 }));
	const next = await serveAt(context, home);
	assert.equal(await old.ended, 0);
	assert.equal(next.address.pid, next.process.pid);
	assert.equal(next.address.protocolVersion, protocolVersion);
});

test("a sidecar that lives and does not answer is told of in a sentence", async (context) => {
	const home = temporaryFolder(context);
	const silent = createServer();
	const socket = join(temporaryFolder(context), "socket");
	silent.listen(socket);
	await once(silent, "listening");
	context.after(() => silent.close());
	const stat = readFileSync("/proc/self/stat", "utf8");
	const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
	const lock = { pid: process.pid, started, socket, token: "x", protocolVersion, version: "0.0.9", listen: null };
	mkdirSync(join(home, "sidecar"));
	writeFileSync(lockOf(home), JSON.stringify(lock));
	const { address, ended, stderr } = await serve(context, home);
	assert.deepEqual([address, await ended], [undefined, 1]);
	assert.equal(
		stderr(),
		`The sidecar that runs already (process ${process.pid}, version 0.0.9) does not answer. End that process, then try again.\n`,
	);
});

test("in a folder with a long path the socket lies in a private folder elsewhere", async (context) => {
	const home = join(temporaryFolder(context), "long".repeat(30));
	const serving = await serveAt(context, home);
	const { socket } = serving.address;
	assert.ok(Buffer.byteLength(socket) <= 100 && !socket.startsWith(home), socket);
	assert.equal(statSync(join(socket, "..")).mode & 0o777, 0o700);
	assert.deepEqual(await (await connectTo(context, serving.address)).ask("ping"), {});
	serving.process.kill("SIGTERM");
	await serving.ended;
	assert.ok(!existsSync(socket));
});

test("it is small, has no engine in it and opens no TCP port", {
	skip: process.platform !== "linux",
}, async (context) => {
	const { address } = await serveAt(context, temporaryFolder(context));
	const client = await connectTo(context, address);
	await client.ask("listModels");
	const maps = readFileSync(`/proc/${address.pid}/maps`, "utf8");
	assert.doesNotMatch(maps, /onnxruntime/);
	assert.deepEqual(listeningPorts(address.pid), []);
});

/** The TCP ports on which a process listens, by the sockets that it has open. */
function listeningPorts(pid: number): number[] {
	const folder = `/proc/${pid}/fd`;
	const open = new Set(readdirSync(folder).map((name) => linkOf(join(folder, name))));
	return ["tcp", "tcp6"].flatMap((table) =>
		readFileSync(`/proc/${pid}/net/${table}`, "utf8")
			.split("\n")
			.slice(1)
			.map((line) => line.trim().split(/\s+/))
			// State 0A is LISTEN; field 9 is the socket's inode.
			.filter((fields) => fields[3] === "0A" && open.has(`socket:[${fields[9]}]`))
			.map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16)),
	);
}

function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return ""; // closed meanwhile
	}
}

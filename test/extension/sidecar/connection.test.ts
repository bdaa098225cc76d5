/** The extension's supervisor with real sidecar processes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createSidecar, type Sidecar, type SidecarState } from "../../../extension/sidecar/connection.ts";
import { SidecarError } from "../../../extension/sidecar/errors.ts";
import type { RemoteSidecar, SidecarCommand } from "../../../extension/sidecar/locate.ts";
import { serveAt } from "../../support/servedSidecar.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const main = join(import.meta.dirname, "..", "..", "..", "sidecar", "cli", "main.ts");

function serveCommand(home: string): SidecarCommand {
	const env = { ...process.env, MASKWRIGHT_HOME: home };
	return { file: process.execPath, args: ["--import", "tsx", main, "serve", "--linger", "1"], env };
}

/** A supervisor whose sidecar is killed and whose folder is removed when the test ends. */
function supervised(test: TestContext, target?: () => SidecarCommand | RemoteSidecar) {
	const home = temporaryFolder(test);
	const lines: string[] = [];
	const keep = (message: string) => void lines.push(message);
	const log = { debug: keep, info: keep, warn: keep, error: keep };
	const sidecar = createSidecar({ target: async () => target?.() ?? serveCommand(home), log });
	const pids = new Set<number>();
	const states: SidecarState[] = [];
	sidecar.onDidChangeState((state) => {
		states.push(state);
		const pid = sidecar.status()?.pid;
		if (pid !== undefined) pids.add(pid);
	});
	test.after(() => {
		sidecar.dispose();
		for (const pid of pids) endIfAlive(pid);
	});
	return { sidecar, states, lines, home };
}

function endIfAlive(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {
		// It has ended.
	}
}

function becomes(sidecar: Sidecar, wanted: SidecarState): Promise<void> {
	return new Promise((resolve) => {
		const listening = sidecar.onDidChangeState((state) => {
			if (state !== wanted) return;
			listening.dispose();
			resolve();
		});
	});
}

async function pidOf(sidecar: Sidecar): Promise<number> {
	return (await sidecar.request("status", {})).pid;
}

test("nothing runs before the first request, which starts the sidecar", async (t) => {
	const { sidecar, states } = supervised(t);
	assert.equal(sidecar.state, "stopped");
	assert.ok((await pidOf(sidecar)) > 0);
	assert.deepEqual(states, ["starting", "ready"]);
});

test("two supervisors share one sidecar, and one that is disposed leaves it to the other", async (t) => {
	const first = supervised(t);
	const second = supervised(t, () => serveCommand(first.home));
	const pids = await Promise.all([pidOf(first.sidecar), pidOf(second.sidecar)]);
	assert.equal(pids[0], pids[1]);
	first.sidecar.dispose();
	assert.equal(await pidOf(second.sidecar), pids[0]);
});

test("a killed sidecar comes back, and those who listen still hear it", async (t) => {
	const { sidecar } = supervised(t);
	const heard: number[] = [];
	sidecar.onNotification("statusChanged", ({ pid }) => heard.push(pid));
	const before = await pidOf(sidecar);
	const back = becomes(sidecar, "ready");
	process.kill(before, "SIGKILL");
	await back;
	const after = await pidOf(sidecar);
	assert.notEqual(after, before);
	const socket = await sidecar.openSocket("/rpc"); // a client more
	socket.close();
	await once(socket, "close");
});

test("a request under way when the sidecar is killed is refused, the next is answered", async (t) => {
	const { sidecar } = supervised(t);
	const pid = await pidOf(sidecar);
	process.kill(pid, "SIGSTOP"); // so that it cannot answer first
	const asked = sidecar.request("ping", {});
	process.kill(pid, "SIGKILL");
	await assert.rejects(asked, (error) => error instanceof SidecarError && error.errorName === "processDied");
	assert.deepEqual(await sidecar.request("ping", {}), {});
});

test("a stop ends the process, and the next request starts another", async (t) => {
	const { sidecar, states } = supervised(t);
	const pid = await pidOf(sidecar);
	await sidecar.stop();
	assert.equal(sidecar.state, "stopped");
	assert.notEqual(await pidOf(sidecar), pid);
	assert.deepEqual(states, ["starting", "ready", "stopped", "starting", "ready"]);
});

test("when another window stops the sidecar, it is not started again", async (t) => {
	const first = supervised(t);
	const second = supervised(t, () => serveCommand(first.home));
	await Promise.all([pidOf(first.sidecar), pidOf(second.sidecar)]);
	const stopped = becomes(second.sidecar, "stopped");
	await first.sidecar.stop();
	await stopped;
	assert.deepEqual(second.states, ["starting", "ready", "stopped"]);
});

test("a setting that makes no sense fails at once, and a start tries again", async (t) => {
	let url = "wrong";
	const { sidecar, home } = supervised(t, () => {
		if (url === "wrong") throw new SidecarError("usage", "The address is wrong.");
		return serveCommand(home);
	});
	await assert.rejects(sidecar.request("ping", {}), /The address is wrong/);
	assert.equal(sidecar.state, "failed");
	assert.equal(sidecar.failure?.message, "The address is wrong.");
	url = "right";
	await sidecar.start();
	assert.equal(sidecar.state, "ready");
	assert.equal(sidecar.failure, undefined);
});

test("a sidecar of another machine is reached over its port with its token alone", async (t) => {
	const home = temporaryFolder(t);
	const { address } = await serveAt(t, home, ["--listen", "127.0.0.1:0"]);
	const url = new URL(`ws://${address.listen}`);
	const token = readFileSync(join(home, "sidecar", "listen-token"), "utf8").trim();
	const remote = supervised(t, () => ({ url, token }));
	assert.equal(await pidOf(remote.sidecar), address.pid);
	const socket = await remote.sidecar.openSocket("/lsp");
	socket.close();
	const wrong = supervised(t, () => ({ url, token: address.token }));
	await assert.rejects(wrong.sidecar.request("ping", {}), /refused the token.*Set Sidecar Token/);
	assert.equal(wrong.sidecar.state, "failed");
});

test("a program that ends at once is told with what it wrote, and a stop ends the attempts", async (t) => {
	const args = ["-e", "console.error('no room on the disk'); process.exit(3)"];
	const { sidecar, lines } = supervised(t, () => ({ file: process.execPath, args, env: process.env }));
	const asked = assert.rejects(sidecar.request("ping", {}), /was stopped/);
	while (!lines.includes("no room on the disk")) await new Promise((resolve) => setTimeout(resolve, 20));
	assert.ok(lines.includes("The sidecar ended at once (exit code 3)."));
	await sidecar.stop();
	await asked;
	assert.equal(sidecar.state, "stopped");
});

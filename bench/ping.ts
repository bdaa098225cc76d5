/**
 * How long the sidecar takes to answer a ping, idle and while code-mlm-small trains on this repository: prints the
 * median, the 95th percentile and the longest in milliseconds. Ends the sidecar that it starts, and removes its run.
 * Usage: npm run build && node --import tsx bench/ping.ts [SECONDS]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { createMessageConnection } from "vscode-jsonrpc/node";
import { WebSocket } from "ws";
import { addressSchema, endpoints, protocolVersion } from "../sidecar/protocol/connection.ts";
import { notifications, requests } from "../sidecar/protocol/methods.ts";
import { webSocketMessages } from "../sidecar/server/webSocketMessages.ts";

const seconds = Number(process.argv[2] ?? 15);
const repository = join(import.meta.dirname, "..");
const home = mkdtempSync(join(tmpdir(), "maskwright-ping-"));
const main = join(repository, "dist", "sidecar", "cli", "main.js");
const child = spawn(process.execPath, [main, "serve"], {
	env: { ...process.env, MASKWRIGHT_HOME: home },
	stdio: ["ignore", "pipe", "inherit"],
});
try {
	const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
	const { socket: path, token } = addressSchema.parse(JSON.parse(line));
	const socket = new WebSocket(`ws://localhost${endpoints.rpc}`, {
		createConnection: () => connect(path),
		headers: { Authorization: `Bearer ${token}` },
	});
	await once(socket, "open");
	const { reader, writer } = webSocketMessages(socket);
	const connection = createMessageConnection(reader, writer);
	connection.listen();
	const ask = (name: keyof typeof requests, params: object = {}): Promise<unknown> =>
		connection.sendRequest(requests[name].method, params);
	await ask("hello", { protocolVersion, client: "bench" });
	console.log(`idle: ${await measure(() => ask("ping"), seconds / 3)}`);
	const { memoryBytes } = requests.status.result.parse(await ask("status"));
	console.log(`memory of the idle sidecar: ${Math.round(memoryBytes / 2 ** 20)} MB`);
	const preview = ask("previewCorpus", { corpus: repository });
	console.log(`while a preview is made: ${await measure(() => ask("ping"), seconds / 3)}`);
	await preview;
	const steps = new Promise<void>((resolve) => {
		connection.onNotification(notifications.runEvent.method, ({ event }: { event: { event: string } }) => {
			if (event.event === "step") resolve();
		});
	});
	await ask("startRun", { corpus: repository, recipe: "code-mlm-small", budget: { minutes: 2 }, device: "cpu" });
	console.log(`while a run prepares: ${await measure(() => ask("ping"), seconds / 3)}`);
	await steps;
	console.log(`while it trains: ${await measure(() => ask("ping"), seconds)}`);
	await ask("stopSidecar");
	await once(child, "close");
} finally {
	child.kill("SIGKILL");
	rmSync(home, { recursive: true, force: true });
}

/** Pings one after another, 20 milliseconds apart. */
async function measure(ping: () => Promise<unknown>, duration: number): Promise<string> {
	const times: number[] = [];
	const end = performance.now() + duration * 1000;
	while (performance.now() < end) {
		const start = performance.now();
		await ping();
		times.push(performance.now() - start);
		await wait(20);
	}
	times.sort((a, b) => a - b);
	const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
	return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms of ${times.length}`;
}

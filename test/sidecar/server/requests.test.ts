import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CancellationTokenSource } from "vscode-jsonrpc/node";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { connectTo, serveAt } from "../../support/servedSidecar.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

test("pings are answered while a corpus is previewed and a long run is read; a cancelled preview says so", async (context) => {
	const home = temporaryFolder(context);
	const corpus = temporaryFolder(context);
	for (let file = 0; file < 300; file++) {
		const lines = Array.from({ length: 400 }, (_, line) => `export const name${line}_${file} = ${line * file};`);
		writeFileSync(join(corpus, `file${file}.ts`), lines.join("\n"));
	}
	const steps = 20_000;
	writeRun(join(home, "runs", "long"), steps);
	const { address } = await serveAt(context, home);
	const client = await connectTo(context, address);
	const cancel = new CancellationTokenSource();
	let previewing = true;
	const preview = client.connection.sendRequest(requests.previewCorpus.method, { corpus }, cancel.token).finally(() => {
		previewing = false;
	});
	const refused = assert.rejects(preview, { code: -32_800 });
	for (let ping = 0; ping < 20; ping++) assert.deepEqual(await client.ask("ping"), {});
	assert.ok(previewing);
	cancel.cancel();
	await refused;
	let lines = 0;
	for (let more = true; more; ) {
		const [part] = await Promise.all([client.ask("readRun", { run: "long", from: lines }), client.ask("ping")]);
		lines = part.next;
		more = part.more;
	}
	assert.equal(lines, steps + 1);
});

test("what fails is told by name, and the sidecar goes on", async (context) => {
	const { address } = await serveAt(context, temporaryFolder(context));
	const client = await connectTo(context, address);
	const named = (name: string) => ({ code: -32_001, data: { name } });
	await assert.rejects(client.ask("readRun", { run: "none", from: 0 }), named("notFound"));
	await assert.rejects(client.ask("fillText", { text: "a [MASK]" }), named("notFound"));
	await assert.rejects(client.ask("fillText", { text: "a [MASK]", top: 0 }), named("usage"));
	assert.deepEqual([await client.ask("listRuns"), await client.ask("listModels")], [[], []]);
});

/** A run as a terminal has left it, with so many steps. */
function writeRun(folder: string, steps: number): void {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "recipe.json"), "{}");
	const run = {
		event: "run",
		run: "long",
		path: folder,
		recipe: "r",
		seed: 1,
		device: "cpu",
		executionProvider: "cpu",
		threads: 1,
	};
	const step = (number: number) => ({
		event: "step",
		step: number,
		loss: 8.5,
		learningRate: 0.001,
		gradientNorm: 1.5,
		tokens: 2048,
		tokensPerSecond: 9000,
		secondsLeft: null,
		seconds: number,
		memoryBytes: 1,
	});
	const events = [run, ...Array.from({ length: steps }, (_, place) => step(place + 1))];
	writeFileSync(join(folder, "metrics.jsonl"), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

/** The one part that uses the network is the download that a user asks for. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { fakeHub } from "../support/fakeHub.ts";
import { writeHuggingFaceFolder } from "../support/huggingFaceFolder.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { tinySettings, writeTinyCorpus } from "../support/tinyTraining.ts";

const house = join(import.meta.dirname, "..", "..");

test("no source names what a browser or Node connects with, but the hub, the server and its client", () => {
	const allowed = /^(sidecar\/(interop\/hub|server)\/|extension\/sidecar\/)/;
	const found: string[] = [];
	for (const room of ["sidecar", "extension", "webview"]) {
		for (const name of readdirSync(join(house, room), { recursive: true, encoding: "utf8" })) {
			const path = `${room}/${name}`;
			if (!/\.ts$/.test(name) || allowed.test(path)) continue;
			const text = readFileSync(join(house, path), "utf8");
			if (/\bfetch\(|\bnew (WebSocket|EventSource|XMLHttpRequest)\b|sendBeacon/.test(text)) found.push(path);
		}
	}
	assert.deepEqual(found, []);
});

test("importing, training, filling, indexing and searching open no connection; a download does", async (context) => {
	const folder = temporaryFolder(context);
	const [home, corpus, model, log] = ["home", "corpus", "model", "log"].map((name) => join(folder, name)) as [
		string,
		string,
		string,
		string,
	];
	writeTinyCorpus(corpus);
	writeHuggingFaceFolder(model, "google-bert/bert-base-uncased");
	writeFileSync(log, "");
	const hub = await fakeHub(
		context,
		"owner/bert",
		Object.fromEntries(readdirSync(model).map((name) => [name, readFileSync(join(model, name))])),
	);
	const preload = pathToFileURL(join(house, "test", "support", "connectionsChild.ts")).href;
	const env = {
		...process.env,
		MASKWRIGHT_HOME: home,
		MASKWRIGHT_HUB_ENDPOINT: hub.endpoint,
		MASKWRIGHT_CONNECTIONS: log,
		NODE_OPTIONS: `--import tsx --import ${preload}`,
	};
	const call = async (...args: string[]): Promise<string> => {
		const child = spawn(process.execPath, [join(house, "sidecar", "cli", "main.ts"), ...args], {
			env,
			cwd: house,
			stdio: ["ignore", "ignore", "pipe"],
		});
		let errors = "";
		child.stderr.on("data", (chunk) => {
			errors += chunk;
		});
		const [code] = await once(child, "close");
		assert.equal(code, 0, errors);
		return readFileSync(log, "utf8");
	};
	await call("import", model, "--name", "imported");
	await call("train", corpus, ...tinySettings, "--steps", "1", "--device", "cpu", "--threads", "1");
	await call("fill", "return [MASK]");
	await call("index", corpus);
	await call("search", "left", "--folder", corpus);
	assert.equal(await call("models"), "");
	assert.match(await call("download", "owner/bert", "--yes"), new RegExp(new URL(hub.endpoint).port));
});

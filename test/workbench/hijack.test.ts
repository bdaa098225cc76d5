import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { addressSchema, endpoints } from "../../sidecar/protocol/connection.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { endSidecar } from "./processes.ts";
import { mainFile } from "./sharedModel.ts";
import { launchBrowser, leftOut } from "./workbench.ts";

test("a page of another origin gets no websocket and no answer from serve --listen", { skip: leftOut }, async (t) => {
	const { authority, token } = await listeningSidecar(t);
	const origin = await pageServer(t);
	const browser = await launchBrowser();
	t.after(() => browser.close());
	const page = await browser.newPage();
	await page.goto(origin);

	for (const endpoint of Object.values(endpoints)) {
		const own = new WebSocket(`ws://${authority}${endpoint}`, { headers: { Authorization: `Bearer ${token}` } });
		await once(own, "open");
		own.terminate();
		for (const query of ["", `?token=${token}`, `?access_token=${token}`, `?tkn=${token}`]) {
			const address = `ws://${authority}${endpoint}${query}`;
			assert.equal(await page.evaluate(tryWebSocket, { address, protocols: [] }), "closed", address);
		}
		const address = `ws://${authority}${endpoint}`;
		for (const protocols of [["bearer", token], [`bearer.${token}`]]) {
			assert.equal(await page.evaluate(tryWebSocket, { address, protocols }), "closed", protocols.join());
		}
		const withCookie = `ws://user:${token}@${authority}${endpoint}`;
		assert.equal(await page.evaluate(tryWebSocket, { address: withCookie, protocols: [] }), "closed");
		assert.equal(await page.evaluate(tryFetch, { address: `http://${authority}${endpoint}`, token }), "refused");
	}
});

/** Runs in the page: what becomes of a websocket. */
function tryWebSocket({ address, protocols }: { address: string; protocols: string[] }): Promise<string> {
	return new Promise((resolve) => {
		const Socket = globalThis.WebSocket;
		const socket = new Socket(address, protocols);
		socket.onopen = () => resolve("open");
		socket.onclose = () => resolve("closed");
	});
}

/** Runs in the page: whether a request with the token in its header is answered. */
async function tryFetch({ address, token }: { address: string; token: string }): Promise<string> {
	try {
		const response = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
		return `answered ${response.status}`;
	} catch {
		return "refused";
	}
}

async function listeningSidecar(t: TestContext): Promise<{ authority: string; token: string }> {
	const home = temporaryFolder(t);
	const env = { ...process.env, MASKWRIGHT_HOME: home };
	const tokenFile = join(home, "token");
	const args = [mainFile, "serve", "--listen", "127.0.0.1:0", "--token-file", tokenFile];
	const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
	t.after(() => endSidecar(home));
	const [line] = (await once(createInterface(child.stdout), "line")) as [string];
	const { listen } = addressSchema.parse(JSON.parse(line));
	assert.ok(listen !== undefined);
	return { authority: listen, token: readFileSync(tokenFile, "utf8").trim() };
}

/** Serves an empty page from an origin of its own. */
async function pageServer(t: TestContext): Promise<string> {
	const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<!doctype html>"));
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What VS Code loads; `npm run build` has made it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SidecarError } from "../../extension/sidecar/errors.ts";

const house = join(import.meta.dirname, "..", "..");
const folder = join(house, "dist", "extension");
const main: string = JSON.parse(readFileSync(join(house, "package.json"), "utf8")).main;

const read = (name: string) => readFileSync(join(folder, name), "utf8");
const bundles = readdirSync(folder).filter((name) => name.endsWith(".cjs"));

test("the bundle that VS Code loads is small and holds no schemas, no websockets, no JSON-RPC", () => {
	assert.ok(statSync(join(house, main)).size <= 100_000);
	for (const part of ["ZodError", "Sec-WebSocket-Key", "$/cancelRequest"])
		assert.ok(!read("main.cjs").includes(part), part);
});

test("no bundle is larger than 300 KB, and all that starts and speaks to the sidecar is not much more", () => {
	const sizeOf = (name: string) => statSync(join(folder, name)).size;
	for (const name of bundles) assert.ok(sizeOf(name) <= 300_000, `${name}: ${sizeOf(name)}`);
	const connecting = ["main.cjs", "wire.cjs", "protocol.cjs", "jsonrpc.cjs"].map(sizeOf);
	// What starts first is held small above; protocol.cjs has the schemas of every panel as well, 2 kB each.
	assert.ok(connecting.reduce((sum, size) => sum + size) <= 320 * 1024, String(connecting));
});

test("the schemas and JSON-RPC stand in one bundle each", () => {
	for (const [part, home] of [
		["ZodError", "protocol.cjs"],
		["$/cancelRequest", "jsonrpc.cjs"],
	] as const) {
		assert.deepEqual(
			bundles.filter((name) => read(name).includes(part)),
			[home],
			part,
		);
	}
});

test("no bundle holds a native module or the engine", () => {
	assert.ok(bundles.length >= 2);
	// A text may name onnxruntime; its packages and its interface stand in none.
	const engine = /onnxruntime-(?:node|common|web)|InferenceSession|\.node["'`]/;
	for (const name of bundles) assert.doesNotMatch(read(name), engine, name);
});

test("every bundle that another one names is there", () => {
	for (const name of bundles) {
		for (const [, required] of read(name).matchAll(/require\("\.\/(\w+\.cjs)"\)/g)) {
			assert.ok(bundles.includes(required!), `${name} needs ${required}`);
		}
	}
});

test("an error that one bundle throws is known in another", () => {
	const copy = Object.assign(new Error("no model"), { name: "SidecarError", errorName: "notFound" });
	assert.ok(copy instanceof SidecarError);
	assert.ok(!(new Error("no model") instanceof SidecarError));
	for (const name of bundles.filter((each) => read(each).includes('"SidecarError"'))) {
		assert.ok(read(name).includes("Symbol.hasInstance"), name);
	}
});

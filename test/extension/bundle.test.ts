/** What VS Code loads; `npm run build` has made it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

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

test("what starts and speaks to the sidecar stays below 300 KB together", () => {
	const bytes = ["main.cjs", "wire.cjs"].map((name) => statSync(join(folder, name)).size);
	assert.ok(bytes.reduce((sum, size) => sum + size) <= 300_000, String(bytes));
});

test("no bundle holds a native module or the engine", () => {
	assert.ok(bundles.length >= 2);
	for (const name of bundles) assert.doesNotMatch(read(name), /onnxruntime|\.node["'`]/, name);
});

test("every bundle that another one names is there", () => {
	for (const name of bundles) {
		for (const [, required] of read(name).matchAll(/require\("\.\/(\w+\.cjs)"\)/g)) {
			assert.ok(bundles.includes(required!), `${name} needs ${required}`);
		}
	}
});

import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { cruise, type IConfiguration, type ICruiseResult } from "dependency-cruiser";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const house = join(import.meta.dirname, "..", "..");
const configuration = pathToFileURL(join(house, ".dependency-cruiser.mjs")).href;
const { default: walls } = (await import(configuration)) as { default: IConfiguration };

/** For each wall one bad import or more: the importing file and what it imports. */
const breaches: Record<string, [from: string, to: string][]> = {
	"order-protocol": [["sidecar/protocol/a.ts", "sidecar/base/x.ts"]],
	"order-base": [["sidecar/base/a.ts", "sidecar/cli/x.ts"]],
	"order-onnx": [["sidecar/onnx/a.ts", "sidecar/autodiff/x.ts"]],
	"order-autodiff": [["sidecar/autodiff/a.ts", "sidecar/tokenizer/x.ts"]],
	"order-session": [["sidecar/session/a.ts", "sidecar/tokenizer/x.ts"]],
	"order-tokenizer": [["sidecar/tokenizer/a.ts", "sidecar/data/x.ts"]],
	"order-syntax": [["sidecar/syntax/a.ts", "sidecar/data/x.ts"]],
	"order-data": [["sidecar/data/a.ts", "sidecar/model/x.ts"]],
	"order-model": [["sidecar/model/a.ts", "sidecar/objectives/x.ts"]],
	"order-objectives": [["sidecar/objectives/a.ts", "sidecar/optim/x.ts"]],
	"order-optim": [["sidecar/optim/a.ts", "sidecar/store/x.ts"]],
	"order-store": [["sidecar/store/a.ts", "sidecar/inference/x.ts"]],
	"order-train": [["sidecar/train/a.ts", "sidecar/recipes/x.ts"]],
	"order-inference": [["sidecar/inference/a.ts", "sidecar/search/x.ts"]],
	"order-search": [["sidecar/search/a.ts", "sidecar/train/x.ts"]],
	"order-recipes": [["sidecar/recipes/a.ts", "sidecar/compute/x.ts"]],
	"order-interop": [["sidecar/interop/a.ts", "sidecar/compute/x.ts"]],
	"order-compute": [["sidecar/compute/a.ts", "sidecar/cli/x.ts"]],
	"order-jobs": [["sidecar/jobs/a.ts", "sidecar/server/x.ts"]],
	"order-mcp": [["sidecar/mcp/a.ts", "sidecar/cli/x.ts"]],
	"order-server": [["sidecar/server/a.ts", "sidecar/cli/x.ts"]],
	"only-syntax-knows-tree-sitter": [["sidecar/inference/b.ts", "web-tree-sitter"]],
	"only-search-knows-sqlite": [
		["sidecar/search/query/b.ts", "libsql"],
		["bench/b.ts", "libsql"],
	],
	"only-search-watches": [["sidecar/jobs/c.ts", "@parcel/watcher"]],
	"only-hub-knows-undici": [
		["sidecar/jobs/e.ts", "undici"],
		["test/sidecar/b.ts", "undici"],
	],
	"only-hub-and-server-open-connections": [
		["sidecar/interop/b.ts", "node:net"],
		["extension/e.ts", "node:https"],
		["sidecar/jobs/f.ts", "node:dns/promises"],
	],
	"only-mcp-knows-its-sdk": [["sidecar/jobs/d.ts", "@modelcontextprotocol/sdk/server/mcp.js"]],
	"only-server-knows-the-wire": [["sidecar/jobs/b.ts", "ws"]],
	"protocol-stands-alone": [
		["sidecar/protocol/b.ts", "node:path"],
		["sidecar/protocol/c.ts", "ignore"],
	],
	"surfaces-know-only-the-protocol": [
		["extension/a.ts", "sidecar/store/x.ts"],
		["webview/a.ts", "sidecar/base/x.ts"],
	],
	"surfaces-stay-apart": [
		["extension/b.ts", "webview/x.ts"],
		["webview/b.ts", "extension/x.ts"],
	],
	"only-session-knows-onnxruntime": [
		["sidecar/train/b.ts", "onnxruntime-node"],
		["test/sidecar/a.ts", "onnxruntime-node"],
		["bench/a.ts", "onnxruntime-node"],
	],
	"only-store-and-readers-touch-the-disk": [
		["sidecar/train/c.ts", "node:fs"],
		["sidecar/data/b.ts", "node:fs/promises"],
		["sidecar/session/b.ts", "fs"],
	],
	"pure-rooms-use-no-node-modules": [
		["sidecar/autodiff/b.ts", "node:os"],
		["sidecar/model/b.ts", "node:crypto"],
		["sidecar/objectives/b.ts", "node:path"],
		["sidecar/optim/b.ts", "node:worker_threads"],
		["sidecar/tokenizer/b.ts", "node:buffer"],
		["sidecar/data/masking/a.ts", "node:crypto"],
	],
	"pure-rooms-compute-alone": [["sidecar/model/c.ts", "sidecar/session/x.ts"]],
	"product-without-tests": [
		["sidecar/train/d.ts", "test/support/x.ts"],
		["extension/c.ts", "bench/x.ts"],
	],
	"packaging-does-not-ship": [["extension/d.ts", "extension/packaging/x.ts"]],
	"product-without-development-packages": [["sidecar/base/b.ts", "ajv"]],
	"listed-packages-only": [["sidecar/base/c.ts", "json-schema-traverse"]],
	"everything-resolves": [["sidecar/base/d.ts", "sidecar/base/missing.ts"]],
	"no-cycles": [["sidecar/base/e.ts", "sidecar/base/f.ts"]],
};

/** The other half of the cycle; dependency-cruiser tells a cycle once. */
const backwards: [from: string, to: string] = ["sidecar/base/f.ts", "sidecar/base/e.ts"];

/** Imports that no wall forbids. */
const allowed: [from: string, to: string][] = [
	["sidecar/cli/ok.ts", "sidecar/protocol/x.ts"],
	["sidecar/protocol/ok.ts", "zod"],
	["sidecar/session/ok.ts", "onnxruntime-node"],
	["test/support/ok.ts", "onnxruntime-node"],
	["sidecar/store/ok.ts", "node:fs"],
	["sidecar/data/readers/ok.ts", "node:fs/promises"],
	["sidecar/cli/ok2.ts", "node:fs"],
	["sidecar/data/ok.ts", "node:crypto"],
	["extension/ok.ts", "sidecar/protocol/x.ts"],
	["test/ok.ts", "sidecar/train/x.ts"],
	["test/ok2.ts", "ajv"],
	["bench/ok.ts", "sidecar/cli/x.ts"],
	["webview/ok.ts", "sidecar/protocol/x.ts"],
	["sidecar/interop/hub/ok.ts", "undici"],
	["sidecar/server/ok.ts", "node:net"],
];

/** A tree of rooms with these imports and nothing else, over the packages of this project. */
function build(folder: string, imports: readonly [string, string][]): void {
	for (const name of ["package.json", "node_modules"]) symlinkSync(join(house, name), join(folder, name));
	const put = (path: string, text: string): void => {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	};
	for (const [, to] of imports) if (/\/x\.ts$/.test(to)) put(to, "export const x = 1;\n");
	for (const [from, to] of imports) {
		const target = to.endsWith(".ts") ? `${"../".repeat(from.split("/").length - 1)}${to}` : to;
		// A type import alone is a breach too.
		put(from, `import type * as target from "${target}";\nexport type Target = typeof target;\n`);
	}
}

async function violations(folder: string): Promise<string[]> {
	const { options, forbidden = [] } = walls;
	const result = await cruise(["sidecar", "extension", "webview", "test", "bench"], {
		...options,
		baseDir: folder,
		validate: true,
		preserveSymlinks: true,
		ruleSet: { forbidden },
	});
	const { summary } = result.output as ICruiseResult;
	return [...new Set(summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`))].sort();
}

test("every wall goes red on a bad import", async (context) => {
	const folder = temporaryFolder(context);
	build(folder, [...Object.values(breaches).flat(), backwards]);
	const found = await violations(folder);
	const expected = Object.entries(breaches).flatMap(([rule, rows]) => rows.map(([from]) => `${rule}: ${from}`));
	assert.deepEqual(
		expected.filter((breach) => !found.includes(breach)),
		[],
	);
});

test("every wall is tested and tells what to do", () => {
	assert.deepEqual(walls.forbidden?.map(({ name }) => name).sort(), Object.keys(breaches).sort());
	for (const { name, comment } of walls.forbidden ?? [])
		assert.ok((comment ?? "").length > 40, `${name} has no comment`);
});

test("imports that the walls allow stay green", async (context) => {
	const folder = temporaryFolder(context);
	build(folder, allowed);
	assert.deepEqual(await violations(folder), []);
});

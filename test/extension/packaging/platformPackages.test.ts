/** A package of another platform comes from the registry, whose answers are not believed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { placePlatformPackage } from "../../../extension/packaging/platformPackages.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const name = "@libsql/elsewhere";

/** A project whose npm is a script: it delivers `delivered`, or fails where that is undefined. */
function project(t: TestContext, { integrity, delivered }: { integrity: string; delivered: string | undefined }) {
	const house = temporaryFolder(t);
	const npm = join(house, "npm.js");
	writeFileSync(
		npm,
		`const { appendFileSync, copyFileSync } = require("node:fs");
appendFileSync(${JSON.stringify(join(house, "calls"))}, process.argv[3] + "\\n");
const delivered = ${JSON.stringify(delivered ?? null)};
if (delivered === null) { console.error("npm error code ENOTFOUND\\nnpm error more"); process.exit(1); }
copyFileSync(delivered, "libsql-elsewhere-1.0.0.tgz");`,
	);
	const before = process.env["npm_execpath"];
	process.env["npm_execpath"] = npm;
	t.after(() => {
		if (before === undefined) delete process.env["npm_execpath"];
		else process.env["npm_execpath"] = before;
	});
	const lockfile = { packages: { [`node_modules/${name}`]: { version: "1.0.0", integrity } }, resolve: () => "" };
	const options = { house, lockfile, cache: join(house, "cache"), say: () => {} };
	return { house, options, calls: () => readFileSync(join(house, "calls"), "utf8").split("\n").filter(Boolean) };
}

function archive(t: TestContext): { path: string; integrity: string } {
	const folder = temporaryFolder(t);
	mkdirSync(join(folder, "package"));
	writeFileSync(join(folder, "package", "index.node"), "native");
	const path = join(folder, "made.tgz");
	execFileSync("tar", ["-czf", path, "-C", folder, "package"]);
	return { path, integrity: `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}` };
}

test("what has the hash of package-lock.json is unpacked, and kept for the next time", async (t) => {
	const { path, integrity } = archive(t);
	const { house, options, calls } = project(t, { integrity, delivered: path });
	await placePlatformPackage(name, join(house, "one"), options);
	await placePlatformPackage(name, join(house, "two"), options);
	assert.equal(readFileSync(join(house, "one", "index.node"), "utf8"), "native");
	assert.equal(readFileSync(join(house, "two", "index.node"), "utf8"), "native");
	assert.deepEqual(calls(), [`${name}@1.0.0`]);
});

test("another file under the same name is refused, and nothing of it stays", async (t) => {
	const { path } = archive(t);
	const { house, options } = project(t, { integrity: "sha512-AAAA", delivered: path });
	await assert.rejects(
		placePlatformPackage(name, join(house, "one"), options),
		/is not the file that package-lock.json names/,
	);
	assert.deepEqual(readdirSync(join(house, "cache")), []);
});

test("a registry that cannot be reached is named, with what npm said", async (t) => {
	const { house, options } = project(t, { integrity: "sha512-AAAA", delivered: undefined });
	await assert.rejects(placePlatformPackage(name, join(house, "one"), options), {
		message: `${name}@1.0.0 could not be fetched from the npm registry (npm error code ENOTFOUND). When npm ci works here, try again.`,
	});
	await assert.rejects(
		placePlatformPackage("@libsql/unknown", join(house, "one"), options),
		/is not in package-lock.json/,
	);
});

/** The package for this machine, as it is made and as it lies where it is installed. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";
import { filesBelow } from "../../../extension/packaging/keptPackages.ts";
import { nativeFormat } from "../../../extension/packaging/nativeFiles.ts";
import { targetNamed, targets } from "../../../extension/packaging/targets.ts";
import { sizesByPart, vsixContents } from "../../../extension/packaging/vsixContents.ts";
import { makePackage, ownTarget, packagedExtension, packagingLeftOut } from "../../support/packagedExtension.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const limit = { skip: packagingLeftOut, timeout: 300_000 };
const folder = temporaryFolder({ after });
/** Where the package lies unpacked. */
const root = join(folder, "extension");
let vsix = "";
let files: string[] = [];

before(async () => {
	if (packagingLeftOut !== false) return;
	vsix = await packagedExtension();
	unpack(vsix, folder);
	files = filesBelow(root);
});

/** Writes the files of an archive below `folder` (PKWARE APPNOTE 6.3, section 4.3.7). */
function unpack(archive: string, folder: string): void {
	const bytes = readFileSync(archive);
	for (const { path, packed, size, offset } of vsixContents(archive)) {
		const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
		const content = bytes.subarray(start, start + packed);
		const isDeflated = bytes.readUInt16LE(offset + 8) === 8;
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), isDeflated ? inflateRawSync(content) : content);
		assert.equal(statSync(join(folder, path)).size, size, path);
	}
}

const manifest = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

test("it holds what runs, and nothing of how it is made", limit, () => {
	assert.deepEqual(readdirSync(root).sort(), [
		"ARCHITECTURE.md",
		"LICENSE.txt",
		"THIRD-PARTY-NOTICES.txt",
		"changelog.md",
		"dist",
		"docs",
		"media",
		"package.json",
		"package.nls.json",
		"readme.md",
	]);
	const spare =
		/\.(map|ts|tsx|cc|c|h|gyp|tgz|vsix|tsbuildinfo)$|\.test\.|\/(test|tests|prebuilds|bindings|\.bin)\/|inputs\.json$/;
	assert.deepEqual(
		files.filter((file) => spare.test(file)),
		[],
	);
	assert.ok(files.length < 400, String(files.length)); // thousands where packages are copied whole
});

test("the manifest names what is there, and nothing that only the project needs", limit, () => {
	const { scripts, dependencies, devDependencies, files: listed, private: _, ...shipped } = manifest();
	for (const key of [scripts, dependencies, devDependencies, listed, _]) assert.equal(key, undefined);
	assert.match(shipped.engines.vscode, /^\^1\.\d+\.0$/);
	assert.deepEqual(shipped.activationEvents, ["onStartupFinished"]);
	assert.ok(shipped.keywords.length >= 5 && shipped.keywords.length <= 30);
	// The marketplace's own list (vscode/vsce, package.json contributions).
	const known = ["AI", "Chat", "Machine Learning", "Data Science", "Education", "Other", "Programming Languages"];
	for (const category of shipped.categories) assert.ok(known.includes(category), category);
	// None is published yet; one that is must be an address that a reader can open.
	for (const { url } of [shipped.repository ?? { url: "https://" }]) assert.match(url, /^https:\/\//);
	const png = readFileSync(join(root, shipped.icon));
	assert.equal(png.toString("latin1", 1, 4), "PNG");
	assert.ok(png.readUInt32BE(16) >= 128 && png.readUInt32BE(16) === png.readUInt32BE(20));
	for (const path of [shipped.main, join(shipped.l10n, "bundle.l10n.json")])
		assert.ok(existsSync(join(root, path)), path);
	const texts = JSON.parse(readFileSync(join(root, "package.nls.json"), "utf8"));
	for (const [, key] of JSON.stringify(shipped).matchAll(/"%([\w.]+)%"/g)) assert.ok(key! in texts, key);
});

test("every file that the documents name is there", limit, () => {
	for (const name of ["readme.md", ...files.filter((file) => /^docs\/\w+\.md$/.test(file))]) {
		const text = readFileSync(join(root, name), "utf8");
		for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
			const path = link!
				.replace(/^LICENSE$/, "LICENSE.txt")
				// vsce writes the names of those at the root in small letters.
				.replace(/^(?:\.\.\/)*(?:CHANGELOG|README)/, (root) => root.toLowerCase());
			assert.ok(existsSync(join(root, dirname(name), path)), `${name} names ${link}`);
		}
	}
});

test("every program, package and grammar that a bundle asks for is there", limit, () => {
	const bundles = files.filter((file) => /^dist\/sidecar\/.*\.js$/.test(file));
	const asked = new Set<string>();
	for (const bundle of bundles) {
		const text = readFileSync(join(root, bundle), "utf8");
		for (const [, name] of text.matchAll(/import\.meta\.resolve\("([^"]+)"\)/g)) asked.add(`dist/node_modules/${name}`);
		for (const [, name] of text.matchAll(/new URL\(`(?:\.\.\/compute\/)?(\w+)\$\{/g))
			asked.add(`dist/sidecar/compute/${name}.js`);
		for (const [, path] of text.matchAll(/^(?:import|export) .*from "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm)) {
			if (path !== undefined) asked.add(join(dirname(bundle), path));
		}
	}
	assert.ok([...asked].filter((path) => path.endsWith(".wasm")).length >= 12);
	assert.ok([...asked].filter((path) => path.includes("compute/")).length >= 6);
	assert.deepEqual(
		[...asked].filter((path) => !existsSync(join(root, path))),
		[],
	);
});

test("its native files are for this platform, without CUDA, and it is small enough", limit, (t) => {
	const native = files.filter((file) => nativeFormat(readFileSync(join(root, file))) !== undefined);
	assert.ok(native.length >= 4, String(native));
	for (const file of native) {
		const format = nativeFormat(readFileSync(join(root, file)));
		assert.equal(format?.os, ownTarget?.os, file);
		assert.ok(format?.cpus.includes(ownTarget?.cpu ?? ""), file);
		assert.doesNotMatch(file, /cuda|tensorrt/);
	}
	const size = statSync(vsix).size;
	const parts = sizesByPart(vsixContents(vsix)).map(([part, packed]) => `${part} ${(packed / 1e6).toFixed(1)}`);
	t.diagnostic(`${(size / 1e6).toFixed(1)} MB: ${parts.join(", ")}`);
	assert.ok(size <= 45e6, String(size));
});

test("every package that ships tells its licence", limit, () => {
	const notices = readFileSync(join(root, "THIRD-PARTY-NOTICES.txt"), "utf8");
	const shipped = files.filter((file) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file));
	assert.ok(shipped.length >= 20);
	for (const file of shipped) {
		const { name, version } = JSON.parse(readFileSync(join(root, file), "utf8"));
		assert.ok(notices.includes(`\n${name} ${version} (`), file);
	}
	for (const bundled of ["zod", "ws", "protobufjs", "uplot", "vscode-languageclient"]) {
		assert.match(notices, new RegExp(`\\n${bundled} \\d`), bundled);
	}
});

test("the same inputs make the same bytes", limit, async (t) => {
	const again = temporaryFolder(t);
	const said = await makePackage(again);
	const [name = ""] = readdirSync(again);
	assert.equal(name, `maskwright-${ownTarget?.name}-${manifest().version}.vsix`);
	assert.match(said, /MB in \d+ files/);
	const hash = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
	assert.equal(hash(join(again, name)), hash(vsix));
});

test("the command line of the package says what is missing where its engine is damaged or gone", limit, async () => {
	const doctor = async () => {
		const program = join(root, "dist", "sidecar", "cli", "main.js");
		const { stdout } = await promisify(execFile)(process.execPath, [program, "doctor", "--json"], { cwd: tmpdir() });
		return JSON.parse(stdout);
	};
	const whole = await doctor();
	assert.deepEqual([whole.missing, whole.device === "none"], [[], false]);
	for (const file of files.filter((each) => /libonnxruntime|onnxruntime\.dll|@libsql\/.*\.node$/.test(each))) {
		writeFileSync(join(root, file), "<html>".repeat(100));
	}
	const damaged = await doctor();
	assert.deepEqual([damaged.device, damaged.versions.onnxruntime], ["none", "none"]);
	assert.equal(damaged.missing.length, 2);
	assert.match(damaged.missing[0], /^onnxruntime, which runs the models, could not be loaded/);
	assert.match(damaged.missing[1], /^libsql, which keeps the index of code search, could not be loaded/);
	rmSync(join(root, "dist", "node_modules", "onnxruntime-node", "bin"), { recursive: true });
	assert.match((await doctor()).missing[0], /could not be loaded \(Cannot find module/);
});

test("a target that does not exist is refused with those that do", async () => {
	assert.throws(() => targetNamed("alpine-x64"), { message: new RegExp(targets.map(({ name }) => name).join(", ")) });
	assert.deepEqual(
		targets.flatMap(({ name, lacks }) => (lacks === undefined ? [] : [`${name} ${lacks}`])),
		["win32-arm64 libsql", "darwin-x64 onnxruntime"],
	);
});

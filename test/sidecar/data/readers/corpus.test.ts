import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readCorpus } from "../../../../sidecar/data/readers/corpus.ts";
import type { ReadProgress } from "../../../../sidecar/data/readers/intake.ts";
import { withTree } from "./tree.ts";

test("A folder is read in the order of its paths, and every file that is left out has its reason", async () => {
	const files = {
		"b.py": "b = 1\n",
		"a/z.js": "let z;\n",
		"a.py": "a = 1\n",
		"a/copy.py": "a = 1\n",
		"big.py": "x = 1\n".repeat(40_000),
		"bytes.py": Uint8Array.of(0x78, 0xff, 0x0a),
		"nul.py": "a\0b",
		"bom.py": "\uFEFFx = 'é😀'\n",
		"empty.py": "",
		"data.json": "{}",
		"pic.png": Uint8Array.of(0x89, 0x50),
		script: "#!/usr/bin/env python3\nprint(1)\n",
		notes: "some words\n",
		".env": "A=1\n",
		"x.min.js": "a",
		"node_modules/a/index.js": "a()\n",
		"web/package.json": "{}",
		"web/dist/out.js": "a()\n",
		"command/build/build.py": "build()\n",
		"env/pyvenv.cfg": "home = /usr\n",
		"env/lib/a.py": "lib()\n",
	};
	await withTree(files, async (root) => {
		const { documents, leftOut } = await readCorpus(root);
		assert.deepEqual(
			documents.map(({ path, language }) => `${path} ${language}`),
			[
				...["a.py python", "a/z.js javascript", "b.py python", "bom.py python"],
				"command/build/build.py python",
				"script python",
			],
		);
		const bom = documents.find(({ path }) => path === "bom.py")!;
		assert.equal(bom.text, "\uFEFFx = 'é😀'\n");
		assert.equal(bom.hash, createHash("sha256").update(bom.text).digest("hex"));
		assert.deepEqual(Object.fromEntries(leftOut.map(({ path, why }) => [path, why])), {
			"a/copy.py": "the same text as a.py",
			"big.py": "too large (240 kB; the limit is 200 kB)",
			"bytes.py": "binary (not UTF-8 text)",
			"nul.py": "binary (not UTF-8 text)",
			"empty.py": "empty",
			"data.json": "data, not source (.json)",
			"pic.png": "not a known source language (.png)",
			notes: "not a known source language (no extension)",
			".env": "may hold secrets (an environment file)",
			"x.min.js": "minified (by its name)",
			"node_modules/": "dependencies (npm)",
			"web/package.json": "data, not source (.json)",
			"web/dist/": "build output (beside package.json)",
			"env/": "dependencies (a Python environment)",
		});
	});
});

test("Links are never followed: not out of the folder, not in circles", async () => {
	await withTree({ "outside/secret.py": "s = 1\n", "root/a.py": "a = 1\n" }, async (top) => {
		const root = join(top, "root");
		symlinkSync(join(top, "outside"), join(root, "out"));
		symlinkSync(join(top, "outside/secret.py"), join(root, "secret.py"));
		symlinkSync(root, join(root, "loop"));
		symlinkSync("a.py", join(root, "b.py"));
		symlinkSync("nowhere", join(root, "c.py"));
		const { documents, leftOut } = await readCorpus(root);
		assert.deepEqual(
			documents.map(({ path }) => path),
			["a.py"],
		);
		assert.deepEqual(Object.fromEntries(leftOut.map(({ path, why }) => [path, why])), {
			out: "a link that leads out of the folder",
			"secret.py": "a link that leads out of the folder",
			loop: "a link to the folder itself",
			"b.py": "a link to a.py",
			"c.py": "a broken link",
		});
		symlinkSync(root, join(top, "entrance"));
		assert.equal((await readCorpus(join(top, "entrance"))).documents.length, 1);
	});
});

test("What cannot be opened is left out, not fatal", {
	skip: process.getuid?.() === 0 && "root may read all",
}, async () => {
	await withTree({ "a.py": "a = 1\n", "b.py": "b = 1\n", "c/d.py": "d = 1\n" }, async (root) => {
		chmodSync(join(root, "b.py"), 0);
		chmodSync(join(root, "c"), 0);
		const { leftOut } = await readCorpus(root);
		chmodSync(join(root, "c"), 0o700);
		assert.deepEqual(leftOut, [
			{ path: "c/", why: "unreadable (EACCES)" },
			{ path: "b.py", why: "unreadable (EACCES)" },
		]);
	});
});

test("The corpus stops growing at its limit and says what did not fit", async () => {
	const files = { "a.py": "a".repeat(60), "b.py": "b".repeat(60), "c.py": "c".repeat(30) };
	await withTree(files, async (root) => {
		const { documents, leftOut } = await readCorpus(root, { maximumBytes: 100, maximumFileBytes: 60 });
		assert.deepEqual(
			documents.map(({ path }) => path),
			["a.py", "c.py"],
		);
		assert.match(leftOut[0]!.why, /^the corpus is full/);
	});
});

test("A sample is the same documents whatever their order and paths, and all of a corpus that is short", async () => {
	const texts = Array.from({ length: 60 }, (_, index) => `value_${index} = ${"x".repeat(40 + index)}\n`);
	const linesOf = (list: readonly string[]) =>
		list.map((text, at) => JSON.stringify({ path: `${at}.py`, text })).join("\n");
	const files = {
		"a.jsonl": linesOf(texts),
		"turned.jsonl": linesOf([...texts].reverse()),
		"twice.jsonl": linesOf(texts.flatMap((text) => [text, text])),
	};
	await withTree(files, async (root) => {
		const draw = async (file: string, characters: number, seed = 1) =>
			(await readCorpus(join(root, file), { sample: { characters, seed }, maximumBytes: 10 })).documents;
		const sample = await draw("a.jsonl", 1_000);
		const drawn = sample.map(({ text }) => text);
		const characters = drawn.join("").length;
		assert.ok(characters >= 1_000 && characters < 1_200, `${characters}`);
		assert.deepEqual(
			drawn,
			texts.filter((text) => drawn.includes(text)),
			"in the order of the corpus",
		);
		assert.deepEqual((await draw("turned.jsonl", 1_000)).map(({ text }) => text).reverse(), drawn);
		assert.deepEqual(
			(await draw("twice.jsonl", 1_000)).map(({ text }) => text),
			drawn,
		);
		assert.notDeepEqual(await draw("a.jsonl", 1_000, 2), sample);
		const smaller = (await draw("a.jsonl", 300)).map(({ text }) => text);
		assert.ok(
			smaller.length > 0 && smaller.every((text) => drawn.includes(text)),
			"a smaller sample lies in a larger one",
		);
		assert.equal((await draw("a.jsonl", 1e6)).length, texts.length);
	});
});

test("A missing path, a wrong kind of file and a folder with nothing to read are told apart", async () => {
	await withTree({ "a.txt": "words", "none/a.json": "{}", "none/b.json": "[]", "void/x": "" }, async (root) => {
		await assert.rejects(readCorpus(join(root, "missing")), { name: "notFound", message: /missing does not exist/ });
		await assert.rejects(readCorpus(join(root, "a.txt")), { name: "usage", message: /neither a folder nor/ });
		await assert.rejects(readCorpus(join(root, "none")), { name: "emptyCorpus", message: /2 × data, not source/ });
		mkdirSync(join(root, "bare"));
		await assert.rejects(readCorpus(join(root, "bare")), { name: "emptyCorpus", message: /holds no files/ });
	});
});

test("A reading reports its progress and stops when it is told to", async () => {
	const files = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`${index}.py`, `x = ${index}\n`]));
	await withTree(files, async (root) => {
		const reports: ReadProgress[] = [];
		await readCorpus(root, { onProgress: (progress) => reports.push(progress) });
		assert.ok(reports.length > 3);
		assert.deepEqual(reports.at(-1)?.taken, 250);
		const controller = new AbortController();
		const reading = readCorpus(root, { signal: controller.signal, onProgress: () => controller.abort() });
		await assert.rejects(reading, { name: "interrupted" });
	});
});

const records = [
	{ pkg: "one", path: "a/b.go", text: "package b\n" },
	{ path: "c.py", text: "é = '😀'\n", license: "MIT" },
	{ path: "unknown.xyz", text: "words\n" },
	{ path: "d.rb", text: "package b\n" },
	{ path: "e", language: "zig", text: "const e = 1;\n" },
];
const lines = records.map((record) => JSON.stringify(record)).join("\n");

test("JSON lines are read with their packages and languages, under the rules of texts", async () => {
	await withTree({ "c.jsonl": `${lines}\n\n`, "noEnd.jsonl": `\uFEFF${lines}` }, async (root) => {
		for (const file of ["c.jsonl", "noEnd.jsonl"]) {
			const { documents, leftOut } = await readCorpus(join(root, file));
			assert.deepEqual(
				documents.map(({ path, language }) => [path, language]),
				[
					["one/a/b.go", "go"],
					["c.py", "python"],
					["unknown.xyz", "text"],
					["e", "zig"],
				],
			);
			assert.equal(documents[1]!.text, "é = '😀'\n");
			assert.deepEqual(leftOut, [{ path: "d.rb", why: "the same text as one/a/b.go" }]);
		}
	});
});

test("A broken line is an error that names the line", async () => {
	await withTree({ "a.jsonl": `${lines}\n{"text": 1}\n`, "b.jsonl": `${lines}\n\n{"te` }, async (root) => {
		await assert.rejects(readCorpus(join(root, "a.jsonl")), { name: "corpusInvalid", message: /Line 6 of .*\(text: / });
		await assert.rejects(readCorpus(join(root, "b.jsonl")), {
			name: "corpusInvalid",
			message: /Line 7 of .*it is not JSON/,
		});
	});
});

const hasXz = spawnSync("xz", ["--version"]).status === 0;

test("A .jsonl.xz file made by xz reads like the plain one; a damaged one is an error", {
	skip: !hasXz && "no xz here",
}, async () => {
	const many = Array.from({ length: 20_000 }, (_, index) =>
		JSON.stringify({ path: `${index}.py`, text: `é = ${index} * ${index * 7919}\n` }),
	);
	await withTree({ "a.jsonl": many.join("\n") }, async (root) => {
		execFileSync("xz", ["-k", "-0", join(root, "a.jsonl")]);
		const plain = await readCorpus(join(root, "a.jsonl"));
		assert.deepEqual(await readCorpus(join(root, "a.jsonl.xz")), plain);
		assert.equal(plain.documents.length, 20_000);
		const packed = execFileSync("xz", ["-c", join(root, "a.jsonl")]);
		writeFileSync(join(root, "cut.jsonl.xz"), packed.subarray(0, packed.length / 2));
		await assert.rejects(readCorpus(join(root, "cut.jsonl.xz")), {
			name: "corpusInvalid",
			message: /damaged or cut off/,
		});
		packed[1000]! ^= 0xff;
		writeFileSync(join(root, "flipped.jsonl.xz"), packed);
		await assert.rejects(readCorpus(join(root, "flipped.jsonl.xz")), { name: "corpusInvalid" });
		writeFileSync(join(root, "none.jsonl.xz"), "not xz at all");
		await assert.rejects(readCorpus(join(root, "none.jsonl.xz")), { name: "corpusInvalid", message: /damaged/ });
	});
});

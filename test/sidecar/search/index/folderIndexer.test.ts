import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { MaskwrightError } from "../../../../sidecar/base/errors.ts";
import { openIndex } from "../../../../sidecar/search/index/chunkIndex.ts";
import { FolderIndexer } from "../../../../sidecar/search/index/folderIndexer.ts";
import type { OpenModel } from "../../../../sidecar/search/index/folderModel.ts";
import { indexLayout } from "../../../../sidecar/store/layout.ts";
import {
	codeFolder,
	dump,
	finish,
	hashModel,
	type IndexedFolder,
	index,
	pathsWith,
} from "../../../support/codeIndex.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

const files = {
	"server.py":
		'class Server:\n    def listen(self, port):\n        """Waits for clients."""\n        return open_socket(port)\n\n    def close(self):\n        self.socket.close()\n',
	"src/parse.js":
		"// Reads a URL.\nexport function parseUrl(text) {\n\treturn new URL(text);\n}\n\nexport const port = 80;\n",
	"src/notes.md": "# Notes\n\nThe server listens on a port.\n",
};

/** The index is what a fresh one of the same folder is. */
async function assertLikeFresh(test: TestContext, indexed: IndexedFolder, identity = "one"): Promise<void> {
	const fresh = { ...indexed, home: temporaryFolder(test) };
	await index(fresh, { model: hashModel(identity) });
	assert.deepEqual(dump(indexed), dump(fresh));
}

test("Functions, methods, classes and blocks are found by their words, with their places", async (context) => {
	const indexed = codeFolder(context, files);
	const indexer = await index(indexed, { model: hashModel() });
	const rows = dump(indexed) as {
		path: string;
		symbol: string | null;
		kind: string;
		startLine: number;
		endLine: number;
	}[];
	assert.deepEqual(
		rows.map(({ path, symbol, kind, startLine, endLine }) => [path, symbol, kind, startLine, endLine]),
		[
			["server.py", "Server", "class", 1, 7],
			["server.py", "Server.listen", "method", 2, 4],
			["server.py", "Server.close", "method", 6, 7],
			["src/notes.md", null, "block", 1, 3],
			["src/parse.js", "parseUrl", "function", 1, 4],
			["src/parse.js", null, "block", 6, 6],
		],
	);
	assert.deepEqual(pathsWith(indexed, "url"), ["src/parse.js"]);
	const { files: count, of, chunks, embedded, state, secondsLeft, model, message } = indexer.status();
	assert.deepEqual(
		{ count, of, chunks, embedded, state, secondsLeft, model, message },
		{ count: 3, of: 3, chunks: 6, embedded: 6, state: "ready", secondsLeft: 0, model: "one", message: null },
	);
});

test("Only the changed chunk of a changed file is embedded", async (context) => {
	const indexed = codeFolder(context, files);
	const model = hashModel();
	await index(indexed, { model });
	model.embedded.length = 0;
	indexed.write({ "server.py": `# A line before all.\n\n${files["server.py"].replace("self.socket", "self.stream")}` });
	await index(indexed, { model });
	assert.deepEqual(model.embedded, ["A line before all.", "Server.close\ndef close(self):\n    self.stream.close()"]);
	await assertLikeFresh(context, indexed);
});

test("Files that are touched, renamed, copied or deleted embed nothing", async (context) => {
	const indexed = codeFolder(context, files);
	const model = hashModel();
	await index(indexed, { model });
	model.embedded.length = 0;
	utimesSync(join(indexed.folder, "server.py"), 1_000, 1_000);
	renameSync(join(indexed.folder, "src"), join(indexed.folder, "lib"));
	indexed.write({ "copy/server.py": files["server.py"] });
	await index(indexed, { model });
	assert.deepEqual(model.embedded, []);
	assert.deepEqual(pathsWith(indexed, "url"), ["lib/parse.js"]);
	assert.deepEqual(pathsWith(indexed, "listen"), ["copy/server.py", "lib/notes.md", "server.py"]);
	rmSync(join(indexed.folder, "lib"), { recursive: true });
	await index(indexed, { model });
	assert.deepEqual(pathsWith(indexed, "url"), []);
	await assertLikeFresh(context, indexed);
});

test("A switch of the branch embeds what is new alone, and a switch back nothing", async (context) => {
	const indexed = codeFolder(context, files);
	const git = (...args: string[]): void => {
		const env = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
		const identity = ["-c", "user.name=t", "-c", "user.email=t@t.example"];
		execFileSync("git", [...identity, ...args], { cwd: indexed.folder, env, stdio: "ignore" });
	};
	git("init", "-q", "-b", "main");
	git("add", ".");
	git("commit", "-qm", "one");
	git("checkout", "-qb", "other");
	indexed.write({ "src/parse.js": "export function parseQuery(text) {\n\treturn text.split('&');\n}\n" });
	rmSync(join(indexed.folder, "src/notes.md"));
	git("commit", "-qam", "two");
	git("checkout", "-q", "main");
	const model = hashModel();
	await index(indexed, { model });
	for (const [branch, made] of [
		["other", 1],
		["main", 0],
		["other", 0],
	] as const) {
		model.embedded.length = 0;
		git("checkout", "-q", branch);
		await index(indexed, { model });
		assert.equal(model.embedded.length, made, branch);
		await assertLikeFresh(context, indexed);
	}
});

test("Noticed paths alone are read: files, folders that went, and ignore files", async (context) => {
	const indexed = codeFolder(context, files);
	const indexer = await index(indexed, { model: hashModel() });
	const notice = async (...paths: string[]): Promise<void> => {
		indexer.notice(paths);
		await finish(indexer);
	};
	indexed.write({ "src/new.ts": "export const fresh: number = 1;\n", "unseen.py": "fresh = 1\n" });
	await notice("src/new.ts");
	assert.deepEqual(pathsWith(indexed, "fresh"), ["src/new.ts"]);
	rmSync(join(indexed.folder, "src"), { recursive: true });
	await notice("src");
	assert.deepEqual(pathsWith(indexed, "fresh OR url"), []);
	indexed.write({ ".gitignore": "server.py\n" });
	await notice(".gitignore");
	assert.deepEqual(pathsWith(indexed, "fresh OR listen"), ["unseen.py"]);
	await assertLikeFresh(context, indexed);
});

test("Many new files are found by their words before any is parsed or embedded", async (context) => {
	const many = Object.fromEntries(
		[...Array(150).keys()].map((n) => [`m${n}.py`, `def task${n}():\n    return marker\n`]),
	);
	const indexed = codeFolder(context, many);
	const model = hashModel();
	const indexer = new FolderIndexer({ ...indexed, openModel: async () => model });
	indexer.rescan();
	const seen: string[] = [];
	let atFirstParse: number | undefined;
	while (await indexer.work()) {
		const { state, files: count, of, chunks, embedded } = indexer.status();
		assert.ok(count <= of && embedded <= chunks);
		if (state === "indexing") atFirstParse ??= pathsWith(indexed, "marker").length;
		if (seen.at(-1) !== state) seen.push(state);
	}
	assert.deepEqual(seen, ["scanning", "indexing", "embedding"]);
	assert.equal(atFirstParse, 150);
	assert.equal(model.embedded.length, 150);
	await assertLikeFresh(context, indexed);
});

test("Names and contents that are odd are indexed or left out with a word", async (context) => {
	const code = "def odd_name():\n    return 1\n";
	const odd = ["with space.py", "quote'\"`.py", "日本語/ñandú.py", "emoji 🎭.py", "a%20b*[x].py", "-dash.py", "x;y.py"];
	if (process.platform !== "win32") odd.push("line\nbreak.py", "back\\slash.py");
	const indexed = codeFolder(context, {
		...Object.fromEntries(odd.map((name) => [name, code])),
		"broken.py": "def (:\n  ))) class odd_name ((\n\x01",
		"bom.py": `\uFEFF${code}`,
		"crlf.py": code.replaceAll("\n", "\r\n"),
		"deep.js": `odd_name = ${"[".repeat(20_000).replaceAll(/(.{80})/g, "$1\n")}`,
		"large.py": code.repeat(8_000),
		"empty.py": "",
		"huge.py": code.repeat(160_000),
		"binary.py": Buffer.from([0, 1, 2, 255]),
		"latin.py": Buffer.from("# caf\xe9 odd_name\n", "latin1"),
		"utf16.py": Buffer.from("\uFEFFodd_name = 1\n", "utf16le"),
		"minified.js": `odd_name=${"a+".repeat(4_000)}1`,
		"bundle.min.js": "odd_name()",
		"secret.py": 'api_key = "9fK2mQ7xWv4RtY8uPz3LbN6c"\n',
	});
	await index(indexed, { model: hashModel() });
	const found = [...odd, "broken.py", "bom.py", "crlf.py", "deep.js", "large.py"];
	assert.deepEqual(new Set(pathsWith(indexed, "odd")), new Set(found));
	const rows = dump(indexed) as { path: string; state: string }[];
	const states = Object.fromEntries(
		rows.filter(({ state }) => state !== "indexed").map(({ path, state }) => [path, state]),
	);
	assert.deepEqual(states, {
		"empty.py": "empty",
		"huge.py": "too large (4640 kB; the limit is 4000 kB)",
		"binary.py": "binary (not UTF-8 text)",
		"latin.py": "binary (not UTF-8 text)",
		"utf16.py": "UTF-16 text (only UTF-8 is read)",
		"minified.js": "minified or data (a line of 8010 characters)",
		"secret.py": "may hold a secret (a random-looking value is assigned to a key, token or password)",
	});
	await assertLikeFresh(context, indexed);
});

test("A work that is left at any unit is gone on with by the next", async (context) => {
	const indexed = codeFolder(context, files);
	indexed.write(Object.fromEntries([...Array(120).keys()].map((n) => [`n${n}.js`, `function f${n}() {}\n`])));
	let left = true;
	for (let units = 1; left; units++) {
		const indexer = new FolderIndexer({ ...indexed, openModel: async () => hashModel() });
		indexer.rescan();
		for (let unit = 0; unit < units && left; unit++) left = await indexer.work();
		indexer.release();
	}
	await assertLikeFresh(context, indexed);
});

test("Another model, of another dimension, takes over when all of its vectors are there", async (context) => {
	const indexed = codeFolder(context, files);
	await index(indexed, { model: hashModel("one", 16) });
	const two = hashModel("two", 24);
	const indexer = new FolderIndexer({ ...indexed, openModel: async () => two });
	const read = () => {
		const open = openIndex(indexed.folder, { home: indexed.home, readonly: true });
		const vectors = open.database.prepare<{ n: number; size: number }>(
			"SELECT count(*) AS n, length(vector) AS size FROM vectors GROUP BY size ORDER BY size",
		);
		const { model, nextModel } = open.header;
		const found = { model: model?.name, next: nextModel?.name, vectors: vectors.all() };
		open.close();
		return found;
	};
	indexer.rescan();
	const before = { model: "one", next: "two", vectors: [{ n: 6, size: 16 }] };
	const seen: unknown[] = [];
	while (await indexer.work()) seen.push(read());
	assert.ok(seen.some((found) => JSON.stringify(found) === JSON.stringify({ ...before, next: undefined })));
	assert.deepEqual(read(), { model: "two", next: undefined, vectors: [{ n: 6, size: 24 }] });
	// A change back that is cut off leaves the vectors of `two`, and goes on later.
	const failing = { ...hashModel("three", 8), embed: () => Promise.reject(new RangeError("cut off")) };
	await assert.rejects(index(indexed, { model: failing }), RangeError);
	assert.deepEqual(read(), { model: "two", next: "three", vectors: [{ n: 6, size: 24 }] });
	await index(indexed, { model: hashModel("three", 8) });
	assert.deepEqual(read(), { model: "three", next: undefined, vectors: [{ n: 6, size: 8 }] });
});

test("Without a model words are searched; one that comes later embeds what is there", async (context) => {
	const indexed = codeFolder(context, files);
	const before = (await index(indexed)).status();
	assert.deepEqual([before.chunks, before.embedded, before.model, before.state], [6, 0, null, "ready"]);
	const after = (await index(indexed, { model: hashModel() })).status();
	assert.deepEqual([after.chunks, after.embedded, after.model], [6, 6, "one"]);
	await assertLikeFresh(context, indexed);
});

test("A portion at which the model fails is embedded the next time", async (context) => {
	const indexed = codeFolder(context, Object.fromEntries(manyFunctions(400)));
	const model = hashModel();
	let runs = 0;
	const failing: OpenModel = {
		model: model.model,
		embed: async (texts) => {
			if (++runs === 2) throw new MaskwrightError("processDied", "The thread has ended.");
			return model.embed(texts);
		},
	};
	const indexer = new FolderIndexer({ ...indexed, openModel: async () => failing });
	indexer.rescan();
	await assert.rejects(finish(indexer), { name: "processDied" });
	await finish(indexer);
	assert.equal(indexer.status().embedded, 400);
	await assertLikeFresh(context, indexed);
});

test("What a model is still at when another takes its place is not taken for the other's", async (context) => {
	const indexed = codeFolder(context, Object.fromEntries(manyFunctions(1_500)));
	const models = [hashModel("one"), hashModel("two")];
	const indexer = new FolderIndexer({ ...indexed, openModel: async () => models[0] });
	indexer.rescan();
	while (models[0]!.embedded.length === 0) await indexer.work();
	models.shift();
	indexer.modelChanged();
	await finish(indexer);
	assert.equal(indexer.status().model, "two");
	await assertLikeFresh(context, indexed, "two");
});

test("A rebuild reads and embeds all anew", async (context) => {
	const indexed = codeFolder(context, files);
	const model = hashModel();
	await index(indexed, { model });
	model.embedded.length = 0;
	await index(indexed, { model, rebuild: true });
	assert.equal(model.embedded.length, 6);
	await assertLikeFresh(context, indexed);
});

test("A damaged index and one of another version are set aside and built anew", async (context) => {
	const indexed = codeFolder(context, files);
	const { database, index: folder } = indexLayout(indexed.folder, indexed.home);
	mkdirSync(dirname(database), { recursive: true });
	writeFileSync(database, "no database ".repeat(1_000));
	const { message } = (await index(indexed, { model: hashModel() })).status();
	assert.equal(
		message,
		`The index ${database} is damaged. It is built anew; the old file is kept as ${database}.damaged.`,
	);
	await assertLikeFresh(context, indexed);
	const open = openIndex(indexed.folder, { home: indexed.home, readonly: false });
	open.database.prepare("UPDATE meta SET value = 999 WHERE key = 'formatVersion'").run();
	open.close();
	await index(indexed, { model: hashModel() });
	await assertLikeFresh(context, indexed);
	assert.deepEqual(
		readdirSync(folder).filter((name) => name.endsWith(".damaged")),
		["index.db.damaged"],
	);
});

test("Two indexers never write one index at a time", async (context) => {
	const indexed = codeFolder(context, files);
	const one = new FolderIndexer({ ...indexed, openModel: async () => undefined });
	const two = new FolderIndexer({ ...indexed, openModel: async () => undefined });
	one.rescan();
	two.rescan();
	await one.work();
	await assert.rejects(two.work(), { name: "indexLocked", message: /^Process \d+ writes the index of / });
	await finish(one);
	await finish(two);
	assert.equal(two.status().files, 3);
});

function* manyFunctions(count: number): Generator<[string, string]> {
	for (let at = 0; at < count; at++) yield [`src/file${at}.js`, `function number${at}(a) {\n\treturn a + ${at};\n}\n`];
}

import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";

import { type TestContext, test } from "node:test";
import { openDatabase } from "../../../../sidecar/search/index/database.ts";
import { verifyIndex } from "../../../../sidecar/search/index/verifyIndex.ts";
import { indexLayout } from "../../../../sidecar/store/layout.ts";
import { codeFolder, dump, hashModel, type IndexedFolder, index } from "../../../support/codeIndex.ts";

async function indexedCode(context: TestContext): Promise<IndexedFolder> {
	const functions = [...Array(40).keys()].map((n) => `def job${n}(item):\n    return item.work(${n})\n`);
	const indexed = codeFolder(context, Object.fromEntries(functions.map((text, n) => [`f${n}.py`, text])));
	await index(indexed, { model: hashModel() });
	return indexed;
}

const problems = ({ folder, home }: IndexedFolder) =>
	verifyIndex(folder, { home, signal: new AbortController().signal });

/** Each statement breaks a sound index, and verify says what it broke. */
const breaks: readonly (readonly [sql: string, said: RegExp])[] = [
	["DELETE FROM files WHERE path = 'f3.py'", /^1 chunks belong to no file\.$/],
	["DELETE FROM chunkText WHERE rowid = 5", /^1 chunks cannot be found by their words\.$/],
	["INSERT INTO chunkText(rowid, body) VALUES(1000, 'ghost')", /^1 texts belong to no chunk\.$/],
	["UPDATE vectors SET vector = x'00' WHERE id = 2", /^1 vectors have another dimension than their model\.$/],
	["DELETE FROM vectors WHERE id = 2", /^It says that it holds .*"embedded":40\} and holds .*"embedded":39\}\.$/],
	["UPDATE files SET hash = 'x', mtime = 1 WHERE path = 'f7.py'", /^The file "f7.py" is not indexed as it stands/],
	["UPDATE files SET path = 'gone.py' WHERE path = 'f7.py'", /^The file "gone.py" is indexed and no longer belongs/],
];

test("A sound index has no problems; each that is made is told", async (context) => {
	const indexed = await indexedCode(context);
	assert.deepEqual(await problems(indexed), []);
	for (const [sql, said] of breaks) {
		const database = openDatabase(indexLayout(indexed.folder, indexed.home).database, { readonly: false });
		database.exec(sql);
		database.close();
		const found = await problems(indexed);
		assert.ok(
			found.some((problem) => said.test(problem)),
			`${sql}: ${found.join(" ")}`,
		);
		rmSync(indexLayout(indexed.folder, indexed.home).index, { recursive: true });
		await index(indexed, { model: hashModel() });
	}
});

test("Bytes that were overwritten anywhere are found, and a rebuild makes the index sound", async (context) => {
	const indexed = await indexedCode(context);
	const { database } = indexLayout(indexed.folder, indexed.home);
	const { size } = statSync(database);
	const sound = readFileSync(database);
	let found = 0;
	for (let page = 1; page < size / 4096; page++) {
		if (sound.subarray(page * 4096, page * 4096 + 100).every((byte) => byte === 0)) continue; // an unused page
		const file = openSync(database, "r+");
		writeSync(file, Buffer.alloc(64, 0x5a), 0, 64, page * 4096);
		closeSync(file);
		if ((await problems(indexed)).length > 0) found++;
		await index(indexed, { model: hashModel(), rebuild: true });
		assert.deepEqual(await problems(indexed), [], `after the damage of page ${page}`);
		if (found === 6) break; // each takes a while
		const again = openSync(database, "w");
		writeSync(again, sound);
		closeSync(again);
	}
	assert.ok(found >= 6, `${found} of the damages were found`);
	assert.equal(dump(indexed).length, 40);
});

test("Without an index there is nothing to verify", async (context) => {
	const { folder, home } = codeFolder(context, { "a.py": "a = 1\n" });
	await assert.rejects(problems({ folder, home, write: () => {} }), {
		name: "notFound",
		message: `${folder} has no index yet. Index it: maskwright index ${folder}`,
	});
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Bindable, openDatabase } from "../../../../sidecar/search/index/database.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

test("Values of every kind come back as they were, and what cannot be bound is refused before it ends the process", (context) => {
	const database = openDatabase(join(temporaryFolder(context), "a.db"), { readonly: false });
	database.exec("CREATE TABLE t(a, b)");
	const insert = database.prepare("INSERT INTO t VALUES(?, ?)");
	const values: Bindable[] = ["", "\uD83C\uDFAD é 'quoted'", 0, -1.5, 2 ** 53, null];
	for (const value of values) insert.run(value, 1);
	insert.run(new Uint8Array([1, 0, 255]), 1);
	const rows = database.prepare<{ a: unknown }>("SELECT a FROM t WHERE b = ? ORDER BY rowid").all(1);
	assert.deepEqual(
		rows.slice(0, -1).map(({ a }) => a),
		values,
	);
	assert.deepEqual(new Uint8Array(rows.at(-1)?.a as ArrayBuffer), new Uint8Array([1, 0, 255]));
	for (const bad of ["\0", undefined, true, Number.NaN, 1n, {}, [1], new Date()]) {
		assert.throws(() => insert.run(bad as never, 1), { name: "internal", message: /cannot be bound/ });
	}
	assert.throws(() => insert.run(1), { name: "internal", message: /2 parameters were wanted, not 1/ });
	assert.equal(database.prepare("SELECT a FROM t").all().length, values.length + 1);
	database.close();
});

test("A transaction is all or nothing, and a reader cannot write", (context) => {
	const path = join(temporaryFolder(context), "a.db");
	const database = openDatabase(path, { readonly: false });
	database.exec("CREATE TABLE t(a)");
	const write = (): never =>
		database.transaction(() => {
			database.exec("INSERT INTO t VALUES(1)");
			throw new RangeError("in the middle");
		});
	assert.throws(write, RangeError);
	const reader = openDatabase(path, { readonly: true });
	assert.throws(() => reader.exec("INSERT INTO t VALUES(2)"), { name: "storage" });
	assert.deepEqual([...reader.prepare("SELECT a FROM t").each()], []);
	database.transaction(() => database.exec("INSERT INTO t VALUES(3)"));
	assert.deepEqual(reader.prepare("SELECT a FROM t").all(), [{ a: 3 }]);
	reader.close();
	database.close();
});

test("What is no database, and what cannot be opened, is told in a sentence", (context) => {
	const folder = temporaryFolder(context);
	writeFileSync(join(folder, "bad.db"), "garbage ".repeat(1_000));
	assert.throws(() => openDatabase(join(folder, "bad.db"), { readonly: false }), {
		name: "indexInvalid",
		message: /bad\.db is damaged\. Index the folder again: it is built anew\.$/,
	});
	assert.throws(() => openDatabase(join(folder, "missing", "a.db"), { readonly: false }), {
		name: "storage",
		message: /could not be opened\. Check that its folder exists and may be written\.$/,
	});
});

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openLogFile } from "../../../sidecar/store/logFile.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

test("a log begins anew when it is full, keeps the one before, and goes on where another process left it", (context) => {
	const path = join(temporaryFolder(context), "log");
	const append = openLogFile(path, 10);
	append("one");
	append("two");
	append("three");
	assert.deepEqual([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")], ["one\ntwo\n", "three\n"]);
	openLogFile(path, 10)("four");
	assert.deepEqual([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")], ["three\n", "four\n"]);
	assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("a log that cannot be written is passed over", (context) => {
	openLogFile(join(temporaryFolder(context), "missing", "log"))("lost");
});

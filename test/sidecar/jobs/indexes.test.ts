import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { IndexStatus } from "../../../sidecar/protocol/search.ts";
import { codeFolder, pathsWith } from "../../support/codeIndex.ts";
import { eventually, jobsUnderTest } from "../../support/jobsUnderTest.ts";

const signal = new AbortController().signal;

test("An index is started, told of, explained, verified, stopped and deleted by requests", async (context) => {
	const indexed = codeFolder(context, {
		"a.py": "def first():\n    return 1\n",
		".gitignore": "*.tmp.py\n",
		"b.tmp.py": "b = 1\n",
	});
	const { home } = indexed;
	// The client's name of a folder may be a link: it is answered by that name.
	const folder = join(home, "link");
	symlinkSync(indexed.folder, folder);
	const told: IndexStatus[] = [];
	const { jobs } = await jobsUnderTest(home, {
		notify: (name, params) => {
			if (name === "indexChanged") told.push(params as IndexStatus);
		},
	});
	context.after(() => jobs.shutdown());
	const { handlers } = jobs;
	const ask = { signal };
	const none = await handlers.indexStatus({ folder }, ask);
	assert.deepEqual([none.state, none.folder, none.files], ["none", folder, 0]);
	await handlers.startIndex({ folder }, ask);
	assert.equal(jobs.activeIndexes(), 1);
	const ready = await eventually(() => told.find(({ state }) => state === "ready"));
	assert.deepEqual(
		[ready.folder, ready.files, ready.chunks, ready.watching, ready.secondsLeft],
		[folder, 1, 1, true, 0],
	);
	assert.match(ready.message ?? "", /^Only words are searched: no model is trained for search yet\. Train one: /);
	assert.equal(jobs.activeIndexes(), 0);
	assert.deepEqual(await handlers.indexStatus({ folder }, ask), ready);
	const why = await handlers.explainFile({ folder, path: "b.tmp.py" }, ask);
	assert.deepEqual([why.indexed, why.rule, why.line], [false, "*.tmp.py", 1]);
	assert.deepEqual(await handlers.verifyIndex({ folder }, ask), { ok: true, problems: [] });
	indexed.write({ "c.py": "def second():\n    return 1\n" });
	await eventually(() => (pathsWith(indexed, "second").length > 0 ? true : undefined));
	await handlers.stopIndex({ folder }, ask);
	const stopped = await handlers.indexStatus({ folder }, ask);
	assert.deepEqual([stopped.state, stopped.files, stopped.watching], ["ready", 2, false]);
	await handlers.deleteIndex({ folder }, ask);
	assert.equal(told.at(-1)?.state, "none");
	await assert.rejects(handlers.verifyIndex({ folder }, ask), { name: "notFound" });
	await assert.rejects(handlers.startIndex({ folder: "relative" }, ask), { name: "usage" });
	await assert.rejects(handlers.startIndex({ folder, model: "none" }, ask), { name: "notFound" });
});

import assert from "node:assert/strict";
import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { verifyIndex } from "../../../../sidecar/search/index/verifyIndex.ts";
import { codeFolder, dump, hashModel, index, pathsWith } from "../../../support/codeIndex.ts";
import { asOrdinaryUser, smallDisk } from "../../../support/refusingDisk.ts";

const code = (n: number): string =>
	`def job${n}(item):\n    """Works on the marker of an item."""\n    return item.work(${n})\n`;

test("On a full disk what was indexed stays and can be searched, and the rest comes once there is room", async (context) => {
	const disk = smallDisk(context, 3_000);
	if (disk === undefined) return;
	const { folder, write } = codeFolder(context, { "first.py": code(0) });
	const indexed = { folder, home: disk, write };
	await index(indexed, { model: hashModel() });
	writeFileSync(join(disk, "filler"), Buffer.alloc(2_600_000));
	write(
		Object.fromEntries(
			[...Array(400).keys()].map((n) => [
				`more/f${n}.py`,
				[...Array(10).keys()].map((m) => code(10 * n + m)).join("\n"),
			]),
		),
	);
	await assert.rejects(index(indexed, { model: hashModel() }), {
		name: "storage",
		message: /^The disk is full: .*index\.db could not be written\. Free some space and index again\.$/,
	});
	assert.ok(pathsWith(indexed, "marker").includes("first.py"));
	rmSync(join(disk, "filler"));
	rmSync(join(folder, "more"), { recursive: true });
	write({ "second.py": code(1) });
	await index(indexed, { model: hashModel() });
	assert.deepEqual(pathsWith(indexed, "marker"), ["first.py", "second.py"]);
	assert.deepEqual(await verifyIndex(folder, { home: disk, signal: new AbortController().signal }), []);
	assert.equal(dump(indexed).length, 2);
});

test("A user's folder that cannot be written is one sentence, and nothing is left there", async (context) => {
	if (process.platform === "win32") return context.skip("Windows has other permissions");
	const indexed = codeFolder(context, { "a.py": code(0) });
	chmodSync(indexed.home, 0o555);
	chmodSync(indexed.folder, 0o755);
	await asOrdinaryUser(() =>
		assert.rejects(index(indexed), { name: "storage", message: /^No permission for .*indexes/ }),
	);
	assert.deepEqual(readdirSync(indexed.home), []);
});

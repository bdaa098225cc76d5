import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import {
	readBytes,
	recoverFolder,
	removeLeftovers,
	writeFileAtomic,
	writeFolderAtomic,
} from "../../../sidecar/store/atomic.ts";
import { latestCheckpoint, writeCheckpoint } from "../../../sidecar/store/checkpoints.ts";
import { asOrdinaryUser, smallDisk } from "../../support/refusingDisk.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const storage = (pattern: RegExp) => (error: unknown) => isError(error, "storage") && pattern.test(error.message);

const big = (value: number) => ({
	model: new Map([["w", { data: new Float32Array(100_000).fill(value), shape: [100_000] }]]),
	optimizer: new Map<string, never>(),
	state: { value },
});

test("a file is replaced whole and its folder is made", (context) => {
	const path = join(temporaryFolder(context), "a", "b", "c.json");
	writeFileAtomic(path, "first");
	writeFileAtomic(path, [Buffer.from("sec"), Buffer.from("ond")]);
	assert.equal(readFileSync(path, "utf8"), "second");
	assert.deepEqual(readdirSync(join(path, "..")), ["c.json"]);
	assert.deepEqual(readBytes(path), new Uint8Array(Buffer.from("second")));
});

test("on a full disk the checkpoint before stays, nothing half-written is left and the error says what to do", (context) => {
	const disk = smallDisk(context, 1000);
	if (disk === undefined) return;
	writeCheckpoint(disk, 1, big(1));
	writeFileAtomic(join(disk, "recipe.json"), "old");
	writeFileSync(join(disk, "filler"), Buffer.alloc(450_000));
	assert.throws(
		() => writeCheckpoint(disk, 2, big(2)),
		storage(/^The disk is full: .*step-2 could not be written\. Free/),
	);
	assert.throws(() => writeFileAtomic(join(disk, "recipe.json"), "x".repeat(500_000)), storage(/^The disk is full/));
	assert.equal(latestCheckpoint(disk)?.step, 1);
	assert.equal(readFileSync(join(disk, "recipe.json"), "utf8"), "old");
	assert.deepEqual(readdirSync(join(disk, "checkpoints")), ["step-1"]);
});

test("a read-only disk is named", (context) => {
	const disk = smallDisk(context, 1000);
	if (disk === undefined) return;
	writeCheckpoint(disk, 1, big(1));
	execFileSync("mount", ["-o", "remount,ro", disk]);
	assert.throws(() => writeCheckpoint(disk, 2, big(2)), storage(/read-only file system\. Choose another folder/));
	assert.equal(latestCheckpoint(disk)?.step, 1);
});

test("a folder without write permission is named", async (context) => {
	if (process.platform === "win32") {
		context.skip("Windows has other permissions");
		return;
	}
	const folder = temporaryFolder(context);
	chmodSync(folder, 0o555);
	await asOrdinaryUser(() => {
		assert.throws(() => writeFileAtomic(join(folder, "x"), "x"), storage(/^No permission for/));
	});
});

test("a file where a folder should be is named", (context) => {
	const folder = temporaryFolder(context);
	writeFileSync(join(folder, "run"), "");
	assert.throws(
		() => writeFileAtomic(join(folder, "run", "recipe.json"), "x"),
		storage(/is a file, not a folder|A file stands where/),
	);
});

test("a missing file is notFound", (context) => {
	assert.throws(
		() => readBytes(join(temporaryFolder(context), "nothing")),
		(error) => isError(error, "notFound") && error.message.endsWith("nothing does not exist. Check the path."),
	);
});

test("a folder whose filling fails is not made and the one before stays", (context) => {
	const folder = temporaryFolder(context);
	const path = join(folder, "model");
	writeFolderAtomic(path, (temporary) => writeFileSync(join(temporary, "a"), "1"));
	const failing = (): void =>
		writeFolderAtomic(path, (temporary) => {
			writeFileSync(join(temporary, "a"), "2");
			throw new RangeError("in the middle");
		});
	assert.throws(failing, RangeError);
	assert.equal(readFileSync(join(path, "a"), "utf8"), "1");
	assert.deepEqual(readdirSync(folder), ["model"]);
});

test("a folder whose replacement was cut off comes back", (context) => {
	const folder = temporaryFolder(context);
	const path = join(folder, "model");
	mkdirSync(path);
	// What stands on the disk between the two renames.
	renameSync(path, join(folder, ".model.replaced"));
	recoverFolder(path);
	assert.ok(existsSync(path));
});

test("only leftovers of killed writers are removed", (context) => {
	const folder = temporaryFolder(context);
	mkdirSync(join(folder, ".step-5.123.tmp"));
	for (const name of [".model.json.9.tmp", "step-5.123.tmp", ".hidden"]) writeFileSync(join(folder, name), "");
	removeLeftovers(folder);
	assert.deepEqual(readdirSync(folder).sort(), [".hidden", "step-5.123.tmp"]);
});

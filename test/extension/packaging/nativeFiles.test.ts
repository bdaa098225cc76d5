/** The platform of a native file is read from its header. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkNativeFiles, nativeFormat } from "../../../extension/packaging/nativeFiles.ts";
import { targetNamed } from "../../../extension/packaging/targets.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

function header(write: (bytes: Buffer) => void): Buffer {
	const bytes = Buffer.alloc(256);
	write(bytes);
	return bytes;
}

function elf(machine: number): Buffer {
	return header((bytes) => {
		bytes.writeUInt32BE(0x7f454c46, 0);
		bytes.writeUInt16LE(machine, 18);
	});
}

const pe = header((bytes) => {
	bytes.write("MZ", 0, "latin1");
	bytes.writeUInt32LE(128, 60);
	bytes.write("PE\0\0", 128, "latin1");
	bytes.writeUInt16LE(0xaa64, 132);
});
const mach = header((bytes) => {
	bytes.writeUInt32LE(0xfeedfacf, 0);
	bytes.writeUInt32LE(0x0100000c, 4);
});
const universal = header((bytes) => {
	bytes.writeUInt32BE(0xcafebabe, 0);
	bytes.writeUInt32BE(2, 4);
	bytes.writeUInt32BE(0x01000007, 8);
	bytes.writeUInt32BE(0x0100000c, 28);
});

test("ELF, PE and Mach-O files say their system and processor", () => {
	assert.deepEqual(nativeFormat(elf(62)), { os: "linux", cpus: ["x64"] });
	assert.deepEqual(nativeFormat(elf(183)), { os: "linux", cpus: ["arm64"] });
	assert.deepEqual(nativeFormat(elf(40)), { os: "linux", cpus: ["0x28"] });
	assert.deepEqual(nativeFormat(pe), { os: "win32", cpus: ["arm64"] });
	assert.deepEqual(nativeFormat(mach), { os: "darwin", cpus: ["arm64"] });
	assert.deepEqual(nativeFormat(universal), { os: "darwin", cpus: ["x64", "arm64"] });
});

test("what is no program, or cut off, says nothing", () => {
	assert.equal(nativeFormat(Buffer.alloc(256)), undefined);
	assert.equal(nativeFormat(elf(62).subarray(0, 20)), undefined);
	assert.equal(nativeFormat(pe.subarray(0, 130)), undefined);
});

test("a package with a native file of another platform, or a broken one, is refused", (t) => {
	const folder = temporaryFolder(t);
	writeFileSync(join(folder, "a.node"), elf(62));
	writeFileSync(join(folder, "lib.so.1"), elf(183));
	writeFileSync(join(folder, "broken.dylib"), "text");
	assert.deepEqual(checkNativeFiles(folder, ["a.node", "main.js"], targetNamed("linux-x64")), ["a.node"]);
	assert.throws(() => checkNativeFiles(folder, ["a.node", "lib.so.1"], targetNamed("linux-x64")), {
		message: "lib.so.1 is for linux arm64, and the package is for linux-x64. Run npm ci and try again.",
	});
	assert.throws(() => checkNativeFiles(folder, ["broken.dylib"], targetNamed("darwin-x64")), /is no program/);
});

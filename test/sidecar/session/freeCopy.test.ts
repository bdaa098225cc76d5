import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freeingFlags } from "../../../sidecar/session/freeCopy.ts";

const program = fileURLToPath(new URL("../../support/freedCopiesChild.ts", import.meta.url));

function grown(flags: readonly string[]): { most: number; last: number } {
	const output = execFileSync(process.execPath, [...flags, "--import", "tsx", program], { encoding: "utf8" });
	return JSON.parse(output.trim().split("\n").at(-1)!);
}

test("the copies that runs return are freed at once, and what they filled stays", () => {
	const { most, last } = grown(freeingFlags);
	assert(most < 12e6, `buffers grew by ${(most / 1e6).toFixed(0)} MB, which is more than one copy of 8 MB`);
	assert.equal(last, 7);
});

test("a Node that cannot free buffers runs all the same", { skip: freeingFlags.length === 0 }, () => {
	const { most, last } = grown([]);
	assert(most > 30e6, `buffers grew by ${(most / 1e6).toFixed(0)} MB alone: this test no longer shows what is freed`);
	assert.equal(last, 7);
});

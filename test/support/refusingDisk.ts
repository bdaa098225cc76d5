import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A disk of `kilobytes` of its own, or undefined where this process may not mount one. */
export function smallDisk(context: TestContext, kilobytes: number): string | undefined {
	const folder = mkdtempSync(join(tmpdir(), "maskwright-disk-"));
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder], { stdio: "ignore" });
	} catch {
		rmdirSync(folder);
		context.skip("this process may not mount a small disk");
		return undefined;
	}
	context.after(() => {
		execFileSync("umount", ["--lazy", folder]); // libsql lets go of a file late
		rmdirSync(folder);
	});
	return folder;
}

/** Runs `action` as a user whom permissions bind: where root runs the tests, as `nobody`. */
export async function asOrdinaryUser(action: () => void | Promise<void>): Promise<void> {
	const isRoot = process.geteuid?.() === 0;
	if (isRoot) process.seteuid?.(65534);
	try {
		await action();
	} finally {
		if (isRoot) process.seteuid?.(0);
	}
}

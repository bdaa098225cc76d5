import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const skip =
	process.platform === "linux" ? false : "Left out: where the telemetry leaves traces is known for Linux only.";

test("a session leaves no device id and no telemetry on the disk", { skip }, () => {
	const home = mkdtempSync(join(tmpdir(), "maskwright-home-"));
	try {
		const { CI: _, ORT_DISABLE_TELEMETRY: __, XDG_CACHE_HOME: ___, ...environment } = process.env;
		const program = new URL("../../support/oneSessionChild.ts", import.meta.url);
		execFileSync(
			process.execPath,
			[...process.execArgv.filter((flag) => !flag.startsWith("--test")), program.pathname],
			{
				env: { ...environment, HOME: home },
			},
		);
		assert.deepEqual(readdirSync(home, { recursive: true }), []);
	} finally {
		rmSync(home, { recursive: true });
	}
});

import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkpointStep, homeFolder } from "../../../sidecar/store/layout.ts";

test("the user's folder follows the platform, and MASKWRIGHT_HOME before it", () => {
	const home = homedir();
	const rows: [NodeJS.ProcessEnv, NodeJS.Platform, string][] = [
		[{}, "linux", join(home, ".local/share/maskwright")],
		[{ XDG_DATA_HOME: "/data" }, "linux", join("/data", "maskwright")],
		[{ XDG_DATA_HOME: "relative" }, "linux", join(home, ".local/share/maskwright")],
		[{}, "darwin", join(home, "Library/Application Support/Maskwright")],
		[{ LOCALAPPDATA: "/local" }, "win32", join("/local", "Maskwright")],
		[{ MASKWRIGHT_HOME: "/mine", XDG_DATA_HOME: "/data" }, "linux", "/mine"],
		[{ MASKWRIGHT_HOME: "" }, "darwin", join(home, "Library/Application Support/Maskwright")],
	];
	assert.deepEqual(
		rows.map(([env, platform]) => homeFolder(env, platform)),
		rows.map(([, , expected]) => expected),
	);
});

test("only names that a checkpoint writer makes tell a step", () => {
	const names = ["step-0", "step-12", "step-012", "step-", "step-1.5", ".step-3.99.tmp", "step-9999999999999999"];
	assert.deepEqual(names.map(checkpointStep), [0, 12, ...Array(5).fill(undefined)]);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseRemoteUrl, sidecarCommand } from "../../../extension/sidecar/locate.ts";

test("the sidecar runs on the Node of the caller, without what steers the caller itself", () => {
	const env = { PATH: "/bin", MASKWRIGHT_HOME: "/m", VSCODE_PID: "1", ELECTRON_X: "y", NODE_OPTIONS: "--inspect" };
	assert.deepEqual(sidecarCommand("/ext", env), {
		file: process.execPath,
		args: [join("/ext", "dist", "sidecar", "cli", "main.js"), "serve"],
		env: { PATH: "/bin", MASKWRIGHT_HOME: "/m", ELECTRON_RUN_AS_NODE: "1" },
	});
});

test("only a websocket address without secrets is taken for a remote sidecar", () => {
	for (const good of ["ws://127.0.0.1:7700", "wss://gpu.example:7700/"]) {
		assert.equal(String(parseRemoteUrl(good)), String(new URL(good)));
	}
	for (const bad of ["http://gpu.example", "gpu.example:7700", "nonsense"]) {
		assert.match(String(parseRemoteUrl(bad)), /must be an address such as/, bad);
	}
	for (const secret of ["ws://user:word@gpu.example", "ws://gpu.example/?token=1"]) {
		assert.match(String(parseRemoteUrl(secret)), /must not hold a password or a token/, secret);
	}
});

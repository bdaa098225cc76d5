/** A platform without onnxruntime, or with one that cannot be loaded, gets a sentence and not a crash. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine, engineMissing, engineVersion } from "../../../sidecar/session/engine.ts";

test("a platform without a build is told apart from a build that is damaged", () => {
	const absent = engineMissing(new Error("Cannot find module"), "darwin-x64");
	assert.equal(absent.name, "unsupportedPlatform");
	assert.match(absent.message, /^onnxruntime, .*, has no build for darwin-x64; without it code search by words works/);
	const damaged = engineMissing(new Error("file too short\nRequire stack"), "linux-x64");
	assert.match(
		damaged.message,
		/could not be loaded \(file too short\): install the package of Maskwright for linux-x64/,
	);
	assert.ok(!damaged.message.includes("\n"));
});

test("here it is loaded, and says its version", () => {
	assert.equal(typeof engine().InferenceSession.create, "function");
	assert.match(engineVersion(), /^1\.30\./);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { MaskwrightError } from "../../../sidecar/base/errors.ts";
import { describeFailure } from "../../../sidecar/cli/failure.ts";
import { errorNames } from "../../../sidecar/protocol/errors.ts";

test("wrong use ends with 2, an interruption with 130, every other error with 1", () => {
	const codes = errorNames.map((name) => [
		name,
		describeFailure(new MaskwrightError(name, "x."), { verbose: false }).exitCode,
	]);
	const special = { usage: 2, recipeInvalid: 2, noMask: 2, interrupted: 130 };
	assert.deepEqual(Object.fromEntries(codes), {
		...Object.fromEntries(errorNames.map((name) => [name, 1])),
		...special,
	});
});

test("an error of ours is told in its own words, four lines at most, without control characters", () => {
	const error = new MaskwrightError("storage", "one\x1b[31m\n\ntwo\nthree\nfour\nfive");
	assert.deepEqual(describeFailure(error, { verbose: false }).lines, ["one\\x1b[31m", "two", "three", "four"]);
});

test("an error that nobody expected says so, and its stack is shown only when asked for", () => {
	const error = new TypeError("x is not a function", { cause: new Error("inner") });
	const plain = describeFailure(error, { verbose: false });
	assert.deepEqual(plain, {
		exitCode: 1,
		lines: [
			"Maskwright met an error that it did not expect: x is not a function",
			"This is a bug of ours. Run the command again with --verbose and report what it prints.",
		],
	});
	const verbose = describeFailure(error, { verbose: true }).lines.join("\n");
	assert.ok(verbose.startsWith(plain.lines.join("\n")) && /TypeError.*\n\s+at .*Error: inner/s.test(verbose));
	assert.equal(describeFailure("text", { verbose: true }).lines.length, 2);
});

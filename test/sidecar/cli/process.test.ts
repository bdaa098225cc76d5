import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const main = join(import.meta.dirname, "..", "..", "..", "sidecar", "cli", "main.ts");

/** Runs the real program in a process of its own. */
async function call(args: readonly string[], options: { home: string; closeOutput?: boolean }) {
	const env = { ...process.env, MASKWRIGHT_HOME: options.home };
	const child = spawn(process.execPath, ["--import", "tsx", main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
	if (options.closeOutput) child.stdout.destroy();
	const output = { stdout: "", stderr: "" };
	child.stdout.on("data", (chunk: Buffer) => {
		output.stdout += chunk.toString();
	});
	child.stderr.on("data", (chunk: Buffer) => {
		output.stderr += chunk.toString();
	});
	const [exitCode] = (await once(child, "close")) as [number | null];
	return { exitCode, ...output };
}

test("the program prints its result, and its exit code tells how it went", async (context) => {
	const home = temporaryFolder(context);
	const results = await Promise.all([call(["runs", "--json"], { home }), call(["runs", "x"], { home })]);
	assert.deepEqual(results, [
		{ exitCode: 0, stdout: "[]\n", stderr: "" },
		{
			exitCode: 2,
			stdout: "",
			stderr: "Too many arguments for 'runs'. Expected 0 arguments but got 1.\nSee maskwright --help.\n",
		},
	]);
});

test("a reader that went away ends the program without a word", async (context) => {
	const home = temporaryFolder(context);
	const { exitCode, stderr } = await call(["--help"], { home, closeOutput: true });
	assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
});

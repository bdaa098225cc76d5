import assert from "node:assert/strict";
import { test } from "node:test";
import { callCli } from "../../support/callCli.ts";

/** Calls that are wrong in themselves, and what the first line of the answer must say. */
const calls: [args: string[], says: RegExp][] = [
	[[], /^A command is missing\./],
	[["frobnicate"], /^Unknown command 'frobnicate'\./],
	[["trian", "x"], /Did you mean train\?/],
	[["--frobnicate"], /^Unknown option '--frobnicate'\./],
	[["train"], /^Missing required argument 'corpus'\./],
	[["train", "a", "b"], /^Too many arguments for 'train'\./],
	[["train", "a", "--frobnicate"], /^Unknown option '--frobnicate'/],
	[["train", "a", "--steps"], /argument missing|whole number/],
	[["train", "a", "--steps", "0"], /argument '0' is invalid\. It must be at least 1\./],
	[["train", "a", "--steps", "1e3"], /whole number/],
	[["train", "a", "--steps", "-5"], /whole number|argument missing/],
	[["train", "a", "--steps", "9007199254740993"], /whole number/],
	[["train", "a", "--tokens", "many"], /whole number/],
	[["train", "a", "--minutes", "0"], /above 0/],
	[["train", "a", "--minutes", "NaN"], /above 0/],
	[["train", "a", "--minutes", "1e400"], /above 0/],
	[["train", "a", "--threads", "0"], /at least 1/],
	[["train", "a", "--seed", "-1"], /whole number|argument missing/],
	[["train", "a", "--device", "gpu"], /Allowed choices are auto, webgpu, cuda, dml, coreml, cpu\./],
	[["train", "a", "--set", "layers"], /key=value/],
	[["train", "a", "--set", "=4"], /key=value/],
	[["train", "a", "--set", "model..layers=4"], /key=value/],
	[["train", "a", "--set", "model.layers=4", "--set", "model.layers=5"], /set twice/],
	[["train", "a", "--steps", "1", "--minutes", "1"], /--steps and --minutes are both budgets\. Give one/],
	[["train", "a", "--steps", "1", "--minutes", "1", "--tokens", "1"], /--steps and --minutes and --tokens/],
	[["resume"], /^Missing required argument 'run'\./],
	[["corpus"], /^Missing required argument 'folder'\./],
	[["fill", "--top", "0", "x"], /at least 1/],
	[["fill", "a", "b"], /^Too many arguments/],
	[["eval"], /^A command is missing\./],
	[["eval", "frobnicate"], /^Unknown command 'frobnicate'/],
	[["eval", "fill"], /'--data <path>' not specified/],
	[["recipes", "x"], /^Too many arguments/],
	[["runs", "x"], /^Too many arguments/],
	[["models", "--frobnicate"], /^Unknown option/],
	[["doctor", "x"], /^Too many arguments/],
	[["serve", "--linger", "soon"], /whole number/],
	[["serve", "--listen", "7070"], /must be HOST:PORT/],
	[["serve", "--listen", "localhost:99999"], /must be HOST:PORT/],
	[["serve", "--listen", "0.0.0.0:7070"], /every address of this machine/],
	[["serve", "--listen", "[::]:7070"], /every address of this machine/],
	[["serve", "--listen", "localhost:7070", "--allow-host", "a b"], /must be a host's name/],
	[["serve", "--token-file", "x"], /belong to --listen/],
];

for (const [args, says] of calls) {
	for (const json of [[], ["--json"]]) {
		// The group alone takes no --json: it has no output.
		if (json.length > 0 && (args.length === 0 || args[0] === "eval")) continue;
		const call = [...args, ...json];
		test(`maskwright ${call.join(" ")} is wrong use: exit 2, a few plain lines, nothing on standard output`, async () => {
			const { exitCode, stdout, stderr } = await callCli(call);
			assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: "" });
			assert.match(stderr.replaceAll("\n", " "), says);
			assertPlainLines(stderr);
		});
	}
}

function assertPlainLines(stderr: string): void {
	const lines = stderr.split("\n");
	assert.equal(lines.pop(), "", "ends with a line break");
	assert.ok(lines.length >= 1 && lines.length <= 4, `${lines.length} lines`);
	for (const line of lines) assert.doesNotMatch(line, /^\s+at |[^\P{Cc}]/u);
}

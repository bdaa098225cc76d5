import assert from "node:assert/strict";
import { test } from "node:test";
import { callCli } from "../../support/callCli.ts";

/** The commands of the contract with what help must tell of each. */
const commands: Record<string, string[]> = {
	train: [
		"<corpus>",
		"--recipe",
		"--from",
		"--set",
		"--steps",
		"--minutes",
		"--tokens",
		"--device",
		"--threads",
		"--seed",
		"--out",
	],
	resume: ["<run>"],
	corpus: ["<folder>"],
	fill: ["[text]", "--model", "--top"],
	classify: ["[file]", "--labels <a,b,c>", "--labels-file", "--instruction", "--lines", "--jsonl", "--diff", "--model"],
	"eval fill": ["--data", "--model"],
	dataflow: ["<file>"],
	recipes: [],
	runs: [],
	models: [],
	export: ["<model>", "--format <name>", "--out <dir>", "--at <step>", "--recipe", "--set", "huggingface"],
	doctor: [],
	serve: ["--linger", "--listen", "--token-file", "--allow-host"],
};

for (const [command, told] of Object.entries(commands)) {
	test(`maskwright ${command} --help tells how it is called and does nothing else`, async () => {
		const { exitCode, stdout, stderr } = await callCli([...command.split(" "), "--help"]);
		assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
		assert.ok(stdout.startsWith(`Usage: maskwright ${command} [options]`), stdout);
		for (const text of [...told, "--json", "--verbose", "--help"])
			assert.ok(stdout.includes(text), `${text} is not told`);
	});
}

test("maskwright --help lists every command", async () => {
	const { exitCode, stdout } = await callCli(["--help"]);
	assert.equal(exitCode, 0);
	for (const command of Object.keys(commands)) assert.match(stdout, new RegExp(`^  ${command.split(" ")[0]} `, "m"));
});

test("maskwright --version tells a version", async () => {
	const { exitCode, stdout } = await callCli(["--version"]);
	assert.equal(exitCode, 0);
	assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { indexEventSchema } from "../../../sidecar/protocol/search.ts";
import { callCli } from "../../support/callCli.ts";
import { codeFolder } from "../../support/codeIndex.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const code = (word: string): string => `def ${word}():\n    return 1\n`;

test("maskwright index tells its progress and what it did, again only what changed; --verify, --why and --delete", async (context) => {
	const { folder, home, write } = codeFolder(context, {
		"a.py": code("first"),
		".gitignore": "b.py\n",
		"b.py": code("b"),
	});
	useUserFolder(context, home);
	const events = async () => {
		const { stdout, exitCode, stderr } = await callCli(["index", folder, "--json"]);
		assert.equal(exitCode, 0, stderr);
		return stdout
			.trim()
			.split("\n")
			.map((line) => indexEventSchema.parse(JSON.parse(line)));
	};
	const done = (await events()).at(-1);
	assert.ok(done?.event === "done" && done.bytes > 0 && done.message?.startsWith("Only words are searched: "));
	assert.deepEqual([done.files, done.chunks, done.embedded, done.reused, done.model], [1, 1, 0, 0, null]);
	write({ "c.py": code("second") });
	const stale = await callCli(["index", folder, "--verify"]);
	assert.equal(stale.exitCode, 1);
	assert.match(stale.stdout, /^The file "c.py" is not indexed as it stands in the folder\.$/m);
	assert.equal((await events()).at(-1)?.files, 2);
	assert.equal((await callCli(["index", folder, "--verify"])).stdout, "The index is sound and up to date.\n");
	const why = await callCli(["index", folder, "--why", "b.py"]);
	assert.equal(why.stdout, `It is left out: ignored by .gitignore (b.py).\n  ${join(folder, ".gitignore")}:1: b.py\n`);
	assert.equal((await callCli(["index", folder, "--delete"])).stdout, `The index of ${folder} is deleted.\n`);
	assert.equal((await callCli(["index", folder, "--verify"])).exitCode, 1);
});

test("Wrong calls of maskwright index are told", async (context) => {
	const { folder, home } = codeFolder(context, { "a.py": code("first") });
	useUserFolder(context, home);
	for (const [args, exitCode, said] of [
		[[folder, "--verify", "--delete"], 2, /^--verify and --delete exclude each other\./],
		[[folder, "--why", "a.py", "--model", "m"], 2, /^--model has no meaning with --why\./],
		[[join(folder, "none")], 1, /none does not exist or cannot be opened\./],
		[[join(folder, "a.py")], 2, /a\.py is a file\. Name a folder/],
		[[folder, "--model", "none"], 1, /^There is no model none\./],
	] as const) {
		const { exitCode: got, stderr } = await callCli(["index", ...args]);
		assert.equal(got, exitCode, stderr);
		assert.match(stderr, said);
	}
});

test("Ctrl-C keeps what is done and ends with 130; the next call goes on", async (context) => {
	const many = Object.fromEntries([...Array(1_500).keys()].map((n) => [`f${n}.py`, code(`job${n}`).repeat(5)]));
	const { folder, home } = codeFolder(context, many);
	useUserFolder(context, home);
	const main = join(import.meta.dirname, "..", "..", "..", "sidecar", "cli", "main.ts");
	const child = spawn(process.execPath, ["--import", "tsx", main, "index", folder, "--json"], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let errors = "";
	child.stderr.on("data", (chunk: Buffer) => {
		errors += chunk.toString();
	});
	const ended = once(child, "exit");
	let files = 0;
	for await (const line of createInterface({ input: child.stdout })) {
		const event = indexEventSchema.parse(JSON.parse(line));
		files = event.files;
		if (files > 0) child.kill("SIGINT");
	}
	assert.deepEqual(await ended, [130, null]);
	assert.equal(errors, "Stopped. What is indexed stays and can be searched; the next call goes on with it.\n");
	assert.ok(files > 0);
	const { stdout } = await callCli(["index", folder, "--json"]);
	const first = indexEventSchema.parse(JSON.parse(stdout.split("\n")[0] ?? ""));
	assert.ok(first.files >= Math.min(files, 1_500), `${first.files} of ${files}`);
});

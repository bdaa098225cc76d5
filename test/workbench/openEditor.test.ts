import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { house } from "./house.ts";
import { leftOut } from "./workbench.ts";

test("npm start serves the folder to whoever has its address, and Ctrl-C ends it", { skip: leftOut }, async (t) => {
	const failing = desktop(t, "exit 1");
	const { child, output, folder } = openEditorProcess(t, failing);
	const address = await found(output, /http:\/\/127\.0\.0\.1:\d+\/\S+/);
	assert.match(output(), /could not be started/);
	const { origin } = new URL(address);
	assert.equal((await fetch(origin)).status, 403);
	const page = await fetch(address, { redirect: "manual" });
	assert.equal(page.status, 302);
	assert.equal(new URL(address).searchParams.get("folder"), folder);

	const ended = once(child, "close");
	child.kill("SIGINT");
	assert.deepEqual(await ended, [0, null]);
	await assert.rejects(fetch(origin));
});

test("npm start opens the folder in a desktop VS Code where there is one", { skip: leftOut }, async (t) => {
	const program = desktop(t, 'printf "%s\\n" "$@" > "$0.arguments"');
	const { child, folder } = openEditorProcess(t, program);
	assert.deepEqual(await once(child, "close"), [0, null]);
	const given = readFileSync(`${program}.arguments`, "utf8").trim().split("\n");
	assert.deepEqual(given, [`--extensionDevelopmentPath=${house}`, folder]);
});

/** A program in the place of VS Code, which does what `script` says. */
function desktop(t: TestContext, script: string): string {
	const program = join(temporaryFolder(t), "code");
	writeFileSync(program, `#!/bin/sh\n${script}\n`);
	chmodSync(program, 0o755);
	return program;
}

function openEditorProcess(t: TestContext, program: string) {
	const home = temporaryFolder(t);
	const folder = join(home, "project");
	mkdirSync(folder);
	const args = ["--import", "tsx", join(import.meta.dirname, "openEditorChild.ts"), folder, join(home, "editor")];
	const env = { ...process.env, MASKWRIGHT_HOME: home, VSCODE_TEST_EXECUTABLE: program };
	const child = spawn(process.execPath, args, { cwd: house, env, stdio: ["ignore", "pipe", "inherit"] });
	t.after(async () => {
		child.kill("SIGKILL");
		while (existsSync(`/proc/${child.pid}`)) await new Promise((resolve) => setTimeout(resolve, 50));
	});
	let text = "";
	child.stdout.on("data", (chunk: Buffer) => {
		text += chunk.toString();
	});
	return { child, folder, output: () => text };
}

async function found(output: () => string, pattern: RegExp): Promise<string> {
	for (let attempt = 0; attempt < 1200; attempt++) {
		const match = pattern.exec(output());
		if (match !== null) return match[0];
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return assert.fail(`no address was told: ${output()}`);
}

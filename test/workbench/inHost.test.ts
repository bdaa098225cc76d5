import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import type { HostResults } from "./host/main.ts";
import { house } from "./house.ts";
import { endSidecar } from "./processes.ts";
import { placeTrainedHome } from "./sharedModel.ts";
import { trainedProject } from "./training.ts";
import { leftOut, startEditor } from "./workbench.ts";

const desktop = process.env["VSCODE_TEST_EXECUTABLE"];
const inDesktop = desktop !== undefined && existsSync(desktop);

test(`the suite passes inside the extension host of ${inDesktop ? "a desktop VS Code" : "the workbench"}`, {
	skip: inDesktop ? false : leftOut,
}, async (t) => {
	const results = join(temporaryFolder(t), "results.json");
	const suite = await bundleSuite();
	if (inDesktop) await runInDesktop(t, { suite, results, executable: desktop });
	else await runInWorkbench(t, { suite, results });
	assert.ok(existsSync(results), "the suite wrote no results");
	const { passed, failed } = JSON.parse(readFileSync(results, "utf8")) as HostResults;
	assert.deepEqual(failed, []);
	assert.ok(passed.length >= 8, `only ${passed.length} tests ran`);
});

interface HostRun {
	readonly suite: string;
	readonly results: string;
}

async function bundleSuite(): Promise<string> {
	const outfile = join(house, "dist", "test", "host.cjs");
	await build({
		entryPoints: [join(import.meta.dirname, "host", "main.ts")],
		outfile,
		bundle: true,
		platform: "node",
		format: "cjs",
		target: "node20",
		sourcemap: "inline",
		external: ["vscode", "mocha"],
	});
	return outfile;
}

async function runInWorkbench(t: TestContext, { suite, results }: HostRun): Promise<void> {
	const editor = await startEditor({ ...trainedProject, env: { MASKWRIGHT_TEST_RESULTS: results } });
	t.after(() => editor.close());
	const page = await editor.browser.newPage();
	const ended = new Promise<number>((resolve) => {
		// VS Code calls these two from the page when it was opened to run tests.
		void page.exposeFunction("codeAutomationLog", () => {});
		void page.exposeFunction("codeAutomationExit", resolve);
	});
	const payload = [
		["extensionDevelopmentPath", editor.remote(house)],
		["extensionTestsPath", editor.remote(suite)],
	] as const;
	await page.goto(editor.url(editor.workspace, payload), { waitUntil: "commit", timeout: 120_000 });
	await ended;
}

async function runInDesktop(t: TestContext, run: HostRun & { executable: string }): Promise<void> {
	const folder = temporaryFolder(t);
	const [home, workspace] = [join(folder, "home"), join(folder, "workspace")];
	mkdirSync(workspace);
	await placeTrainedHome(home);
	t.after(() => endSidecar(home));
	await runTests({
		vscodeExecutablePath: run.executable,
		extensionDevelopmentPath: house,
		extensionTestsPath: run.suite,
		extensionTestsEnv: { MASKWRIGHT_HOME: home, MASKWRIGHT_TEST_RESULTS: run.results },
		launchArgs: [
			workspace,
			"--disable-workspace-trust",
			"--disable-extensions",
			`--user-data-dir=${join(folder, "user")}`,
		],
	}).catch(() => {}); // the results tell more
}

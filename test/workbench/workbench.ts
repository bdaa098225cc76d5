/** A private VS Code with the extension loaded, and a browser on it: each with its own port, settings and home. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { startWorkbench, type Workbench } from "../../sidecar/cli/editor/workbench.ts";
import { ready } from "./actions.ts";
import { house } from "./house.ts";
import { installed } from "./install.ts";
import { endSidecar } from "./processes.ts";

/** Why workbench tests are left out, or false; for `skip`. */
export const leftOut = installed.leftOut;

export interface Editor extends Workbench {
	/** Holds everything of this editor; removed at the end. */
	readonly folder: string;
	/** MASKWRIGHT_HOME of the extension and its sidecar. */
	readonly home: string;
	/** The folder that a page shows. */
	readonly workspace: string;
	readonly browser: Browser;
	/** Opens a new window and waits until it can be used. */
	openWindow(folder?: string): Promise<Page>;
	/** Closes the windows, ends the server, the browser and the sidecar, and removes the folder. */
	close(): Promise<void>;
}

export interface EditorOptions {
	/** Beside those that keep the editor quiet. */
	readonly settings?: (folders: { home: string }) => Readonly<Record<string, unknown>>;
	readonly env?: NodeJS.ProcessEnv;
	/** A package of the extension that is installed, in place of the one from this repository. */
	readonly vsix?: string;
	/** Fills the workspace and the home before the editor starts. */
	readonly prepare?: (folders: { workspace: string; home: string }) => void | Promise<void>;
}

/** Starts a VS Code server of its own with the extension, and a browser. */
export async function startEditor({ settings, env, vsix, prepare }: EditorOptions = {}): Promise<Editor> {
	if (installed.leftOut !== false) throw new Error(installed.leftOut);
	const folder = realpathSync(mkdtempSync(join(tmpdir(), "maskwright-test-")));
	const [home, workspace, data] = ["home", "workspace", "editor"].map((name) => join(folder, name)) as [
		string,
		string,
		string,
	];
	for (const path of [home, workspace, data]) mkdirSync(path);
	await prepare?.({ workspace, home });
	if (vsix !== undefined) await installVsix(vsix, data);
	const server = await startWorkbench({
		main: installed.main,
		folder: data,
		...(vsix === undefined ? { extension: house } : {}),
		settings: { ...quietSettings, ...settings?.({ home }) },
		env: { ...process.env, MASKWRIGHT_HOME: home, ...env },
	});
	const browser = await launchBrowser();
	const close = async (): Promise<void> => {
		await keepEvidence(browser, folder);
		await browser.close();
		await server.stop();
		await endSidecar(home);
		rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	};
	const openWindow = (shown = workspace) => openPage(browser, server.url(shown));
	return { ...server, folder, home, workspace, browser, openWindow, close };
}

/** Installs a package as a user does from a terminal, into the editor that has its folders in `data`. */
async function installVsix(vsix: string, data: string): Promise<void> {
	if (installed.leftOut !== false) throw new Error(installed.leftOut);
	const server = join(dirname(installed.main), "out", "server-main.js");
	const folders = ["user-data", "extensions", "server-data"].flatMap((name) => [
		`--${name}-dir`,
		join(data, name.replace("-data", "")),
	]);
	await promisify(execFile)(process.execPath, [server, "--install-extension", vsix, "--force", ...folders]);
}

/** A headless Chromium. */
export async function launchBrowser(): Promise<Browser> {
	if (installed.leftOut !== false) throw new Error(installed.leftOut);
	const quiet = ["disable-background-networking", "disable-component-update", "disable-sync", "disable-extensions"];
	const plain = ["no-sandbox", "disable-gpu", "disable-quic", "disable-dev-shm-usage", "font-render-hinting=none"];
	const args = [...quiet, ...plain].map((name) => `--${name}`);
	return chromium.launch({ executablePath: installed.chromium, args });
}

/** Opens `url` as a window of its own and waits until the workbench stands. */
async function openPage(browser: Browser, url: string): Promise<Page> {
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 },
		reducedMotion: "reduce",
		permissions: ["clipboard-read", "clipboard-write"],
	});
	const page = await context.newPage();
	page.setDefaultTimeout(90_000); // The machine may be building or training meanwhile.
	await page.goto(url, { waitUntil: "commit", timeout: 120_000 });
	await ready(page);
	return page;
}

/** With MASKWRIGHT_TEST_KEEP=FOLDER, what the windows show at the end and every log is put there. */
async function keepEvidence(browser: Browser, folder: string): Promise<void> {
	const kept = process.env["MASKWRIGHT_TEST_KEEP"];
	if (kept === undefined) return;
	const to = join(kept, basename(folder));
	const pages = browser.contexts().flatMap((context) => context.pages());
	for (const [place, page] of pages.entries()) await page.screenshot({ path: join(to, `window-${place + 1}.png`) });
	const logs = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /\.(log|jsonl)$/.test(path));
	for (const log of logs) cpSync(join(folder, log), join(to, log));
}

/** Keeps the editor from showing anything that a test did not ask for. */
const quietSettings = {
	"workbench.startupEditor": "none",
	"workbench.tips.enabled": false,
	"workbench.welcomePage.walkthroughs.openOnInstall": false,
	"workbench.colorTheme": "Default Dark Modern",
	"workbench.reduceMotion": "on",
	"workbench.enableExperiments": false,
	"workbench.layoutControl.enabled": false,
	"window.confirmBeforeClose": "never",
	"security.workspace.trust.enabled": false,
	"telemetry.telemetryLevel": "off",
	"extensions.autoUpdate": false,
	"extensions.autoCheckUpdates": false,
	"extensions.ignoreRecommendations": true,
	"chat.commandCenter.enabled": false,
	"git.enabled": false,
	"typescript.disableAutomaticTypeAcquisition": true,
	"editor.cursorBlinking": "solid",
	"editor.minimap.enabled": false,
	"editor.inlineSuggest.minShowDelay": 0,
	"editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
	"files.autoSave": "off",
	"files.hotExit": "off",
	"remote.autoForwardPorts": false,
	"remote.restoreForwardedPorts": false,
};

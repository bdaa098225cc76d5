import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isError } from "../../base/errors.ts";
import { askSidecar } from "../../server/askSidecar.ts";
import { livingSidecar } from "../../store/sidecarFiles.ts";
import type { CommandContext } from "../command.ts";
import { printable } from "../terminal.ts";
import { installWorkbench } from "./install.ts";
import { startWorkbench } from "./workbench.ts";

export interface OpenEditorOptions extends CommandContext {
	/** The folder of this project, whose package.json is the extension's. */
	readonly house: string;
	/** Where the editor for the browser keeps its settings and logs; made when missing. */
	readonly data: string;
}

/**
 * Shows `folder` in VS Code with the extension: in a desktop VS Code where one is found, else in a browser, served
 * until the signal is aborted. An editor that cannot be had is told in a sentence and is no failure.
 */
export async function openEditor(folder: string, options: OpenEditorOptions): Promise<void> {
	const { terminal, signal } = options;
	try {
		if (await openDesktop(folder, options)) return;
		await serveBrowser(folder, options);
	} catch (error) {
		if (signal.aborted) return;
		if (!isError(error, "editorUnavailable")) throw error;
		terminal.warn(printable(error.message));
	}
}

/** Long enough for a desktop VS Code to say that it cannot start, in milliseconds. */
const desktopPatience = 5000;

/** Whether a desktop VS Code has taken the folder. */
async function openDesktop(folder: string, { house, terminal }: OpenEditorOptions): Promise<boolean> {
	const program = desktopProgram();
	if (program === undefined) return false;
	const child = spawn(program, [`--extensionDevelopmentPath=${house}`, folder], {
		detached: true,
		stdio: "ignore",
		shell: program.endsWith(".cmd"),
		env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== "ELECTRON_RUN_AS_NODE")),
	});
	if (await failsSoon(child)) {
		terminal.line(`${printable(program)} could not be started; a browser does as well.`);
		return false;
	}
	child.unref();
	terminal.line(`Opened ${printable(folder)} in VS Code.`);
	return true;
}

async function failsSoon(child: ChildProcess): Promise<boolean> {
	const ended = once(child, "exit").then(
		([code]) => code !== 0,
		() => true,
	);
	return await Promise.race([ended, wait(desktopPatience, false, { ref: false })]);
}

/** `VSCODE_TEST_EXECUTABLE` or `code`, where they are. */
function desktopProgram(): string | undefined {
	const chosen = process.env["VSCODE_TEST_EXECUTABLE"];
	if (chosen !== undefined && existsSync(chosen)) return chosen;
	const name = process.platform === "win32" ? "code.cmd" : "code";
	const folders = (process.env["PATH"] ?? "").split(delimiter);
	return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function serveBrowser(folder: string, options: OpenEditorOptions): Promise<void> {
	const { house, data, terminal, signal } = options;
	const say = (sentence: string): void => terminal.line(terminal.colors.dim(sentence));
	const sidecarBefore = livingSidecar();
	const main = await installWorkbench({ folder: join(house, ".cache", "workbench"), say, signal });
	const workbench = await startWorkbench({ main, folder: data, extension: house, settings });
	try {
		terminal.line("The folder is open in VS Code for the browser, which only this machine can reach:");
		terminal.line(`  ${terminal.colors.cyan(workbench.url(folder))}`);
		terminal.line("Type [MASK] in a file and take the fill with Tab. Ctrl-C ends the editor.");
		await Promise.race([workbench.ended, aborted(signal)]);
	} finally {
		await workbench.stop();
		if (sidecarBefore === undefined) await stopSidecar();
	}
}

/** Ends the sidecar that this editor's windows have started, without waiting for it to find that nobody is left. */
async function stopSidecar(): Promise<void> {
	const living = livingSidecar();
	if (living === undefined) return;
	// One that has ended meanwhile does not answer.
	await askSidecar(living, "stopSidecar", { params: { keep: true }, milliseconds: 20_000 }).catch(() => {});
}

async function aborted(signal: AbortSignal): Promise<void> {
	if (!signal.aborted) await once(signal, "abort");
}

/** A first window without questions; what the user changes is kept. */
const settings = {
	"workbench.startupEditor": "none",
	"security.workspace.trust.enabled": false,
	"telemetry.telemetryLevel": "off",
	"extensions.autoUpdate": false,
	"extensions.ignoreRecommendations": true,
	"git.openRepositoryInParentFolders": "never",
};

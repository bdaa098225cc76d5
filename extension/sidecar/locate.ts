import { join } from "node:path";

/** How a process is started. */
export interface SidecarCommand {
	readonly file: string;
	readonly args: readonly string[];
	readonly env: NodeJS.ProcessEnv;
}

/** Where a sidecar on another machine listens. */
export interface RemoteSidecar {
	readonly url: URL;
	readonly token: string;
}

/**
 * The command that becomes the sidecar of this user, or tells where it runs. It runs on the Node that VS Code brings,
 * so a user installs nothing.
 */
export function sidecarCommand(extensionPath: string, env: NodeJS.ProcessEnv = process.env): SidecarCommand {
	// What belongs to the extension host's own process would change the Node of the sidecar.
	const kept = Object.entries(env).filter(([name]) => !/^(VSCODE_|ELECTRON_)/.test(name) && name !== "NODE_OPTIONS");
	return {
		file: process.execPath,
		args: [join(extensionPath, "dist", "sidecar", "cli", "main.js"), "serve"],
		env: { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: "1" },
	};
}

/** The address in `maskwright.sidecar.url`, or a sentence that says what is wrong with it. */
export function parseRemoteUrl(setting: string): URL | string {
	const url = URL.canParse(setting) ? new URL(setting) : undefined;
	if (url === undefined || !["ws:", "wss:"].includes(url.protocol)) {
		return `The setting maskwright.sidecar.url is "${setting}"; it must be an address such as ws://127.0.0.1:7700.`;
	}
	if (url.username !== "" || url.password !== "" || url.search !== "") {
		return "The setting maskwright.sidecar.url must not hold a password or a token. Store the token with the command Maskwright: Set Sidecar Token.";
	}
	return url;
}

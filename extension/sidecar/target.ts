import * as vscode from "vscode";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { SidecarError } from "./errors.ts";
import { parseRemoteUrl, type RemoteSidecar, type SidecarCommand, sidecarCommand } from "./locate.ts";

/** The key of the remote sidecar's token in VS Code's secret storage. */
export const tokenKey = "maskwright.sidecar.token";

/** The sidecar that the settings name. Throws `SidecarError` when they make no sense. */
export async function sidecarTarget(context: vscode.ExtensionContext): Promise<SidecarCommand | RemoteSidecar> {
	const setting = config.sidecarUrl();
	if (setting === "") return sidecarCommand(context.extensionPath, withPrecision(process.env));
	const url = parseRemoteUrl(setting);
	if (typeof url === "string") throw new SidecarError("usage", url);
	const token = await context.secrets.get(tokenKey);
	if (token === undefined) {
		throw new SidecarError(
			"usage",
			`There is no token for ${url.host}. Store it with the command Maskwright: Set Sidecar Token.`,
		);
	}
	return { url, token };
}

/** Lets a sidecar go that the settings name no more; the next use connects to the one they name. */
export function followTarget({ sidecar, extensionContext, subscriptions }: Ctx): void {
	subscriptions.push(
		vscode.workspace.onDidChangeConfiguration((change) => {
			if (change.affectsConfiguration("maskwright.sidecar.url")) void sidecar.disconnect();
		}),
		extensionContext.secrets.onDidChange(({ key }) => {
			if (key === tokenKey) void sidecar.disconnect();
		}),
	);
}

/** The sidecar and what it starts read the user's wish from the environment. */
function withPrecision(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	return config.precision() === "float32" ? { ...env, MASKWRIGHT_PRECISION: "float32" } : env;
}

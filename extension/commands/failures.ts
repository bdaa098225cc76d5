import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { SidecarError } from "../sidecar/errors.ts";

/** Thrown to end a command that the user took back; nothing is shown. */
export class Dismissed extends Error {
	override readonly name = "Dismissed";

	/** Each bundle has a copy of this class: what another one threw is known by its name. */
	static override [Symbol.hasInstance](value: unknown): value is Dismissed {
		return value instanceof Error && value.name === "Dismissed";
	}
}

/** Runs what a user asked for; a failure becomes one sentence with a way to the log. */
export async function guarded(ctx: Ctx, act: () => unknown): Promise<unknown> {
	try {
		return await act();
	} catch (error) {
		if (error instanceof Dismissed || (error instanceof SidecarError && error.errorName === "cancelled"))
			return undefined;
		void tell(ctx, error);
		return undefined;
	}
}

async function tell(ctx: Ctx, error: unknown): Promise<void> {
	const known = error instanceof SidecarError;
	const message = known ? error.message : vscode.l10n.t("Maskwright met an error that it did not expect.");
	ctx.log.error(known ? message : error instanceof Error ? (error.stack ?? error.message) : String(error));
	if (known && error.detail !== undefined) ctx.log.error(error.detail);
	const showLog = vscode.l10n.t("Show Log");
	if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) ctx.log.show();
}

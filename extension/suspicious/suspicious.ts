import * as vscode from "vscode";
import { guarded } from "../commands/failures.ts";
import type { Ctx } from "../ctx.ts";
import type { SuspiciousMode } from "./suspiciousMode.ts";

/** Registers the command that marks suspicious tokens; what it does is loaded at first use. */
export function activateSuspicious(ctx: Ctx): void {
	let mode: Promise<SuspiciousMode> | undefined;
	const load = () => {
		mode ??= import("./suspiciousMode.ts").then(({ createSuspiciousMode }) => {
			const created = createSuspiciousMode(ctx);
			ctx.subscriptions.push(created);
			return created;
		});
		return mode;
	};
	ctx.subscriptions.push(
		vscode.commands.registerCommand("maskwright.showSuspiciousTokens", () =>
			guarded(ctx, async () => await (await load()).toggle()),
		),
	);
}

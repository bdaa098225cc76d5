import * as vscode from "vscode";
import { guarded } from "../commands/failures.ts";
import type { Ctx } from "../ctx.ts";
import type { SurprisalMode } from "./surprisalMode.ts";

/** Registers the commands of the surprisal; what they do is loaded at first use. */
export function activateSurprisal(ctx: Ctx): void {
	let mode: Promise<SurprisalMode> | undefined;
	const load = () => {
		mode ??= import("./surprisalMode.ts").then(({ createSurprisalMode }) => {
			const created = createSurprisalMode(ctx);
			ctx.subscriptions.push(created);
			return created;
		});
		return mode;
	};
	const { registerCommand } = vscode.commands;
	ctx.subscriptions.push(
		registerCommand("maskwright.toggleSurprisal", () => guarded(ctx, async () => (await load()).toggle())),
		registerCommand("maskwright.showLeastNaturalLines", () =>
			guarded(ctx, async () => (await load()).showLeastNaturalLines()),
		),
	);
}

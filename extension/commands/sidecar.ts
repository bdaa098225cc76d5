import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { tokenKey } from "../sidecar/target.ts";
import { statusFacts } from "../status/status.ts";
import { statusLinks, statusSpoken } from "../status/statusTexts.ts";
import { showReport } from "../views/reports.ts";
import { doctorText } from "../views/reportTexts.ts";
import { Dismissed } from "./failures.ts";

/** Shows which device is taken, and why each other is not. */
export async function doctor({ sidecar }: Ctx): Promise<void> {
	const { l10n, window, ProgressLocation } = vscode;
	const options = { location: ProgressLocation.Window, title: l10n.t("Trying each device") };
	const report = await window.withProgress(options, () => sidecar.request("doctor", {}));
	await showReport("doctor", doctorText(report, l10n));
}

/** Ends the sidecar of every window; asks first while it trains. */
export async function stopSidecar({ sidecar }: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const active = sidecar.status()?.activeRuns ?? 0;
	if (active > 0) {
		const stop = l10n.t("Pause and Stop");
		const detail = l10n.t("It is paused with a checkpoint and can be resumed. All windows share the sidecar.");
		const sentence = l10n.t("A run is training. Stop the sidecar?");
		if ((await window.showWarningMessage(sentence, { modal: true, detail }, stop)) !== stop) throw new Dismissed();
	}
	await sidecar.stop();
}

/** Keeps the token of a sidecar on another machine where VS Code keeps secrets; empty forgets it. */
export async function setSidecarToken({ extensionContext }: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const token = await window.showInputBox({
		title: l10n.t("Token of the Sidecar"),
		prompt: l10n.t("As the file says that maskwright serve --listen names; empty forgets the one that is stored"),
		password: true,
		ignoreFocusOut: true,
	});
	if (token === undefined) throw new Dismissed();
	if (token.trim() === "") await extensionContext.secrets.delete(tokenKey);
	else await extensionContext.secrets.store(tokenKey, token.trim());
}

/** What a click on the status bar item offers. */
export async function showActions(ctx: Ctx): Promise<void> {
	const { l10n, window, commands } = vscode;
	const facts = statusFacts(ctx);
	const more =
		facts.state === "ready"
			? [
					{ title: l10n.t("Use Model for Completion"), command: "maskwright.useModel" },
					{ title: l10n.t("Restart Sidecar"), command: "maskwright.restartSidecar" },
					{ title: l10n.t("Stop Sidecar"), command: "maskwright.stopSidecar" },
				]
			: [];
	const rows = [
		...[...statusLinks(facts, l10n), ...more].map(({ title, command }) => ({ label: title, command })),
		{ label: l10n.t("Runs and Models"), command: "maskwright.runs.focus" },
		{ label: l10n.t("Settings"), command: "workbench.action.openSettings", argument: "@ext:maskwright.maskwright" },
	];
	const row = await window.showQuickPick(rows, { title: "Maskwright", placeHolder: statusSpoken(facts, l10n) });
	if (row === undefined) throw new Dismissed();
	await commands.executeCommand(row.command, ...("argument" in row ? [row.argument] : []));
}

import * as vscode from "vscode";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { Ctx } from "../ctx.ts";
import { formatShare } from "../format.ts";
import { isActive } from "../runStates.ts";

/**
 * Tells how a run ended that the user started here: that its model fills masks, or why it has none. A pause says
 * nothing: the user asked for it.
 */
export function watchOutcome({ inventory, log, subscriptions }: Ctx, path: string): void {
	let wasActive = false;
	const listening = inventory.onDidChangeRuns(() => {
		const run = inventory.runs.find((other) => other.path === path);
		if (run === undefined) {
			if (wasActive) listening.dispose(); // discarded
		} else if (isActive(run)) {
			wasActive = true;
		} else if (run.state === "done" || run.state === "failed" || run.state === "diverged") {
			listening.dispose();
			void (run.state === "done" ? tellModel(run) : tellFailure(run, log));
		}
	});
	subscriptions.push(listening);
}

async function tellModel(run: RunStatus): Promise<void> {
	const { l10n, window, commands } = vscode;
	const scores = run.heldOut;
	const show = l10n.t("Show Loss Curves");
	const ready =
		scores === null
			? l10n.t("{0} is trained and fills [MASK].", run.run)
			: l10n.t(
					"{0} is trained and fills [MASK]: on held-out files {1} of its first guesses are right, and {2} are among five.",
					run.run,
					formatShare(scores.top1),
					formatShare(scores.top5),
				);
	if ((await window.showInformationMessage(ready, show)) === show) {
		await commands.executeCommand("maskwright.showLossCurves", run.path);
	}
}

async function tellFailure(run: RunStatus, log: vscode.LogOutputChannel): Promise<void> {
	const { l10n, window } = vscode;
	const show = l10n.t("Show Log");
	const sentence = run.message ?? l10n.t("The run {0} ended without a model.", run.run);
	if ((await window.showWarningMessage(sentence, show)) === show) log.show();
}

import * as vscode from "vscode";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { Ctx } from "../ctx.ts";
import { formatRank } from "../format.ts";
import { isActive } from "../runStates.ts";
import { diskFolders } from "../search/codeIndex.ts";
import { answersLabels, outcomeText } from "../views/runTexts.ts";
import { guarded } from "./failures.ts";

/**
 * Tells how a run ended that the user started here: what its model is good for, or why it has none. A pause says
 * nothing: the user asked for it.
 */
export function watchOutcome(ctx: Ctx, path: string): void {
	const { inventory, log, subscriptions } = ctx;
	let wasActive = false;
	const listening = inventory.onDidChangeRuns(() => {
		const run = inventory.runs.find((other) => other.path === path);
		if (run === undefined) {
			if (wasActive) listening.dispose(); // discarded
		} else if (isActive(run)) {
			wasActive = true;
		} else if (run.state === "done" || run.state === "failed" || run.state === "diverged") {
			listening.dispose();
			if (run.state !== "done") void tellFailure(run, log);
			else if (run.heldOut?.search === undefined) void guarded(ctx, () => tellModel(ctx, run));
			else void guarded(ctx, () => tellSearchModel(ctx, run, run.heldOut?.search));
		}
	});
	subscriptions.push(listening);
}

async function tellModel({ sidecar, inventory }: Ctx, run: RunStatus): Promise<void> {
	const { l10n, window, commands } = vscode;
	const show = l10n.t("Show Loss Curves");
	const before = run.heldOut?.before !== undefined;
	// A model that became worse by training on is not taken by itself.
	const fills = run.heldOut !== null && !answersLabels(run.heldOut);
	const use = before && fills && run.model !== inventory.modelInUse ? [l10n.t("Use for Completion")] : [];
	const discard = before ? [l10n.t("Discard")] : [];
	const chosen = await window.showInformationMessage(outcomeText(run, l10n), ...use, show, ...discard);
	if (chosen === undefined) return;
	if (chosen === show) await commands.executeCommand("maskwright.showLossCurves", run.path);
	else if (discard.includes(chosen)) await sidecar.request("discardRun", { run: run.path });
	else if (run.model !== null) await sidecar.request("useModel", { model: run.model });
}

/** What the training has brought for search; the index keeps its vectors until the user takes the new model. */
async function tellSearchModel(
	{ sidecar, codeIndex }: Ctx,
	run: RunStatus,
	scores: NonNullable<RunStatus["heldOut"]>["search"],
): Promise<void> {
	const { l10n, window } = vscode;
	const [use, discard] = [l10n.t("Use for Search"), l10n.t("Discard")];
	const sentence = l10n.t(
		"{0} is trained for search. On held-out functions the mean reciprocal rank (MRR) is {1} with it, was {2} before, and is {3} by words alone.",
		run.run,
		formatRank(scores?.asIs.hybrid?.mrr),
		formatRank(scores?.before?.hybrid.mrr),
		formatRank(scores?.asIs.bm25.mrr),
	);
	const chosen = await window.showInformationMessage(sentence, use, discard);
	if (chosen === discard) await sidecar.request("discardRun", { run: run.path });
	if (chosen !== use || run.model === null) return;
	// The folder that was trained on may lie within the one that is searched.
	const folders = diskFolders().filter(({ uri }) => run.corpus?.startsWith(uri.fsPath) === true);
	for (const { uri } of folders.length === 0 ? diskFolders() : folders) {
		await codeIndex.build(uri.fsPath, { model: run.model });
	}
}

async function tellFailure(run: RunStatus, log: vscode.LogOutputChannel): Promise<void> {
	const { l10n, window } = vscode;
	const show = l10n.t("Show Log");
	const sentence = run.message ?? l10n.t("The run {0} ended without a model.", run.run);
	if ((await window.showWarningMessage(sentence, show)) === show) log.show();
}

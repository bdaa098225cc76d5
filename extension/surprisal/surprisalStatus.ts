import * as vscode from "vscode";
import type { SidecarError } from "../sidecar/errors.ts";
import type { Scoring } from "./scoreDocument.ts";

/** The item of the status bar that tells the pseudo-perplexity, how far the scoring is, or why there is none. */
export interface SurprisalStatus extends vscode.Disposable {
	show(
		document: vscode.TextDocument,
		known: Partial<Scoring> & { readonly done: boolean; readonly failure?: SidecarError },
	): void;
	hide(): void;
}

export function createSurprisalStatus(): SurprisalStatus {
	const { l10n } = vscode;
	const item = vscode.window.createStatusBarItem("maskwright.surprisal", vscode.StatusBarAlignment.Right, 90);
	item.name = l10n.t("Maskwright Surprisal");
	const tell = (text: string, tooltip: string, command: string): void => {
		item.text = text;
		item.tooltip = tooltip;
		item.command = command;
		item.show();
	};
	const lines = "maskwright.showLeastNaturalLines";
	return {
		show(document, { scores, part, done, failure }) {
			if (failure !== undefined) {
				const noModel = failure.errorName === "notFound";
				const text = noModel ? l10n.t("Surprisal: no model") : l10n.t("Surprisal: failed");
				tell(`$(warning) ${text}`, failure.message, noModel ? "maskwright.train" : "maskwright.showLog");
			} else if (!done) {
				const share = scores === undefined || scores.total === 0 ? 0 : scores.known / scores.total;
				const text = l10n.t("Surprisal {0}%", Math.floor(100 * share));
				tell(`$(loading~spin) ${text}`, l10n.t("The model judges each token; a click lists the lines"), lines);
			} else {
				const perplexity = scores?.end?.pseudoPerplexity ?? null;
				if (perplexity === null) tell(l10n.t("Surprisal: no text"), l10n.t("There is nothing to judge."), lines);
				else {
					const what =
						part === undefined
							? l10n.t("Pseudo-perplexity of the file: 1 is fully expected, and lower is more natural.")
							: l10n.t(
									"Pseudo-perplexity of lines {0} to {1}. The file has {2} lines, so only what is seen is judged.",
									part.start.line + 1,
									Math.min(part.end.line + 1, document.lineCount),
									document.lineCount,
								);
					tell(
						l10n.t("Perplexity {0}", readable(perplexity)),
						`${what} ${l10n.t("A click lists the least natural lines.")}`,
						lines,
					);
				}
			}
			item.accessibilityInformation = {
				label: `${item.text.replace(/\$\([^)]*\) ?/, "")}. ${item.tooltip}`,
				role: "button",
			};
		},
		hide: () => item.hide(),
		dispose: () => item.dispose(),
	};
}

function readable(perplexity: number): string {
	return perplexity < 99.95 ? perplexity.toFixed(1) : Math.round(perplexity).toLocaleString("en");
}

import type { ImportReport } from "../../sidecar/protocol/outputs.ts";
import { formatBytes } from "../format.ts";
import type { L10n } from "../l10n.ts";

/** What a model is that was taken in, as Markdown. */
export function importReportText(report: ImportReport, l10n: L10n): string {
	const { tokenizer } = report;
	const rows: [string, string][] = [
		[l10n.t("Architecture"), report.architecture],
		[l10n.t("Parameters"), report.parameters.toLocaleString()],
		[l10n.t("Size"), formatBytes(report.bytes)],
		[l10n.t("Tokenizer"), `${tokenizer.kind}, ${tokenizer.vocabularySize.toLocaleString()}`],
		[l10n.t("Mask Token"), tokenizer.maskToken ?? l10n.t("none")],
		[l10n.t("Longest Text"), l10n.t("{0} tokens", report.maxTokens.toLocaleString())],
		[l10n.t("Masked-LM Head"), report.maskedLmHead ? l10n.t("trained") : l10n.t("none that was trained")],
		[l10n.t("Folder"), report.path],
	];
	const lines = rows.map(([name, value]) => `| ${name} | ${escaped(value)} |`);
	const notes = report.notes.map((note) => `- ${escaped(note)}`);
	return [`# ${escaped(report.name)}`, "", "| | |", "|---|---|", ...lines, "", ...notes, ""].join("\n");
}

/** Text from a file within a table of Markdown. */
function escaped(text: string): string {
	return text.replaceAll(/[\\`*_{}[\]<>()#+!|~-]/g, "\\$&").replaceAll(/\s+/g, " ");
}

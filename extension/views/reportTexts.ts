import type { CorpusReport, DoctorReport } from "../../sidecar/protocol/outputs.ts";
import { formatBytes, formatCount, formatDuration, plainMarkdown } from "../format.ts";
import type { L10n } from "../l10n.ts";

/** What a folder gives to train on, as a Markdown document. */
export function corpusReportText(folder: string, report: CorpusReport, l10n: L10n): string {
	const { estimate } = report;
	const languages = Object.entries(report.languages).sort(([, one], [, other]) => other - one);
	return [
		`# ${l10n.t("What would be trained on")}`,
		plainMarkdown(folder),
		[
			`| ${l10n.t("Used")} | |`,
			"|:--|--:|",
			`| ${l10n.t("Files")} | ${report.files} |`,
			`| ${l10n.t("of them held out, to score the model on")} | ${report.heldOutFiles} |`,
			`| ${l10n.t("Tokens")} | ${formatCount(report.tokens)} |`,
			`| ${l10n.t("Size")} | ${formatBytes(report.bytes)} |`,
			`| ${l10n.t("Time with the default recipe")} | ${formatDuration(estimate.seconds)} |`,
			`| ${l10n.t("Memory")} | ${formatBytes(estimate.bytes)} |`,
		].join("\n"),
		`## ${l10n.t("Languages")}`,
		[
			`| ${l10n.t("Language")} | ${l10n.t("Files")} |`,
			"|:--|--:|",
			...languages.map(([language, files]) => `| ${plainMarkdown(language)} | ${files} |`),
		].join("\n"),
		`## ${l10n.t("Left out ({0})", report.leftOut.length)}`,
		...(report.leftOut.length === 0 ? [l10n.t("Nothing.")] : []),
		...leftOutByReason(report).map(([why, paths]) => reasonText(why, paths, l10n)),
	].join("\n\n");
}

/** Where an index does not fit its files, as a Markdown document. */
export function verifyReportText(folder: string, problems: readonly string[], l10n: L10n): string {
	return [
		`# ${l10n.t("Problems of the index")}`,
		plainMarkdown(folder),
		problems.map((problem) => `- ${plainMarkdown(problem)}`).join("\n"),
	].join("\n\n");
}

/** Which device is taken, and why each other is not, as a Markdown document. */
export function doctorText(report: DoctorReport, l10n: L10n): string {
	return [
		`# ${l10n.t("Doctor")}`,
		deviceText(report, l10n),
		...report.missing.map(plainMarkdown),
		[
			`| ${l10n.t("Device")} | ${l10n.t("Works")} | ${l10n.t("Why it is not taken")} |`,
			"|:--|:--|:--|",
			...report.candidates.map(({ device, available, reason, adapter }) => {
				const name = adapter === null ? device : `${device} (${adapter})`;
				const works = available ? l10n.t("yes") : l10n.t("no");
				const why = reason === null || device === report.device ? l10n.t("taken") : plainMarkdown(reason);
				return `| ${plainMarkdown(name)} | ${works} | ${why} |`;
			}),
		].join("\n"),
		`## ${l10n.t("Versions")}`,
		[
			"| | |",
			"|:--|:--|",
			...Object.entries(report.versions).map(
				([name, value]) => `| ${plainMarkdown(name)} | ${plainMarkdown(name === "memory" ? bytesOf(value) : value)} |`,
			),
		].join("\n"),
	].join("\n\n");
}

function deviceText({ device, executionProvider }: DoctorReport, l10n: L10n): string {
	if (device === "none") return l10n.t("No model can run on this machine.");
	const [name, provider] = [plainMarkdown(device), plainMarkdown(executionProvider)];
	return provider === name
		? l10n.t("Maskwright computes on **{0}**.", name)
		: l10n.t("Maskwright computes on **{0}** ({1}).", name, provider);
}

function bytesOf(value: string): string {
	return /^\d+$/.test(value) ? formatBytes(Number(value)) : value;
}

/** Reasons with the most files first. */
function leftOutByReason({ leftOut }: CorpusReport): [string, string[]][] {
	const byReason = new Map<string, string[]>();
	for (const { path, why } of leftOut) byReason.set(why, [...(byReason.get(why) ?? []), path]);
	return [...byReason].sort(([, one], [, other]) => other.length - one.length);
}

const mostShown = 500; // a list is read by eye; the command line tells the rest

function reasonText(why: string, paths: readonly string[], l10n: L10n): string {
	const rows = paths.slice(0, mostShown).map((path) => `- ${plainMarkdown(path)}`);
	if (paths.length > mostShown) rows.push(`- ${l10n.t("and {0} more", paths.length - mostShown)}`);
	return [`### ${plainMarkdown(why)} (${paths.length})`, "", ...rows].join("\n");
}

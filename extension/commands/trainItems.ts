import { basename } from "node:path";
import type { CorpusReport, RecipeDescriptions } from "../../sidecar/protocol/outputs.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";
import type { L10n } from "../l10n.ts";

/** A row of a quick pick with what it stands for. */
export interface Choice<Value> {
	readonly label: string;
	readonly description?: string;
	readonly detail?: string;
	readonly value: Value;
}

export type Budget = { minutes: number } | { steps: number } | { tokens: number };
export type Device = "auto" | "webgpu" | "cuda" | "dml" | "coreml" | "cpu";

type Recipe = RecipeDescriptions[number];

/** The recipes that the sidecar takes when none is named: with a model in the box and without. */
const onFromTheBox = "code-mlm-adapt";
const fromNothing = "code-mlm-small";

/**
 * The recipes with the default first: the one that the user chose, which may be a file, else going on from the model in
 * the box where there is one. From nothing comes next, then recipe files of the workspace.
 */
export function recipeChoices(
	recipes: readonly Recipe[],
	{
		chosen,
		boxed,
		files = [],
	}: { readonly chosen: string | undefined; readonly boxed: boolean; readonly files?: readonly string[] },
	l10n: L10n,
): Choice<string>[] {
	const said: Readonly<Record<string, string>> = {
		[onFromTheBox]: l10n.t("from the model that comes with Maskwright"),
		[fromNothing]: l10n.t("from nothing"),
	};
	const own = files.map((path) => ({
		label: basename(path),
		description: l10n.t("recipe file"),
		detail: path,
		value: path,
	}));
	const shipped: Choice<string>[] = recipes
		.filter(({ name }) => boxed || name !== onFromTheBox)
		.map(({ name, summary, paper }) => ({
			label: name,
			...(said[name] === undefined ? {} : { description: said[name] }),
			detail: paper === null ? summary : `${summary} ${paper}`,
			value: name,
		}));
	const choices = [...shipped, ...own];
	const wanted = chosen ?? (boxed ? onFromTheBox : fromNothing);
	const first: Choice<string> = choices.find(({ value }) => value === wanted) ?? {
		label: basename(wanted),
		detail: wanted,
		value: wanted,
	};
	const standard = [onFromTheBox, fromNothing];
	const place = ({ value }: Choice<string>): number => standard.indexOf(value) + 1 || (files.includes(value) ? 3 : 4);
	const others = choices.filter(({ value }) => value !== wanted).toSorted((a, b) => place(a) - place(b));
	const words = [first.description, l10n.t("default")].filter((word) => word !== undefined);
	return [{ ...first, description: words.join(", ") }, ...others];
}

/** One line on what would be trained on. */
export function corpusSummary(report: CorpusReport, l10n: L10n): string {
	return l10n.t("{0} files, {1} tokens", formatCount(report.files), formatCount(report.tokens));
}

/** The rows that lead to the whole report. */
export function corpusChoices(report: CorpusReport, l10n: L10n): Choice<"report">[] {
	const { seconds, bytes } = report.estimate;
	return [
		{
			label: `$(files) ${corpusSummary(report, l10n)}`,
			description: l10n.t("about {0}, {1} of memory", formatDuration(seconds), formatBytes(bytes)),
			detail: languagesLine(report.languages),
			value: "report",
		},
		{
			label: `$(circle-slash) ${l10n.t("{0} left out", report.leftOut.length)}`,
			...(report.leftOut.length === 0 ? {} : { description: l10n.t("show each with its reason") }),
			value: "report",
		},
	];
}

/** The most common languages first: `TypeScript 120, JSON 8`. */
function languagesLine(languages: Readonly<Record<string, number>>): string {
	const byCount = Object.entries(languages).sort(([, one], [, other]) => other - one);
	return byCount.map(([language, files]) => `${language} ${files}`).join(", ");
}

/** Budgets with the default first, then shorter and longer ones, and one that is typed. */
export function budgetChoices(minutes: number, l10n: L10n): Choice<Budget | "other">[] {
	const others = [1, 5, 15, 60, 240].filter((other) => other !== minutes);
	const label = (value: number) => formatDuration(value * 60);
	return [
		{ label: label(minutes), description: l10n.t("default"), value: { minutes } },
		...others.map((value) => ({ label: label(value), value: { minutes: value } })),
		{ label: l10n.t("Other..."), description: l10n.t("minutes, steps or tokens"), value: "other" as const },
	];
}

/** Reads `20`, `20 min`, `2 h`, `500 steps`, `5M tokens`; undefined where it is none of these. */
export function parseBudget(text: string): Budget | undefined {
	const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([kKmM]?)\s*([a-z]*)\s*$/.exec(text);
	if (match === null) return undefined;
	const scale = { k: 1e3, m: 1e6 }[(match[2] ?? "").toLowerCase()] ?? 1;
	const unit = match[3] ?? "";
	const number = Number(match[1]);
	if (!(number > 0)) return undefined;
	// `20 m` and `20 min` are minutes: the letter is a million only before `steps` and `tokens`.
	if (/^(min|minutes?|in|inutes?|)$/.test(unit) && ["", "m"].includes(match[2] ?? "")) return { minutes: number };
	if (/^(h|hours?)$/.test(unit) && match[2] === "") return { minutes: number * 60 };
	const whole = Math.round(number * scale);
	if (whole < 1) return undefined;
	if (/^(steps?)$/.test(unit)) return { steps: whole };
	return /^(tokens?)$/.test(unit) ? { tokens: whole } : undefined;
}

/** The devices that a platform can have, the default first. */
export function deviceChoices(platform: NodeJS.Platform, chosen: Device, l10n: L10n): Choice<Device>[] {
	const rows: (Choice<Device> & { on?: readonly NodeJS.Platform[] })[] = [
		{ label: l10n.t("Automatic"), detail: l10n.t("The fastest that works here"), value: "auto" },
		{ label: "WebGPU", detail: l10n.t("Any GPU"), value: "webgpu" },
		{ label: "CUDA", detail: l10n.t("An NVIDIA GPU"), value: "cuda", on: ["linux", "win32"] },
		{ label: "DirectML", detail: l10n.t("A GPU on Windows"), value: "dml", on: ["win32"] },
		{ label: "Core ML", detail: l10n.t("An Apple device"), value: "coreml", on: ["darwin"] },
		{ label: l10n.t("Processor"), detail: l10n.t("Always works"), value: "cpu" },
	];
	const here = rows.filter(({ on, value }) => on?.includes(platform) !== false || value === chosen);
	return [
		...here.filter(({ value }) => value === chosen).map((row) => ({ ...row, description: l10n.t("default") })),
		...here.filter(({ value }) => value !== chosen),
	].map(({ on: _, ...choice }) => choice);
}

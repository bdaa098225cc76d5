/** The scores of the model in the box in one language, of packages that it was not trained on; shares are in [0, 1]. */
import type { HeldOut } from "../sidecar/protocol/scores.ts";

export interface BoxedScores extends HeldOut {
	/** Whole identifiers that are the first of what `fill` shows, and among the first five, of the model without counts. */
	readonly fillTop1: number | null;
	readonly fillTop5: number | null;
	/** The first of what it shows with the n-gram counts of the training rows, where the model has them. */
	readonly fillWithCounts: number | null;
	/** The first by the words of the text alone, without the model. */
	readonly fillByWords: number | null;
}

/** By language, and their mean under `mean`. */
export type BoxedScoresByLanguage = Readonly<Record<string, BoxedScores>>;

const columns: readonly (readonly [title: string, value: (scores: BoxedScores) => number | null])[] = [
	["top-1", ({ top1 }) => top1],
	["top-5", ({ top5 }) => top5],
	["word", ({ wordTop1 }) => wordTop1],
	["identifier top-1", ({ identifierTop1 }) => identifierTop1],
	["identifier top-5", ({ identifierTop5 }) => identifierTop5],
	["cache top-1", ({ baselines }) => baselines.cacheTop1],
	["cache top-5", ({ baselines }) => baselines.cacheTop5],
	["cache word", ({ baselines }) => baselines.cacheWordTop1],
	["fill top-1", ({ fillTop1 }) => fillTop1],
	["fill top-5", ({ fillTop5 }) => fillTop5],
	["fill by words alone", ({ fillByWords }) => fillByWords],
	["fill with counts", ({ fillWithCounts }) => fillWithCounts],
];

/** The scores as a table in Markdown, shares in per cent. */
export function boxedTable(scores: BoxedScoresByLanguage): string {
	const percent = (share: number | null): string => (share === null ? "–" : (100 * share).toFixed(1));
	const rows = Object.entries(scores).map(([language, of]) => {
		const cells = [...columns.map(([, value]) => percent(value(of))), of.pseudoPerplexity?.toFixed(2) ?? "–"];
		return `| ${language} | ${cells.join(" | ")} |`;
	});
	const titles = ["language", ...columns.map(([title]) => title), "pseudo-perplexity"];
	return [`| ${titles.join(" | ")} |`, `|${" --- |".repeat(titles.length)}`, ...rows].join("\n");
}

/** Every number the mean of those of the languages. */
export function meanOf(scores: readonly BoxedScores[]): BoxedScores {
	return mean(scores) as BoxedScores;
}

function mean(values: readonly unknown[]): unknown {
	const [first] = values;
	if (typeof first === "object" && first !== null) {
		const keys = Object.keys(first) as (keyof typeof first)[];
		return Object.fromEntries(keys.map((key) => [key, mean(values.map((value) => (value as typeof first)[key]))]));
	}
	const numbers = values.filter((value) => typeof value === "number");
	return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

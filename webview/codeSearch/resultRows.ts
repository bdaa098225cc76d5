import { t } from "../host/texts.ts";
import { formatCount, formatNumber } from "../ui/format.ts";
import { previewLines } from "../ui/resultList/previewLines.ts";
import type { ResultRow, Row } from "../ui/resultList/rows.ts";
import type { Found, FoundCluster, FoundResult } from "./asking.ts";

/** Lines of code below each result: enough to tell it from the next, few enough to see six at once. */
const codeLines = 3;

/** Where a row's code stands. */
export interface Place {
	readonly folder: string;
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
}

export interface ResultRows {
	readonly rows: readonly Row[];
	/** By the row's key. */
	readonly places: ReadonlyMap<string, Place>;
	/** Such as `12 results in 5 files`. */
	readonly summary: string;
}

/** What was found as rows: results under their files, the file of the best result first; clusters under their distance. */
export function resultRows(found: Found, folderNames: ReadonlyMap<string, string>): ResultRows {
	return found.asked.kind === "duplicates" ? clusterRows(found, folderNames) : fileRows(found, folderNames);
}

function fileRows({ results }: Found, folderNames: ReadonlyMap<string, string>): ResultRows {
	const files = new Map<string, FoundResult[]>();
	for (const result of results) {
		const key = JSON.stringify([result.folder, result.path]);
		const file = files.get(key);
		if (file === undefined) files.set(key, [result]);
		else file.push(result);
	}
	const places = new Map<string, Place>();
	const rows = [...files].flatMap(([file, inFile]): Row[] => {
		const [best] = inFile;
		if (best === undefined) return [];
		const { name, folder } = pathParts(best.path);
		const aside = [folderNames.size > 1 ? folderNames.get(best.folder) : undefined, folder].filter(Boolean).join(" › ");
		const heading: Row = { kind: "heading", key: file, text: name, aside, badge: formatCount(inFile.length) };
		return [heading, ...inFile.map((result) => placed(resultRow(result), result, places))];
	});
	return { rows, places, summary: summaryOf(results.length, files.size) };
}

function clusterRows({ clusters }: Found, folderNames: ReadonlyMap<string, string>): ResultRows {
	const places = new Map<string, Place>();
	const rows = clusters.flatMap((cluster, index): Row[] => {
		const text = t("{0} alike", formatCount(cluster.members.length));
		const aside = [
			folderNames.size > 1 ? folderNames.get(cluster.folder) : undefined,
			t("distance {0}", formatNumber(cluster.distance, 2)),
		];
		const heading: Row = {
			kind: "heading",
			key: `cluster ${index}`,
			text,
			aside: aside.filter(Boolean).join(" › "),
			badge: "",
		};
		return [
			heading,
			...cluster.members.map((member) =>
				placed(memberRow(member, cluster), { ...member, folder: cluster.folder }, places),
			),
		];
	});
	const count = formatCount(clusters.length);
	const summary =
		clusters.length === 0
			? t("No near-duplicates")
			: clusters.length === 1
				? t("1 group of near-duplicates")
				: t("{0} groups of near-duplicates", count);
	return { rows, places, summary };
}

/** Keys must differ in one list: a chunk that is twice there (a getter and its setter) is told apart by its line. */
function placed(row: ResultRow, { folder, path, startLine, endLine }: Place, places: Map<string, Place>): ResultRow {
	const key = places.has(row.key) ? `${row.key} ${startLine}` : row.key;
	places.set(key, { folder, path, startLine, endLine });
	return { ...row, key };
}

function resultRow(result: FoundResult): ResultRow {
	const { folder, path, symbol, kind, startLine, endLine, language, preview } = result;
	const terms = termsOf(result);
	const title = symbol ?? t("lines {0}–{1}", startLine, endLine);
	const lines = startLine === endLine ? String(startLine) : `${startLine}–${endLine}`;
	const reasons = reasonsOf(result);
	const spokenLines = startLine === endLine ? t("line {0}", startLine) : t("lines {0} to {1}", startLine, endLine);
	return {
		kind: "result",
		key: JSON.stringify([folder, path, symbol ?? startLine]),
		icon: kind,
		title,
		aside: symbol === null ? "" : result.stale === true ? t("{0}, changed since", lines) : lines,
		reasons: reasons.join(" · "),
		code: previewLines(preview, { startLine, name: lastPart(symbol), terms, most: codeLines }),
		language,
		spoken: [symbol ?? t("code without a name"), kindName(kind), path, spokenLines, ...reasons].join(", "),
	};
}

/** Why a result is where it is. */
function reasonsOf(result: FoundResult): string[] {
	const { lexicalRank, vectorRank } = result;
	const terms = termsOf(result);
	return [
		...(lexicalRank === null ? [] : [t("words #{0}", lexicalRank)]),
		...(vectorRank === null ? [] : [t("meaning #{0}", vectorRank)]),
		...(terms.length === 0 ? [] : [t("matched: {0}", terms.join(", "))]),
	];
}

/** In lower case, each once: `Norm` and `norm` are one reason. */
function termsOf({ matchedTerms }: FoundResult): string[] {
	return [...new Set(matchedTerms.map((term) => term.toLowerCase()))];
}

/** `listen` of `Server.listen`. */
function lastPart(symbol: string | null): string | null {
	return symbol === null ? null : (/[^.:#]+$/.exec(symbol)?.[0] ?? symbol);
}

function memberRow(member: FoundCluster["members"][number], { folder }: FoundCluster): ResultRow {
	const { path, symbol, kind, startLine, endLine } = member;
	return {
		kind: "result",
		key: JSON.stringify([folder, path, symbol ?? startLine]),
		icon: kind,
		title: symbol ?? t("lines {0}–{1}", startLine, endLine),
		aside: `${path}:${startLine}–${endLine}`,
		reasons: "",
		code: [],
		language: null,
		spoken: [symbol ?? t("code without a name"), kindName(kind), path, t("lines {0} to {1}", startLine, endLine)].join(
			", ",
		),
	};
}

function kindName(kind: ResultRow["icon"]): string {
	switch (kind) {
		case "function":
			return t("function");
		case "method":
			return t("method");
		case "class":
			return t("class");
		case "block":
			return t("block");
	}
}

function summaryOf(results: number, files: number): string {
	if (results === 0) return t("No results");
	const [count, places] = [formatCount(results), formatCount(files)];
	if (results === 1) return t("1 result in 1 file");
	return files === 1 ? t("{0} results in 1 file", count) : t("{0} results in {1} files", count, places);
}

function pathParts(path: string): { name: string; folder: string } {
	const cut = path.lastIndexOf("/");
	return { name: path.slice(cut + 1), folder: cut === -1 ? "" : path.slice(0, cut) };
}

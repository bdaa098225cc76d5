/** The table twins: heads with their share of data flow, the strongest pairs, and tokens with their weights. */
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { formatNumber } from "../ui/format.ts";
import { shareOf } from "../ui/heatmap.ts";
import { type PagedTable, pagedTable } from "../ui/pagedTable.ts";
import { percent } from "./headGrid.ts";
import type { Matrix } from "./matrix.ts";
import { lineOf, signed } from "./readout.ts";
import type { Scene } from "./scene.ts";
import { shareOfHead, tokenName } from "./seen.ts";
import { isSaliency } from "./view.ts";

export interface Tables {
	readonly element: HTMLElement;
	update(scene: Scene): void;
}

/** Rows that a screen reader walks in reasonable time. */
const rowsPerPage = 50;

/** Pairs that are listed. */
const mostPairs = 5000;

export interface Pair {
	readonly query: number;
	readonly key: number;
	readonly byte: number;
}

/** The strongest pairs of a matrix that threshold and filter leave, best first. */
export function strongestPairs(matrix: Matrix, { view, filtered }: Pick<Scene, "view" | "filtered">): Pair[] {
	const pairs: Pair[] = [];
	for (let query = 0; query < matrix.n; query++) {
		if (filtered.hidden[query]) continue;
		matrix.from(query, Math.max(1, view.threshold), (key, byte) => {
			const asked = view.direction === "from" ? query : key;
			if (!filtered.hidden[key] && filtered.meant[asked]) pairs.push({ query, key, byte });
		});
	}
	return pairs.sort((one, other) => other.byte - one.byte).slice(0, mostPairs);
}

export function tables(): Tables {
	let scene: Scene | undefined;
	let pairs: readonly Pair[] = [];
	const cell = (row: number, make: (scene: Scene) => readonly string[]): readonly string[] =>
		scene === undefined ? [String(row)] : make(scene);
	const heads = pagedTable({
		caption: t("Heads"),
		columns: [
			t("Layer and head"),
			t("Sees"),
			t("To sources"),
			t("By chance"),
			t("Times"),
			t("To uses"),
			t("By chance"),
			t("Times"),
		],
		rowsPerPage,
		cells: (row) => cell(row, (given) => headCells(given, row)),
	});
	const strongest = pagedTable({
		caption: t("Strongest pairs"),
		columns: [t("Looks"), t("Line"), t("At"), t("Line"), t("Share"), t("Data flow")],
		rowsPerPage,
		cells: (row) => cell(row, (given) => pairCells(given, pairs[row])),
	});
	const tokens = pagedTable({
		caption: t("Tokens"),
		columns: [t("Token"), t("Line"), t("Class"), t("Weight")],
		rowsPerPage,
		cells: (row) => cell(row, (given) => tokenCells(given, row)),
	});
	const section = (table: PagedTable, heading: string) =>
		element("section", { class: "table-part" }, element("h2", {}, heading), table.element);
	const pairsSection = section(strongest, t("Strongest pairs"));
	return {
		element: element(
			"div",
			{ class: "tables" },
			section(tokens, t("Tokens")),
			pairsSection,
			section(heads, t("Heads")),
		),
		update: (given) => {
			scene = given;
			pairs = given.matrix === undefined ? [] : strongestPairs(given.matrix, given);
			pairsSection.hidden = given.matrix === undefined;
			heads.update(given.seen.view.layerCount * given.seen.view.headCount);
			strongest.update(pairs.length);
			tokens.update(given.seen.tokens.length);
		},
	};
}

function headCells({ seen, view }: Scene, row: number): string[] {
	const { headCount, windows, dataflow } = seen.view;
	const shares = view.direction === "from" ? dataflow?.toSource : dataflow?.fromSource;
	const byFlow = view.order === "dataflow" ? shares?.[row] : undefined;
	const { layer, head } = byFlow ?? { layer: Math.floor(row / headCount), head: row % headCount };
	const reach = windows[layer] ?? null;
	const flow = (["from", "to"] as const).flatMap((direction) => {
		const found = shareOfHead(seen, { layer, head, direction });
		if (found === undefined) return ["–", "–", "–"];
		return [percent(found.share), percent(found.chance), found.lift === null ? "–" : formatNumber(found.lift, 3)];
	});
	return [`${layer}.${head}`, reach === null ? t("all") : `±${reach}`, ...flow];
}

function pairCells({ seen }: Scene, pair: Pair | undefined): string[] {
	if (pair === undefined) return [""];
	const { query, key, byte } = pair;
	const n = seen.tokens.length;
	const flow = seen.edgePairs.has(query * n + key)
		? t("use to source")
		: seen.edgePairs.has(key * n + query)
			? t("source to use")
			: "";
	return [...nameAndLine(seen, query), ...nameAndLine(seen, key), percent(shareOf(byte)), flow];
}

function nameAndLine({ tokens, document }: Scene["seen"], at: number): [name: string, line: string] {
	const token = tokens[at];
	if (token === undefined) return ["", ""];
	return [tokenName(token.text), token.special ? "" : String(lineOf(document.text, token))];
}

function tokenCells({ seen, weights, view }: Scene, row: number): string[] {
	const [name, line] = nameAndLine(seen, row);
	const value = weights?.values[row] ?? 0;
	const weight = isSaliency(view.source) ? `${signed(value)} nats` : percent(value);
	return [name, line, seen.tokens[row]?.syntaxClass ?? "", weights === undefined ? "" : weight];
}

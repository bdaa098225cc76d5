import type { MaskedToken, MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { formatNumber } from "../ui/format.ts";
import { type PagedTable, pagedTable } from "../ui/pagedTable.ts";
import { actionText, difference, share, strategyName, unitOf, verdict, visible } from "./tokens.ts";

export interface TokenTable {
	readonly element: HTMLElement;
	draw(report: MasksReport, text: string): void;
	focus(): void;
}

/** The chosen tokens as a table: what the marks of the text say, for whoever does not see them. */
export function tokenTable(): TokenTable {
	let rows: readonly (() => string[])[] = [];
	const table: PagedTable = pagedTable({
		caption: t("Chosen tokens"),
		columns: columns(),
		rowsPerPage: 100,
		cells: (row) => rows[row]?.() ?? [],
	});
	return {
		element: table.element,
		focus: table.focus,
		draw: (report, text) => {
			rows = chosenTokens(report, text).rows;
			table.update(rows.length);
		},
	};
}

/** The same rows for a file; each is made when it is needed. */
export function chosenTokens(
	report: MasksReport,
	text: string,
): { readonly columns: readonly string[]; readonly rows: readonly (() => string[])[] } {
	const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map(({ index, 0: end }) => index + end.length)];
	const chosen = report.tokens.flatMap((token, index) => {
		return token.action === "keep" || token.joined === true ? [] : [unitOf(report, index) ?? token];
	});
	return { columns: columns(), rows: chosen.map((token) => () => cellsOf(token, text, starts)) };
}

function columns(): string[] {
	return [
		t("Token"),
		t("Line"),
		t("What became of it"),
		t("Strategy"),
		t("Model"),
		t("Loss, nats"),
		t("Expected"),
		t("Other model"),
		t("Difference"),
	];
}

function cellsOf(token: MaskedToken, text: string, starts: readonly number[]): string[] {
	const { prediction, compared, strategy } = token;
	const apart = difference(token);
	return [
		visible(text.slice(token.start, token.end)),
		String(starts.findLastIndex((start) => start <= token.start) + 1),
		actionText(token),
		strategy === null ? "" : strategyName(strategy),
		prediction === undefined ? "" : verdict(prediction),
		prediction === undefined ? "" : formatNumber(prediction.loss, 3),
		prediction === undefined ? "" : visible(prediction.expected[0]?.text ?? ""),
		compared === undefined ? "" : verdict(compared),
		apart === undefined ? "" : `${apart > 0 ? "+" : ""}${share(apart)}`,
	];
}

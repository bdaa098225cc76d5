import { t } from "../host/texts.ts";
import { element, setText } from "./elements.ts";
import { formatCount } from "./format.ts";

/** A table of which one page stands in the document, so that any number of rows stays light and every row is reached. */
export interface PagedTable {
	readonly element: HTMLElement;
	/** Draws the page again; `rows` is how many there are in all. */
	update(rows: number): void;
	/** Turns to the page that holds a row. */
	turnTo(row: number): void;
	/** Puts the focus on the rows, which the arrow keys then scroll. */
	focus(): void;
}

export interface PagedTableOptions {
	readonly caption: string;
	readonly columns: readonly string[];
	readonly rowsPerPage: number;
	/** The cells of a row; the first is its heading. */
	readonly cells: (row: number) => readonly string[];
}

export function pagedTable(options: PagedTableOptions): PagedTable {
	const { caption, columns, rowsPerPage, cells } = options;
	let rows = 0;
	let page = 0;
	const pages = () => Math.max(1, Math.ceil(rows / rowsPerPage));
	const body = element("tbody");
	const where = element("span", { role: "status", class: "page-place" });
	const turn = (to: number) => {
		page = Math.min(Math.max(0, to), pages() - 1);
		draw();
	};
	const button = (label: string, to: () => number) =>
		element("button", { type: "button", class: "button", click: () => turn(to()) }, label);
	const [first, before, after, last] = [
		button(t("First"), () => 0),
		button(t("Previous"), () => page - 1),
		button(t("Next"), () => page + 1),
		button(t("Last"), () => pages() - 1),
	];
	const draw = () => {
		const start = page * rowsPerPage;
		const end = Math.min(rows, start + rowsPerPage);
		body.replaceChildren(...Array.from({ length: end - start }, (_, index) => rowOf(cells(start + index))));
		setText(
			where,
			rows === 0
				? t("No rows")
				: t("Rows {0} to {1} of {2}", formatCount(start + 1), formatCount(end), formatCount(rows)),
		);
		first.disabled = before.disabled = page === 0;
		after.disabled = last.disabled = page >= pages() - 1;
	};
	const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
	const table = element("table", { class: "grid" }, element("caption", {}, caption), element("thead", {}, head), body);
	const scroll = element("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption }, table);
	const turns = element("div", { class: "pages" }, first, before, where, after, last);
	return {
		element: element("div", {}, turns, scroll),
		update: (count) => {
			rows = count;
			turn(page);
		},
		turnTo: (row) => turn(Math.floor(row / rowsPerPage)),
		focus: () => scroll.focus({ preventScroll: true }),
	};
}

function rowOf([heading = "", ...values]: readonly string[]): HTMLTableRowElement {
	return element(
		"tr",
		{},
		element("th", { scope: "row" }, heading),
		...values.map((value) => element("td", {}, value)),
	);
}

import { element } from "../elements.ts";
import { icon } from "../icons.ts";
import { codeText } from "./codeText.ts";
import { heightOf, offsetsOf, type ResultRow, type Row, rowsWithin } from "./rows.ts";

/** How a result is taken: shown while the list keeps the focus, opened, or opened beside. */
export type Taking = "preview" | "open" | "side";

export interface ResultListOptions {
	/** Names the list for screen readers. */
	readonly label: string;
	take(row: ResultRow, how: Taking): void;
	/** Escape, or the arrow up from the first result. */
	leave(): void;
	/** Another result is selected, or the list was scrolled. */
	moved(): void;
}

/**
 * A list of results under headings, as a listbox: only what is in sight is in the page, so that thousands stay fluid.
 * The focus is on the list itself; arrow keys, Home, End and the page keys select.
 */
export class ResultList {
	readonly element: HTMLElement;
	#options: ResultListOptions;
	#content = element("div", { class: "result-rows", role: "presentation" });
	#rows: readonly Row[] = [];
	#offsets: Float64Array = offsetsOf([]);
	/** Places of the results among the rows. */
	#results: readonly number[] = [];
	/** Among the results; -1: none. */
	#selected = -1;
	#drawn = "";

	constructor(options: ResultListOptions) {
		this.#options = options;
		this.element = element(
			"div",
			{
				class: "result-list",
				role: "listbox",
				tabindex: "0",
				"aria-label": options.label,
				keydown: (event: KeyboardEvent) => this.#key(event),
				scroll: () => {
					this.#draw();
					options.moved();
				},
				focus: () => {
					if (this.#selected === -1) this.#select(0);
				},
			},
			this.#content,
		);
		this.#content.addEventListener("click", (event) => this.#clicked(event, "preview"));
		this.#content.addEventListener("dblclick", (event) => this.#clicked(event, "open"));
		new ResizeObserver(() => this.#draw()).observe(this.element);
	}

	/** The key of the selected result. */
	get selected(): string | null {
		return this.#row(this.#selected)?.key ?? null;
	}

	get scrollTop(): number {
		return this.element.scrollTop;
	}

	/** Shows other rows. What was selected stays so where it is among them; else `fresh` begins at the top again. */
	update(
		rows: readonly Row[],
		{ fresh, selected = this.selected }: { fresh: boolean; selected?: string | null },
	): void {
		this.#rows = rows;
		this.#offsets = offsetsOf(rows);
		this.#results = rows.flatMap(({ kind }, place) => (kind === "result" ? [place] : []));
		this.#selected = this.#results.findIndex((place) => rows[place]?.key === selected);
		if (this.#selected === -1 && this.#results.length > 0) this.#selected = 0;
		this.#content.style.height = `${this.#offsets.at(-1) ?? 0}px`;
		if (fresh) this.element.scrollTop = 0;
		this.#drawn = "";
		this.#draw();
	}

	scrollTo(top: number): void {
		this.element.scrollTop = top;
		this.#draw();
	}

	/** Takes the selected result, if there is one. */
	take(how: Taking): void {
		const row = this.#row(this.#selected);
		if (row !== undefined) this.#options.take(row, how);
	}

	#row(result: number): ResultRow | undefined {
		const row = this.#rows[this.#results[result] ?? -1];
		return row?.kind === "result" ? row : undefined;
	}

	#key(event: KeyboardEvent): void {
		const last = this.#results.length - 1;
		const page = Math.max(1, this.#resultsInSight() - 1);
		const to = {
			ArrowDown: this.#selected + 1,
			ArrowUp: this.#selected - 1,
			PageDown: this.#selected + page,
			PageUp: Math.max(0, this.#selected - page),
			Home: 0,
			End: last,
		}[event.key];
		if (event.key === "Escape" || (event.key === "ArrowUp" && this.#selected <= 0)) this.#options.leave();
		else if (to !== undefined) this.#select(Math.min(to, last));
		else if (event.key === " ") this.take("preview");
		else if (event.key === "Enter") this.take(event.ctrlKey || event.metaKey ? "side" : "open");
		else return;
		event.preventDefault();
		event.stopPropagation();
	}

	#clicked({ target }: MouseEvent, how: Taking): void {
		const place = (target as Element).closest<HTMLElement>("[data-result]")?.dataset["result"];
		if (place === undefined) return;
		this.element.focus({ preventScroll: true });
		this.#select(Number(place));
		this.take(how);
	}

	#select(result: number): void {
		if (this.#results.length === 0) return;
		this.#selected = Math.max(0, result);
		this.#reveal();
		this.#drawn = "";
		this.#draw();
		this.#options.moved();
	}

	/** Scrolls as little as shows the selected result, with its heading when it is the first below it. */
	#reveal(): void {
		const place = this.#results[this.#selected] ?? 0;
		const from = this.#rows[place - 1]?.kind === "heading" ? place - 1 : place;
		const [top, bottom] = [this.#offsets[from] ?? 0, this.#offsets[place + 1] ?? 0];
		const { scrollTop, clientHeight } = this.element;
		if (top < scrollTop || clientHeight < bottom - top) this.element.scrollTop = top;
		else if (bottom > scrollTop + clientHeight) this.element.scrollTop = bottom - clientHeight;
	}

	#resultsInSight(): number {
		const { scrollTop, clientHeight } = this.element;
		const [first, end] = rowsWithin(this.#offsets, scrollTop, scrollTop + clientHeight);
		return this.#results.filter((place) => place >= first && place < end).length;
	}

	/** Puts into the page what is in sight, a screen more on either side, and the selected result, which is named. */
	#draw(): void {
		const { scrollTop, clientHeight } = this.element;
		const [first, end] = rowsWithin(this.#offsets, scrollTop - clientHeight, scrollTop + 2 * clientHeight);
		const drawn = `${first} ${end} ${this.#selected}`;
		if (drawn === this.#drawn) return;
		this.#drawn = drawn;
		const chosen = this.#results[this.#selected];
		const places = Array.from({ length: end - first }, (_, index) => first + index);
		if (chosen !== undefined && !places.includes(chosen)) places.push(chosen);
		this.#content.replaceChildren(...places.map((place) => this.#rowElement(place)));
		if (chosen === undefined) this.element.removeAttribute("aria-activedescendant");
		else this.element.setAttribute("aria-activedescendant", idOf(chosen));
	}

	#rowElement(place: number): HTMLElement {
		const row = this.#rows[place] as Row;
		const made = row.kind === "heading" ? headingElement(row) : resultElement(row);
		made.style.top = `${this.#offsets[place] ?? 0}px`;
		made.style.height = `${heightOf(row)}px`;
		if (row.kind === "heading") return made;
		const result = this.#results.indexOf(place);
		made.id = idOf(place);
		made.dataset["result"] = String(result);
		made.setAttribute("aria-posinset", String(result + 1));
		made.setAttribute("aria-setsize", String(this.#results.length));
		made.setAttribute("aria-selected", String(result === this.#selected));
		return made;
	}
}

function idOf(place: number): string {
	return `row-${place}`;
}

/** Hidden from screen readers: each result says its file. */
function headingElement({ text, aside, badge }: Extract<Row, { kind: "heading" }>): HTMLElement {
	return element(
		"div",
		{ class: "result-heading", "aria-hidden": "true", title: aside === "" ? text : `${text} · ${aside}` },
		element("span", { class: "result-heading-text" }, text),
		element("span", { class: "aside" }, aside),
		element("span", { class: "badge" }, badge),
	);
}

function resultElement({ icon: kind, title, aside, reasons, code, language, spoken }: ResultRow): HTMLElement {
	const made = element(
		"div",
		{ class: "result", role: "option", "aria-label": spoken },
		element(
			"div",
			{ class: "result-title", "data-kind": kind },
			icon(kind),
			element("span", { class: "result-name" }, title),
			element("span", { class: "aside" }, aside),
		),
	);
	if (reasons !== "") made.append(element("div", { class: "result-reasons", title: reasons }, reasons));
	if (code.length > 0) {
		const lines = code.map(({ number, text, terms }) =>
			element(
				"div",
				{ class: "code-line" },
				element("span", { class: "line-number" }, String(number)),
				element("code", {}, ...codeText(text, terms, language)),
			),
		);
		made.append(element("div", { class: "result-code" }, ...lines));
	}
	return made;
}

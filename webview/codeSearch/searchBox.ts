import type { WorkspaceFolder } from "../../sidecar/protocol/panels/codeSearch.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { icon } from "../ui/icons.ts";
import { completions } from "./filters.ts";

interface SearchBoxActions {
	/** The text was changed. */
	typed(text: string): void;
	/** Enter in the input. */
	entered(): void;
	/** Arrow down in the input. */
	toList(): void;
	/** Null: all folders. */
	folder(path: string | null): void;
}

/** The input with its chips, and the choice of a folder where there are several. */
export class SearchBox {
	readonly element: HTMLElement;
	#actions: SearchBoxActions;
	#input = element("input", {
		type: "text",
		class: "query",
		autocomplete: "off",
		spellcheck: "false",
		placeholder: t("Search code"),
		"aria-label": t("Search code by words, by meaning or by name"),
		"aria-describedby": "search-help",
	});
	#clear = element(
		"button",
		{
			type: "button",
			class: "icon-button",
			title: t("Clear"),
			"aria-label": t("Clear"),
			click: () => this.#put("", 0),
		},
		icon("close"),
	);
	#chips = element("div", { class: "chips", role: "group", "aria-label": t("Filters") });
	#folders = element("select", { class: "folders", "aria-label": t("Folder"), hidden: true });
	#shownFolders = "";

	constructor(actions: SearchBoxActions) {
		this.#actions = actions;
		this.#input.addEventListener("input", () => this.#changed());
		this.#input.addEventListener("keydown", (event) => this.#key(event));
		for (const event of ["click", "keyup", "focus"]) this.#input.addEventListener(event, () => this.#showChips());
		this.#folders.addEventListener("change", () => actions.folder(this.#folders.value || null));
		const box = element("div", { class: "query-box" }, icon("search"), this.#input, this.#clear);
		this.element = element("div", { class: "search-box", role: "search" }, box, this.#chips, this.#folders);
		this.#showChips();
	}

	get text(): string {
		return this.#input.value;
	}

	/** Puts a text in without telling of it. */
	set text(text: string) {
		this.#input.value = text;
		this.#showChips();
	}

	focus(): void {
		this.#input.focus();
		this.#input.select();
	}

	updateFolders(folders: readonly WorkspaceFolder[], chosen: string | null): void {
		const key = JSON.stringify([folders, chosen]);
		if (key === this.#shownFolders) return;
		this.#shownFolders = key;
		this.#folders.hidden = folders.length < 2;
		this.#folders.replaceChildren(
			element("option", { value: "" }, t("All folders")),
			...folders.map(({ path, name }) => element("option", { value: path, selected: path === chosen }, name)),
		);
	}

	#changed(): void {
		this.#showChips();
		this.#actions.typed(this.#input.value);
	}

	#key(event: KeyboardEvent): void {
		if (event.isComposing) return;
		if (event.key === "Enter") this.#actions.entered();
		else if (event.key === "ArrowDown") this.#actions.toList();
		else return;
		event.preventDefault();
	}

	#put(text: string, caret: number): void {
		this.#input.value = text;
		this.#input.focus();
		this.#input.setSelectionRange(caret, caret);
		this.#changed();
	}

	#showChips(): void {
		this.#clear.hidden = this.#input.value === "";
		const offered = completions(this.#input.value, this.#input.selectionStart ?? this.#input.value.length);
		const key = JSON.stringify(offered);
		if (this.#chips.dataset["shown"] === key) return;
		this.#chips.dataset["shown"] = key;
		this.#chips.replaceChildren(
			...offered.map(({ label, text, caret }) =>
				element("button", { type: "button", class: "chip", click: () => this.#put(text, caret) }, label),
			),
		);
	}
}

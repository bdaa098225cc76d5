import type { Offer } from "../../sidecar/protocol/panels/codeSearch.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";

/** What stands in the place of results: what is the matter and what can be done. */
export interface Message {
	readonly heading: string;
	readonly lines: readonly string[];
	readonly buttons: readonly { readonly label: string; readonly offer: Offer }[];
}

interface Placard {
	readonly element: HTMLElement;
	/** Undefined: nothing is to be said. */
	show(message: Message | undefined): void;
}

export function placard(act: (offer: Offer) => void): Placard {
	const whole = element("section", { class: "placard", hidden: true });
	let shown = "";
	return {
		element: whole,
		show: (message) => {
			whole.hidden = message === undefined;
			const key = JSON.stringify(message ?? null);
			if (message === undefined || key === shown) return;
			shown = key;
			const buttons = message.buttons.map(({ label, offer }, place) =>
				element(
					"button",
					{ type: "button", class: place === 0 ? "button primary" : "button", click: () => act(offer) },
					label,
				),
			);
			whole.replaceChildren(
				element("h2", {}, message.heading),
				...message.lines.map((line) => element("p", {}, line)),
				...(buttons.length === 0 ? [] : [element("div", { class: "placard-buttons" }, ...buttons)]),
			);
		},
	};
}

/** Each state in which there is nothing to list, by its name. */
export const messages = {
	noFolder: (): Message => ({
		heading: t("No folder is open"),
		lines: [t("Open a folder of code to search it.")],
		buttons: [{ label: t("Open Folder"), offer: "openFolder" }],
	}),
	untrusted: (): Message => ({
		heading: t("This folder is not indexed"),
		lines: [t("Indexing reads every file of a folder and is off until you trust it.")],
		buttons: [{ label: t("Manage Workspace Trust"), offer: "manageTrust" }],
	}),
	noIndex: (): Message => ({
		heading: t("This folder is not indexed"),
		lines: [
			t("The index lets you find functions and classes by words, by what they do, and by name."),
			t("It is built on this machine and stays there."),
		],
		buttons: [{ label: t("Build Index"), offer: "buildIndex" }],
	}),
	sidecar: (): Message => ({
		heading: t("The sidecar, which searches, cannot be used"),
		lines: [t("Its log says why.")],
		buttons: [
			{ label: t("Start Sidecar"), offer: "startSidecar" },
			{ label: t("Show Log"), offer: "showLog" },
		],
	}),
	indexFailed: (why: string): Message => ({
		heading: t("The index cannot be used"),
		lines: [why],
		buttons: [
			{ label: t("Rebuild Index"), offer: "rebuildIndex" },
			{ label: t("Show Log"), offer: "showLog" },
		],
	}),
	failed: (why: string): Message => ({
		heading: t("The search failed"),
		lines: [why],
		buttons: [{ label: t("Show Log"), offer: "showLog" }],
	}),
	/** `note`: what the index lacks; `train`: a model for search would mend it. */
	idle: ({ note, train }: { note: string | null; train: boolean }): Message => ({
		heading: "",
		lines: [
			t(
				"Say what the code does, name it, or paste some: “parse the http header”, “parseHeader”, “retry with growing waits”.",
			),
			t("Arrow keys walk the results, Space previews, Enter opens."),
			...(train ? [t("Words alone are searched: no model is trained for search yet.")] : note === null ? [] : [note]),
		],
		buttons: train ? [{ label: t("Train for Search"), offer: "trainForSearch" }] : [],
	}),
	nothing: (indexing: boolean): Message => ({
		heading: t("No results"),
		lines: [
			t("Try fewer or other words, part of a name, or take a filter out."),
			indexing
				? t("The index is not complete yet: results come in as it grows.")
				: t("Why Is This File (Not) Indexed? in the command palette tells of a file that is missing."),
		],
		buttons: [],
	}),
	noDuplicates: (): Message => ({
		heading: t("No near-duplicates"),
		lines: [t("No two parts of this code are nearly the same.")],
		buttons: [],
	}),
} as const;

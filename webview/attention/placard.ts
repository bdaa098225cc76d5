import type { AttentionOffer } from "../../sidecar/protocol/panels/attention.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";

/** What a button of a placard does: a command of the extension, or to look (again). */
export type PlacardAct = AttentionOffer | "look" | "again";

/** What stands in the place of the pictures: what is the matter and what can be done. */
export interface Message {
	readonly heading: string;
	readonly lines: readonly string[];
	readonly acts: readonly PlacardAct[];
}

export interface Placard {
	readonly element: HTMLElement;
	/** Undefined: nothing is to be said. */
	show(message: Message | undefined): void;
}

export function placard(act: (what: PlacardAct) => void): Placard {
	const labels: Readonly<Record<PlacardAct, string>> = {
		look: t("Look at the Selection"),
		again: t("Try Again"),
		train: t("Train on This Workspace"),
		useModel: t("Use Another Model"),
		startSidecar: t("Start Sidecar"),
		showLog: t("Show Log"),
	};
	const whole = element("section", { class: "placard", role: "status", hidden: true });
	let shown = "";
	return {
		element: whole,
		show: (message) => {
			whole.hidden = message === undefined;
			const key = JSON.stringify(message ?? null);
			if (key === shown) return;
			shown = key;
			if (message === undefined) return;
			const buttons = message.acts.map((what, place) =>
				element(
					"button",
					{ type: "button", class: place === 0 ? "button primary" : "button", click: () => act(what) },
					labels[what],
				),
			);
			whole.replaceChildren(
				element("h2", {}, message.heading),
				...message.lines.map((line) => element("p", {}, line)),
				element("div", { class: "placard-buttons" }, ...buttons),
			);
		},
	};
}

export const messages = {
	nothing: (): Message => ({
		heading: t("Nothing to look at"),
		lines: [t("Open a file and select some code: the panel shows where each head of the model looks in it.")],
		acts: ["look"],
	}),
	gone: (): Message => ({
		heading: t("The file is not there any more"),
		lines: [t("It was moved or deleted. Select some code in another file.")],
		acts: ["look"],
	}),
	cancelled: (): Message => ({
		heading: t("Cancelled"),
		lines: [t("The model was not asked to the end.")],
		acts: ["again", "look"],
	}),
	failed: (why: string): Message => ({
		heading: t("The attention cannot be shown"),
		lines: [why],
		acts: ["again", "look", "useModel", "train", "showLog"],
	}),
	sidecar: (): Message => ({
		heading: t("The sidecar, which runs the model, cannot be used"),
		lines: [t("Its log says why.")],
		acts: ["startSidecar", "showLog"],
	}),
} as const;

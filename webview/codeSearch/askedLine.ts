import type { Asked } from "../../sidecar/protocol/panels/codeSearch.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { icon } from "../ui/icons.ts";

/** The line below the input while something else than its text is asked, with a way back. */
interface AskedLine {
	readonly element: HTMLElement;
	update(asked: Asked): void;
}

export function askedLine(back: () => void): AskedLine {
	const text = element("span", { class: "asked-text" });
	const label = t("Back to the search");
	const button = element("button", {
		type: "button",
		class: "icon-button",
		title: label,
		"aria-label": label,
		click: back,
	});
	button.append(icon("close"));
	const whole = element("div", { class: "asked", hidden: true }, text, button);
	return {
		element: whole,
		update: (asked) => {
			const said = askedText(asked);
			whole.hidden = said === undefined;
			setText(text, said ?? "");
		},
	};
}

function askedText(asked: Asked): string | undefined {
	if (asked.kind === "query") return undefined;
	if (asked.kind === "duplicates") return t("Near-duplicates");
	const { at } = asked.like;
	if (at === null) return t("Code like the selection");
	return t("Code like {0}", `${at.path}:${at.startLine}–${at.endLine}`);
}

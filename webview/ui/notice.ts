import { t } from "../host/texts.ts";
import { element, setText } from "./elements.ts";

/** A line above everything that says what went wrong and what to do. */
export interface Notice {
	readonly element: HTMLElement;
	/** `again` offers to load everything anew. */
	say(message: string, offer: "again" | "dismiss"): void;
	hide(): void;
}

export function notice(tryAgain: () => void): Notice {
	const text = element("span", { class: "notice-text" });
	const again = element("button", { type: "button", class: "button", click: tryAgain }, t("Try Again"));
	const hide = () => {
		whole.hidden = true;
	};
	const dismiss = element("button", { type: "button", class: "button", click: hide }, t("Dismiss"));
	const whole = element("div", { class: "notice", role: "alert", hidden: true }, text, again, dismiss);
	return {
		element: whole,
		say: (message, offer) => {
			again.hidden = offer !== "again";
			setText(text, message);
			whole.hidden = false;
		},
		hide,
	};
}

import { element } from "./elements.ts";
import { type IconName, icon } from "./icons.ts";

/** A button that opens a small panel below it. */
export interface Popup {
	readonly element: HTMLElement;
	readonly button: HTMLButtonElement;
	close(): void;
}

/**
 * Makes the button and its panel. The arrow keys walk the controls within, Escape and a click elsewhere close it.
 * @param opening is called each time before it opens.
 */
export function popup(
	label: string,
	{ iconName, content, opening }: { iconName: IconName; content: HTMLElement; opening?: () => void },
): Popup {
	const button = element("button", { type: "button", class: "button", "aria-expanded": "false" });
	button.append(icon(iconName), element("span", {}, label), icon("chevron"));
	content.classList.add("popup-panel");
	content.hidden = true;
	const whole = element("div", { class: "popup" }, button, content);
	const controls = () => [...content.querySelectorAll<HTMLElement>("button:not(:disabled), input:not(:disabled)")];
	const setOpen = (open: boolean) => {
		if (open) opening?.();
		content.hidden = !open;
		button.setAttribute("aria-expanded", String(open));
		if (open) (controls().find((control) => control.matches(":checked")) ?? controls()[0])?.focus();
	};
	button.addEventListener("click", () => setOpen(content.hidden));
	button.addEventListener("keydown", (event) => {
		if (event.key !== "ArrowDown" || !content.hidden) return;
		event.preventDefault();
		setOpen(true);
	});
	content.addEventListener("keydown", (event) => {
		if (walk(event.key, controls())) event.preventDefault();
	});
	whole.addEventListener("keydown", (event) => {
		if (event.key !== "Escape" || content.hidden) return;
		setOpen(false);
		button.focus();
	});
	document.addEventListener("pointerdown", ({ target }) => {
		if (!whole.contains(target as Node)) setOpen(false);
	});
	whole.addEventListener("focusout", ({ relatedTarget }) => {
		if (relatedTarget !== null && !whole.contains(relatedTarget as Node)) setOpen(false);
	});
	return { element: whole, button, close: () => setOpen(false) };
}

/** Moves the focus among the controls; whether the key was one of ours. */
function walk(key: string, controls: readonly HTMLElement[]): boolean {
	const at = controls.indexOf(document.activeElement as HTMLElement);
	const count = controls.length;
	const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1 }[key];
	if (next === undefined || count === 0) return false;
	controls[(next + count) % count]?.focus();
	return true;
}

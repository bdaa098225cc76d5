import { t } from "../host/texts.ts";
import { element } from "./elements.ts";
import { popup } from "./popup.ts";

/** A button with a menu of the formats in which what is shown can be saved; `entries` pairs a format with its name. */
export function exportMenu<Format>(
	entries: readonly (readonly [Format, string])[],
	save: (format: Format) => void,
): HTMLElement {
	const content = element("div", { role: "menu", "aria-label": t("Export") });
	const menu = popup(t("Export"), { iconName: "save", content });
	for (const [format, label] of entries) {
		const entry = element("button", { type: "button", role: "menuitem", class: "menu-entry" }, label);
		entry.addEventListener("click", () => {
			menu.close();
			menu.button.focus();
			save(format);
		});
		content.append(entry);
	}
	menu.button.setAttribute("aria-haspopup", "menu");
	return menu.element;
}

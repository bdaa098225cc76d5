type Attributes = Readonly<Record<string, string | boolean | ((event: never) => void)>>;

/**
 * Makes an element. Attributes by their HTML names: `true` sets one without a value, `false` leaves it out, a
 * function is a listener for the event of that name (`click`, not `onclick`).
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
	tag: Tag,
	attributes: Attributes = {},
	...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") made.addEventListener(name, value as EventListener);
		else if (value !== false) made.setAttribute(name, value === true ? "" : value);
	}
	made.append(...children);
	return made;
}

/** Sets an element's text; leaves it alone when it has it already, so that screen readers stay quiet. */
export function setText(target: Element, text: string): void {
	if (target.textContent !== text) target.textContent = text;
}

/** A colour of VS Code's theme, such as `charts-blue`, or the fallback where the theme has none. */
export function themeColour(name: string, fallback: string): string {
	const found = getComputedStyle(document.body).getPropertyValue(`--vscode-${name}`).trim();
	return found === "" ? fallback : found;
}

/** Whether one of the two high-contrast themes is on. */
export function isHighContrast(): boolean {
	const kind = document.body.dataset["vscodeThemeKind"] ?? "";
	return kind.startsWith("vscode-high-contrast");
}

/** Calls back after VS Code has put on another theme. */
export function onThemeChange(changed: () => void): void {
	const observer = new MutationObserver(changed);
	observer.observe(document.body, {
		attributes: true,
		attributeFilter: ["class", "data-vscode-theme-kind", "data-vscode-theme-id"],
	});
	observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
}

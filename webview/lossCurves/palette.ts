import { isHighContrast, themeColour } from "../ui/theme.ts";
import type { Palette } from "./charts.ts";

/** The colours of VS Code's theme for charts. */
export function currentPalette(): Palette {
	const chart = (name: string, fallback: string) => themeColour(`charts-${name}`, fallback);
	const [blue, orange, yellow] = [chart("blue", "#3794ff"), chart("orange", "#d18616"), chart("yellow", "#cca700")];
	// In high contrast, orange is dim on black and next to blue on white; yellow stands out on both.
	const [second, fifth] = isHighContrast() ? [yellow, orange] : [orange, yellow];
	return {
		runs: [blue, second, chart("green", "#89d185"), chart("purple", "#b180d7"), fifth, chart("red", "#f14c4c")],
		heldOut: second,
		mark: themeColour("descriptionForeground", "gray"),
		warning: themeColour("editorWarning-foreground", yellow),
		error: themeColour("errorForeground", chart("red", "#f14c4c")),
		faint: isHighContrast() ? 0.4 : 0.3,
	};
}

import { isHighContrast, themeColour } from "../ui/theme.ts";
import type { Palette } from "./charts.ts";

/** The colours of VS Code's theme for charts. */
export function currentPalette(): Palette {
	const chart = (name: string, fallback: string) => themeColour(`charts-${name}`, fallback);
	const [blue, orange, yellow] = [chart("blue", "#3794ff"), chart("orange", "#d18616"), chart("yellow", "#cca700")];
	// In high contrast, orange is dim on black and next to blue on white; yellow stands out on both.
	const [second, fifth] = isHighContrast() ? [yellow, orange] : [orange, yellow];
	const [green, purple] = [chart("green", "#89d185"), chart("purple", "#b180d7")];
	// The green of high contrast on white is next to its yellow, which is a brown.
	const [third, fourth] = isHighContrast() ? [purple, green] : [green, purple];
	return {
		runs: [blue, second, third, fourth, fifth, chart("red", "#f14c4c")],
		heldOut: second,
		mark: themeColour("descriptionForeground", "gray"),
		warning: themeColour("editorWarning-foreground", yellow),
		error: themeColour("errorForeground", chart("red", "#f14c4c")),
		faint: isHighContrast() ? 0.4 : 0.3,
	};
}

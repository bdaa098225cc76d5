import { isHighContrast, themeColour } from "../ui/theme.ts";
import type { Palette } from "./charts.ts";

/** The colours of VS Code's theme for charts. */
export function currentPalette(): Palette {
	const chart = (name: string, fallback: string) => themeColour(`charts-${name}`, fallback);
	const [blue, orange] = [chart("blue", "#3794ff"), chart("orange", "#d18616")];
	return {
		runs: [
			blue,
			orange,
			chart("green", "#89d185"),
			chart("purple", "#b180d7"),
			chart("yellow", "#cca700"),
			chart("red", "#f14c4c"),
		],
		heldOut: orange,
		mark: themeColour("descriptionForeground", "gray"),
		warning: themeColour("editorWarning-foreground", chart("yellow", "#cca700")),
		error: themeColour("errorForeground", chart("red", "#f14c4c")),
		faint: isHighContrast() ? 0.5 : 0.3,
	};
}

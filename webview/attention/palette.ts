import { type Rgb, rgbOf } from "../ui/heatmap.ts";
import { isHighContrast, themeColour } from "../ui/theme.ts";

/** The colours of the pictures in the theme that is on. */
export interface Palette {
	readonly background: string;
	readonly foreground: string;
	readonly dim: string;
	readonly line: string;
	/** Attention, and what speaks for a prediction. */
	readonly strong: string;
	readonly strongRgb: Rgb;
	/** What speaks against a prediction. */
	readonly against: string;
	readonly edge: string;
	/** Of further heads. */
	readonly others: readonly string[];
	readonly focus: string;
	/** Of text and code. */
	readonly family: string;
	readonly codeFamily: string;
	/** Most that a mark behind text may cover it. */
	readonly heat: number;
}

export function currentPalette(): Palette {
	const strong = themeColour(isBlack() ? "textLink-foreground" : "charts-blue", "#3794ff");
	return {
		background: themeColour("editor-background", "#ffffff"),
		foreground: themeColour("editor-foreground", themeColour("foreground", "#333333")),
		dim: themeColour("descriptionForeground", "#717171"),
		line: themeColour("editorWidget-border", themeColour("contrastBorder", "#808080")),
		strong,
		strongRgb: rgbOf(strong),
		against: themeColour(isHighContrast() ? "charts-red" : "charts-orange", "#d18616"), // there the orange is a blue
		edge: themeColour("charts-purple", "#b180d7"),
		others: [
			themeColour("charts-red", "#f14c4c"),
			themeColour("charts-green", "#89d185"),
			themeColour("charts-orange", "#d18616"),
			themeColour("charts-yellow", "#cca700"),
		],
		focus: themeColour("focusBorder", "#0090f1"),
		family: themeColour("font-family", "sans-serif"),
		codeFamily: themeColour("editor-font-family", "monospace"),
		heat: isHighContrast() ? 0.5 : 0.6,
	};
}

/** Whether the dark high-contrast theme is on, on whose black the blue of charts is too dark. */
function isBlack(): boolean {
	return document.body.dataset["vscodeThemeKind"] === "vscode-high-contrast";
}

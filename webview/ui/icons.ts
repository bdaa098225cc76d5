import chevron from "@vscode/codicons/src/icons/chevron-down.svg";
import close from "@vscode/codicons/src/icons/close.svg";
import pause from "@vscode/codicons/src/icons/debug-pause.svg";
import stop from "@vscode/codicons/src/icons/debug-stop.svg";
import save from "@vscode/codicons/src/icons/export.svg";
import graph from "@vscode/codicons/src/icons/graph-line.svg";
import resume from "@vscode/codicons/src/icons/play.svg";
import search from "@vscode/codicons/src/icons/search.svg";
import classIcon from "@vscode/codicons/src/icons/symbol-class.svg";
import method from "@vscode/codicons/src/icons/symbol-method.svg";
import block from "@vscode/codicons/src/icons/symbol-snippet.svg";
import table from "@vscode/codicons/src/icons/table.svg";

const icons = {
	pause,
	stop,
	resume,
	chevron,
	save,
	graph,
	table,
	search,
	close,
	function: method,
	method,
	class: classIcon,
	block,
} as const;

export type IconName = keyof typeof icons;

/** A codicon in the text's colour, hidden from screen readers: what stands beside it says the same. */
export function icon(name: IconName): SVGElement {
	const parsed = new DOMParser().parseFromString(icons[name], "image/svg+xml").documentElement;
	const svg = document.importNode(parsed, true) as unknown as SVGElement;
	svg.setAttribute("aria-hidden", "true");
	svg.setAttribute("class", "icon");
	return svg;
}

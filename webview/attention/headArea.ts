import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { drawGrid, gridSize, type Head, placedHeads } from "./headGrid.ts";
import type { Scene } from "./scene.ts";
import { createSurface } from "./surface.ts";
import type { View } from "./view.ts";

export interface HeadArea {
	readonly element: HTMLElement;
	update(scene: Scene | undefined): void;
}

export interface HeadActions {
	readonly choose: (head: Head, by: "mouse" | "key") => void;
	/** Its lines are to be drawn beside those of the head that is shown, or no longer. */
	readonly add: (head: Head) => void;
	readonly order: (order: View["order"]) => void;
}

/** All heads, and the order in which they stand. */
export function headArea({ choose, add, order }: HeadActions): HeadArea {
	let scene: Scene | undefined;
	const width = () => surface.element.clientWidth;
	const surface = createSurface({
		label: t("All heads"),
		help: "heads-help",
		size: (given) => (scene === undefined ? { width: 0, height: 0 } : gridSize(scene, given)),
		draw: (pen, window) => {
			if (scene !== undefined) drawGrid(pen, scene, window);
		},
		point: () => {},
		press: ({ x, y }, { ctrlKey, metaKey, shiftKey }) => {
			if (scene === undefined) return;
			const found = placedHeads(scene, width()).find(
				({ box }) => x >= box.x - 2 && x < box.x + box.width + 2 && y >= box.y - 2 && y < box.y + box.height + 30,
			);
			if (found === undefined) return;
			if (ctrlKey || metaKey || shiftKey) add(found);
			else choose(found, "mouse");
		},
		key: ({ key }) => {
			if (key === " " && scene !== undefined) {
				add(scene.view);
				return true;
			}
			const next = scene === undefined ? undefined : nextHead(scene, key, width());
			if (next === undefined) return false;
			choose(next, "key");
			return true;
		},
	});
	surface.element.classList.add("heads");
	const byFlow = element(
		"button",
		{ type: "button", class: "button", "aria-pressed": "false" },
		t("Sort by data flow"),
	);
	byFlow.addEventListener("click", () => order(byFlow.getAttribute("aria-pressed") === "true" ? "layers" : "dataflow"));
	const note = element("p", { class: "note", id: "heads-help" });
	return {
		element: element("section", { class: "head-area", "aria-label": t("All heads") }, byFlow, surface.element, note),
		update: (given) => {
			scene = given;
			const flow = given?.seen.view.dataflow;
			byFlow.disabled = (flow?.toSource.length ?? 0) === 0;
			byFlow.setAttribute("aria-pressed", String(given?.view.order === "dataflow" && !byFlow.disabled));
			if (given !== undefined) setText(note, noteOf(given));
			surface.drawNow();
			const chosen = given && placedHeads(given, width()).find((one) => isChosen(one, given.view));
			if (chosen !== undefined && document.activeElement === surface.element) surface.show(chosen.box);
		},
	};
}

function isChosen({ layer, head }: Head, view: View): boolean {
	return layer === view.layer && head === view.head;
}

/** The head to which a key leads. */
function nextHead(scene: Scene, key: string, width: number): Head | undefined {
	const placed = placedHeads(scene, width);
	const at = placed.findIndex((one) => isChosen(one, scene.view));
	const columns = placed.filter(({ box }) => box.y === placed[0]?.box.y).length;
	const to = {
		ArrowLeft: at - 1,
		ArrowRight: at + 1,
		ArrowUp: at - columns,
		ArrowDown: at + columns,
		Home: 0,
		End: placed.length - 1,
	}[key];
	return to === undefined ? undefined : (placed[to] ?? placed[at]);
}

function noteOf({ seen, view }: Scene): string {
	const { dataflow, noDataflow, windows } = seen.view;
	const reaches = windows.some((reach) => reach !== null)
		? ` ${t("± is how many tokens to either side a layer sees.")}`
		: "";
	const local = `${reaches} ${t("Ctrl and a click, or Space, keeps a head: its lines are drawn beside those of others.")}`;
	if (dataflow === null) return `${noDataflow ?? ""}${local}`;
	if (dataflow.toSource.length === 0) return `${t("No value flows from one of these tokens to another.")}${local}`;
	return view.order === "dataflow"
		? t("The bar is the head's share of attention on edges of the data flow, the stroke what chance would give.")
		: `${t("{0} edges of data flow.", dataflow.edges.length)}${local}`;
}

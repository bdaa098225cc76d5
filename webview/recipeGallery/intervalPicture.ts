import type { RecipeCard } from "../../sidecar/protocol/recipeCards.ts";
import { t } from "../host/texts.ts";

const size = { width: 420, height: 46, margin: 10 };

/** The paired differences as dots, their 95% interval as a bar and no difference as a line, on one axis. */
export function intervalPicture({ difference, seeds, better, margin }: RecipeCard): SVGElement {
	const sign = better === "higher" ? 1 : -1;
	const gains = seeds.map(({ recipe, baseline }) => sign * (recipe.value - baseline.value));
	const ends = [0, margin, difference.low, difference.high, ...gains];
	const [low, high] = [Math.min(...ends), Math.max(...ends)];
	const span = high - low || 1;
	const at = (value: number) => size.margin + ((value - low) / span) * (size.width - 2 * size.margin);
	const middle = size.height / 2;
	const picture = shape("svg", {
		class: "interval",
		viewBox: `0 0 ${size.width} ${size.height}`,
		role: "img",
		"aria-label": t("The differences of {0} seeds with their 95% interval", gains.length),
	});
	picture.append(
		shape("line", { class: "zero", x1: at(0), x2: at(0), y1: 2, y2: size.height - 2 }),
		shape("line", { class: "margin", x1: at(margin), x2: at(margin), y1: 8, y2: size.height - 8 }),
		shape("line", { class: "range", x1: at(difference.low), x2: at(difference.high), y1: middle, y2: middle }),
		shape("line", { class: "mean", x1: at(difference.mean), x2: at(difference.mean), y1: middle - 9, y2: middle + 9 }),
		...gains.map((gain) => shape("circle", { class: "gain", cx: at(gain), cy: middle, r: 4 })),
	);
	return picture;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
	return made;
}

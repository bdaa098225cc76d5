import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { formatCount, formatNumber } from "../ui/format.ts";
import { type AtStep, bestHeldOut, bestTrain, differingFields } from "./comparison.ts";
import type { DrawnRun } from "./runs.ts";

/** Best values of the drawn runs, and the recipe fields in which they differ. */
export interface CompareTable {
	readonly element: HTMLElement;
	update(runs: readonly DrawnRun[], colours: readonly string[]): void;
}

type Row = readonly [title: string, values: readonly (string | null)[]];

export function compareTable(): CompareTable {
	const whole = element("section", { class: "compare" });
	let shown = "";
	return {
		element: whole,
		update: (runs, colours) => {
			const best = bestRows(runs);
			const recipes = runs.map(({ recipe }) => recipe).filter((recipe) => recipe !== null);
			const known = recipes.length === runs.length;
			const differing = differingFields(known ? recipes : []).map(({ field, values }): Row => [field, values]);
			const next = JSON.stringify([runs.map(({ name }) => name), colours, best, differing]);
			if (next === shown) return;
			shown = next;
			whole.replaceChildren(
				element("h2", {}, runs.length > 1 ? t("Comparison") : t("Best values")),
				tableOf(runs, { colours, best, differing }),
				...(known && runs.length > 1 && differing.length === 0
					? [element("p", { class: "note" }, t("The recipes are the same."))]
					: []),
			);
		},
	};
}

function bestRows(runs: readonly DrawnRun[]): Row[] {
	const closing = runs.map(({ feed }) => feed.curve.done?.heldOut ?? null);
	const rows: Row[] = [
		[t("Best held-out loss"), runs.map(({ feed }) => atStep(bestHeldOut(feed.curve)))],
		[t("Best train loss, smoothed"), runs.map(({ feed, smoothing }) => atStep(bestTrain(feed.curve, smoothing)))],
	];
	if (closing.every((scores) => scores === null)) return rows;
	return [
		...rows,
		[t("Held-out loss at the end, on more documents"), closing.map((scores) => numberOf(scores?.loss))],
		[t("Masked tokens filled right at the end"), closing.map((scores) => percent(scores?.top1))],
		[t("Whole identifiers filled right at the end"), closing.map((scores) => percent(scores?.identifierTop1))],
	];
}

function tableOf(
	runs: readonly DrawnRun[],
	{ colours, best, differing }: { colours: readonly string[]; best: readonly Row[]; differing: readonly Row[] },
): HTMLTableElement {
	const names = runs.map(({ name }, index) => {
		const swatch = element("span", { class: "swatch" });
		swatch.style.backgroundColor = colours[index] ?? "gray";
		return element("th", { scope: "col" }, swatch, name);
	});
	const head = element("thead", {}, element("tr", {}, element("td"), ...names));
	const group = element("th", { scope: "rowgroup", colspan: String(runs.length + 1) }, t("Recipe fields that differ"));
	const bodies = [element("tbody", {}, ...best.map(rowOf))];
	if (differing.length > 0) bodies.push(element("tbody", {}, element("tr", {}, group), ...differing.map(rowOf)));
	return element("table", { class: "grid" }, head, ...bodies);
}

function rowOf([title, values]: Row): HTMLTableRowElement {
	const cells = values.map((value) => element("td", {}, value ?? "–"));
	return element("tr", {}, element("th", { scope: "row" }, title), ...cells);
}

function atStep(best: AtStep | undefined): string | null {
	return best === undefined ? null : t("{0} at step {1}", formatNumber(best.value), formatCount(best.step));
}

function numberOf(value: number | null | undefined): string | null {
	return value === null || value === undefined ? null : formatNumber(value);
}

function percent(share: number | null | undefined): string | null {
	return share === null || share === undefined ? null : `${formatNumber(100 * share, 3)} %`;
}

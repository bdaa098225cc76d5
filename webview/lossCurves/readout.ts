import { t } from "../host/texts.ts";
import { nearestIndex } from "../ui/decimate.ts";
import { element, setText } from "../ui/elements.ts";
import { formatCount, formatNumber, formatSeconds, formatShort } from "../ui/format.ts";
import { formatMetric, metricTitle, smallMetrics } from "./charts.ts";
import type { Curve, HeldOutPoint, XAxis } from "./curve.ts";
import type { DrawnRun } from "./runs.ts";

/** The values of all runs at one place: where the mouse or the arrow keys point, else at their ends. */
export interface Readout {
	readonly element: HTMLElement;
	update(runs: readonly DrawnRun[], at: { x: number | null; axis: XAxis; colours: readonly string[] }): void;
}

export function readout(): Readout {
	const place = element("caption");
	const body = element("tbody");
	const titles = [t("Run"), t("Train loss"), t("Raw"), t("Held-out loss"), ...smallMetrics.map(metricTitle)];
	const head = element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)));
	const table = element("table", { class: "readout" }, place, element("thead", {}, head), body);
	return {
		element: table,
		update: (runs, { x, axis, colours }) => {
			setText(place, x === null ? t("Latest values") : placeText(runs, x, axis));
			while (body.rows.length > runs.length) body.deleteRow(-1);
			while (body.rows.length < runs.length) body.append(emptyRow(titles.length));
			runs.forEach((run, index) => {
				const values = valuesAt(run, x, axis);
				const cells = body.rows[index]?.cells ?? [];
				[run.name, ...values].forEach((value, column) => {
					const target = cells[column]?.querySelector(".value");
					if (target) setText(target, value);
				});
				const swatch = body.rows[index]?.querySelector<HTMLElement>(".swatch");
				if (swatch) swatch.style.backgroundColor = colours[index] ?? "gray";
			});
		},
	};
}

/** The same values as a sentence, for screen readers. */
export function spokenReadout(runs: readonly DrawnRun[], x: number, axis: XAxis): string {
	const spoken = runs.map((run) => {
		const [train, , heldOut, rate, norm] = valuesAt(run, x, axis);
		const values = t(
			"train loss {0}, held-out loss {1}, learning rate {2}, gradient norm {3}",
			train ?? "",
			heldOut ?? "",
			rate ?? "",
			norm ?? "",
		);
		return runs.length === 1 ? values : `${run.name}: ${values}`;
	});
	return `${placeText(runs, x, axis)}: ${spoken.join("; ")}`;
}

/** The last evaluation up to a row; undefined before the first. */
function heldOutUpTo({ heldOut }: Curve, row: number): HeldOutPoint | undefined {
	return heldOut.findLast((point) => point.row <= row);
}

function emptyRow(columns: number): HTMLTableRowElement {
	const heading = element(
		"th",
		{ scope: "row" },
		element("span", { class: "swatch" }),
		element("span", { class: "value" }),
	);
	const cells = Array.from({ length: columns - 1 }, () => element("td", {}, element("span", { class: "value" })));
	return element("tr", {}, heading, ...cells);
}

/** The row next to a place; the last one for null; -1 beyond the run's end or without rows. */
function rowAt({ x }: Curve, at: number | null, axis: XAxis): number {
	const places = x[axis].view();
	if (at === null) return places.length - 1;
	if (places.length === 0 || at > (places.at(-1) ?? 0) + lastGap(places)) return -1;
	return nearestIndex(places, at);
}

function lastGap(places: Float64Array): number {
	return places.length < 2 ? 1 : (places.at(-1) ?? 0) - (places.at(-2) ?? 0);
}

function valuesAt({ feed, smoothing }: DrawnRun, at: number | null, axis: XAxis): string[] {
	const { curve } = feed;
	const row = rowAt(curve, at, axis);
	const heldOut = row < 0 ? undefined : heldOutUpTo(curve, row);
	const loss = heldOut?.scores.loss ?? null;
	return [
		formatNumber(smoothing.smoothed.at(row)),
		formatNumber(curve.metrics.loss.at(row)),
		loss === null ? "–" : t("{0} at {1}", formatNumber(loss), formatCount(heldOut?.step ?? 0)),
		...smallMetrics.map((metric) => formatMetric(metric, curve.metrics[metric].at(row))),
	];
}

/** Step, tokens and time of the first run that reaches the place. */
function placeText(runs: readonly DrawnRun[], at: number, axis: XAxis): string {
	for (const { feed } of runs) {
		const row = rowAt(feed.curve, at, axis);
		if (row < 0) continue;
		const { step, tokens, seconds } = feed.curve.x;
		return t(
			"Step {0} · {1} tokens · {2}",
			formatCount(step.at(row)),
			formatShort(tokens.at(row)),
			formatSeconds(seconds.at(row)),
		);
	}
	return t("Beyond the last step");
}

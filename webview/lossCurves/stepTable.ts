import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { formatCount, formatNumber, formatSeconds } from "../ui/format.ts";
import { type PagedTable, pagedTable } from "../ui/pagedTable.ts";
import { formatMetric, markText, metricTitle, smallMetrics } from "./charts.ts";
import type { DrawnRun } from "./runs.ts";

/** The table twin of the charts: every step of one run, a page at a time. */
export interface StepTable {
	readonly element: HTMLElement;
	update(runs: readonly DrawnRun[]): void;
	/** Scrolls it up to `top`, in CSS pixels from the window's upper edge, and puts the focus on its rows. */
	reveal(top: number): void;
}

/** Rows that a screen reader walks in reasonable time and that draw at once. */
const rowsPerPage = 100;

export function stepTable(): StepTable {
	const choice = element("select", { "aria-label": t("Run in the table") });
	const goTo = element("input", { type: "number", min: "0", class: "step-input", "aria-label": t("Go to step") });
	const place = element("div");
	const head = element("div", { class: "table-head" }, choice, element("label", {}, t("Go to step"), goTo));
	let runs: readonly DrawnRun[] = [];
	let table: PagedTable | undefined;
	let shown: DrawnRun | undefined;
	const draw = () => {
		const run = runs.find(({ path }) => path === choice.value) ?? runs[0];
		if (run === undefined) return;
		if (run !== shown || table === undefined) {
			shown = run;
			table = tableOf(run);
			place.replaceChildren(table.element);
		}
		table.update(run.feed.curve.length);
	};
	choice.addEventListener("change", draw);
	goTo.addEventListener("change", () => {
		const steps = shown?.feed.curve.x.step.view() ?? new Float64Array();
		const row = steps.findIndex((step) => step >= Number(goTo.value));
		table?.turnTo(row < 0 ? Math.max(0, steps.length - 1) : row);
	});
	const whole = element("section", { class: "step-table" }, element("h2", {}, t("All steps")), head, place);
	return {
		element: whole,
		update: (drawn) => {
			runs = drawn;
			const names = drawn.map(({ path, name }) => [path, name] as const);
			if ([...choice.options].map(({ value }) => value).join("\n") !== drawn.map(({ path }) => path).join("\n")) {
				const before = choice.value;
				choice.replaceChildren(...names.map(([path, name]) => element("option", { value: path }, name)));
				if (drawn.some(({ path }) => path === before)) choice.value = before;
			}
			choice.hidden = drawn.length < 2;
			draw();
		},
		reveal: (top) => {
			const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
			whole.style.scrollMarginTop = `${top}px`;
			whole.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
			table?.focus();
		},
	};
}

function tableOf(run: DrawnRun): PagedTable {
	const columns = [
		t("Step"),
		t("Tokens"),
		t("Time"),
		t("Train loss"),
		t("Raw"),
		t("Held-out loss"),
		...smallMetrics.map(metricTitle),
		t("Events"),
	];
	return pagedTable({
		caption: t("Every step of {0}", run.name),
		columns,
		rowsPerPage,
		cells: (row) => cellsOf(run, row),
	});
}

function cellsOf({ feed, smoothing }: DrawnRun, row: number): string[] {
	const { x, metrics, heldOut, marks } = feed.curve;
	const loss = heldOut.find((point) => point.row === row)?.scores.loss ?? null;
	return [
		formatCount(x.step.at(row)),
		formatCount(x.tokens.at(row)),
		formatSeconds(x.seconds.at(row)),
		formatNumber(smoothing.smoothed.at(row)),
		formatNumber(metrics.loss.at(row)),
		loss === null ? "" : formatNumber(loss),
		...smallMetrics.map((metric) => formatMetric(metric, metrics[metric].at(row))),
		marks
			.filter((mark) => mark.row === row)
			.map(markText)
			.join(", "),
	];
}

import type { MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import type { ModelDescriptions, RecipeDescriptions } from "../../sidecar/protocol/outputs.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { exportMenu } from "../ui/exportMenu.ts";
import { icon } from "../ui/icons.ts";
import type { ExportFormat } from "./exports.ts";
import { choosableStrategies, share, strategyName } from "./tokens.ts";
import type { View } from "./view.ts";

export interface ControlActions {
	readonly change: (change: Partial<View>) => void;
	readonly table: (open: boolean) => void;
	readonly save: (format: ExportFormat) => void;
}

export interface Controls {
	readonly element: HTMLElement;
	/** What can be chosen from. */
	offer(recipes: RecipeDescriptions, models: ModelDescriptions): void;
	update(view: View, report: MasksReport | undefined): void;
}

/** What is masked: recipe, strategy, rate, seed and epoch; who is asked; and what is done with the result. */
export function controls({ change, table, save }: ControlActions): Controls {
	const recipe = choice(t("Recipe"), (value) => change({ recipe: value, strategy: null, rate: null, seed: null }));
	const strategy = choice(t("Strategy"), (value) => change({ strategy: value }));
	strategy.offer([["", t("As the recipe")], ...choosableStrategies.map((name) => [name, strategyName(name)] as const)]);
	const rate = rateSlider((value) => change({ rate: value }));
	const seed = numberField(t("Seed"), (value) => change({ seed: value }));
	const epoch = epochStepper((value) => change({ epoch: value }));
	const selectionOnly = check(t("Selection only"), (on) => change({ selectionOnly: on }));
	const predict = check(t("Ask the model"), (on) => change({ predict: on }));
	const model = choice(t("Model"), (value) => change({ model: value, predict: true }));
	const compare = choice(t("Compare with"), (value) => change({ compare: value, predict: true }));
	const tableButton = element(
		"button",
		{ type: "button", class: "button", "aria-pressed": "false" },
		icon("table"),
		t("Table"),
	);
	tableButton.addEventListener("click", () => table(tableButton.getAttribute("aria-pressed") !== "true"));
	const bar = (label: string, ...children: HTMLElement[]) =>
		element("div", { class: "toolbar", role: "toolbar", "aria-label": label }, ...children);
	return {
		element: element(
			"div",
			{ class: "controls" },
			bar(
				t("Masking"),
				recipe.element,
				strategy.element,
				rate.element,
				seed.element,
				epoch.element,
				selectionOnly.element,
			),
			bar(
				t("Predictions"),
				predict.element,
				model.element,
				compare.element,
				element("span", { class: "spring" }),
				tableButton,
				exportMenu(exportFormats(), save),
			),
		),
		offer: (recipes, models) => {
			recipe.offer([["", t("Of the model's run")], ...recipes.map(({ name }) => [name, name] as const)]);
			const named = models.map(({ name, path }) => [path, name] as const);
			model.offer([["", t("The model in use")], ...named]);
			compare.offer([["", t("None")], ...named]);
		},
		update: (view, report) => {
			recipe.update(view.recipe);
			strategy.update(view.strategy);
			rate.update(view.rate ?? report?.rate ?? 0.15, countsItself(report));
			seed.update(view.seed ?? report?.seed);
			epoch.update(view.epoch);
			selectionOnly.update(view.selectionOnly);
			predict.update(view.predict);
			model.update(view.model);
			compare.update(view.compare);
			tableButton.setAttribute("aria-pressed", String(view.table));
		},
	};
}

/** A list to choose from; the first entry stands for null. */
function choice(label: string, chosen: (value: string | null) => void) {
	const select = element("select", { "aria-label": label });
	select.addEventListener("change", () => chosen(select.value === "" ? null : select.value));
	let wanted = "";
	return {
		element: element("label", { class: "field" }, label, select),
		offer: (options: readonly (readonly [value: string, text: string])[]) => {
			select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
			select.value = wanted;
		},
		update: (value: string | null) => {
			wanted = value ?? "";
			select.value = wanted;
		},
	};
}

/** Whether a masking decides its own count, so that a rate changes nothing; of one that masks nothing too. */
function countsItself(report: MasksReport | undefined): boolean {
	return report !== undefined && (report.rate === null || report.strategies.length === 0);
}

function rateSlider(chosen: (rate: number) => void) {
	const slider = element("input", { type: "range", min: "1", max: "90", step: "1", "aria-label": t("Rate") });
	const told = element("output", { class: "rate-value" });
	const tell = (rate: number) => {
		const text = share(rate);
		slider.setAttribute("aria-valuetext", text);
		setText(told, text);
	};
	slider.addEventListener("input", () => tell(slider.valueAsNumber / 100));
	slider.addEventListener("change", () => chosen(slider.valueAsNumber / 100));
	return {
		element: element("label", { class: "field" }, t("Rate"), slider, told),
		update: (rate: number, isUnused: boolean) => {
			if (document.activeElement !== slider || slider.valueAsNumber !== Math.round(100 * rate))
				slider.value = String(100 * rate);
			tell(rate);
			slider.disabled = isUnused;
			if (isUnused) setText(told, "–");
		},
	};
}

function numberField(label: string, chosen: (value: number | null) => void) {
	const field = element("input", { type: "number", min: "0", step: "1", class: "number", "aria-label": label });
	field.addEventListener("change", () => {
		const value = field.valueAsNumber;
		chosen(Number.isSafeInteger(value) && value >= 0 ? value : null);
	});
	return {
		element: element("label", { class: "field" }, label, field),
		update: (value: number | undefined) => {
			if (document.activeElement !== field) field.value = value === undefined ? "" : String(value);
		},
	};
}

/** Steps from one pass over the data to the next, each with other masks. */
function epochStepper(chosen: (epoch: number) => void) {
	let epoch = 0;
	const told = element("output", { class: "epoch-value", "aria-live": "polite" });
	const before = element("button", { type: "button", class: "button", "aria-label": t("Previous epoch") }, "−");
	const after = element("button", { type: "button", class: "button", "aria-label": t("Next epoch") }, "+");
	before.addEventListener("click", () => chosen(Math.max(0, epoch - 1)));
	after.addEventListener("click", () => chosen(epoch + 1));
	return {
		element: element(
			"div",
			{ class: "field", role: "group", "aria-label": t("Epoch") },
			t("Epoch"),
			before,
			told,
			after,
		),
		update: (value: number) => {
			epoch = value;
			setText(told, String(value));
			before.disabled = value === 0;
		},
	};
}

function check(label: string, chosen: (on: boolean) => void) {
	const box = element("input", { type: "checkbox" });
	box.addEventListener("change", () => chosen(box.checked));
	return {
		element: element("label", { class: "field" }, box, label),
		update: (on: boolean) => {
			box.checked = on;
		},
	};
}

/** Formats by their names in the menu. */
function exportFormats(): (readonly [ExportFormat, string])[] {
	return [
		["svg", t("The Text as SVG")],
		["png", t("The Text as PNG")],
		["json", t("Numbers as JSON")],
		["html", t("Everything as One HTML File")],
	];
}

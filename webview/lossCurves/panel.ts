import { notifications } from "../../sidecar/protocol/methods.ts";
import { type LossCurvesToPanel, lossCurvesToPanelSchema } from "../../sidecar/protocol/panels/lossCurves.ts";
import { openPort } from "../host/port.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { icon } from "../ui/icons.ts";
import { notice } from "../ui/notice.ts";
import { onThemeChange } from "../ui/theme.ts";
import { chartArea } from "./chartArea.ts";
import { compareTable } from "./compareTable.ts";
import { type ExportFormat, exportFile } from "./exports.ts";
import { outcome } from "./outcome.ts";
import { currentPalette } from "./palette.ts";
import { readout, spokenReadout } from "./readout.ts";
import { type RunAction, runLines } from "./runLines.ts";
import { type LossCurvesPort, Runs } from "./runs.ts";
import { weightAt } from "./smoothing.ts";
import { stepTable } from "./stepTable.ts";
import { toolbar } from "./toolbar.ts";
import { type View, viewFrom } from "./view.ts";
import { convertZoom } from "./zoom.ts";

/**
 * Between two drawings of what the sidecar says, in milliseconds: four a second look live and leave the page free;
 * one a second for those who asked their system for little motion.
 */
const liveInterval = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 250);

/** The loss curves panel: what it shows and what the user does with it. */
export class LossCurvesPanel {
	#port: LossCurvesPort;
	#runs: Runs;
	#view: View;
	#restored: boolean;
	#pointed: number | null = null;
	#palette = currentPalette();
	#cut = false;
	#timer: number | undefined;
	#frame: number | undefined;
	#titles = "";
	#tableAsked = false;

	#notice = notice(() => void this.#load([]));
	#lines = runLines((path, action) => this.#act(path, action));
	#toolbar = toolbar({
		draw: (paths) => this.#draw(paths),
		axis: (axis) => this.#change({ axis, zoom: convertZoom(this.#runs.drawn, this.#view, axis) }),
		smoothing: (smoothing) => {
			this.#change({ smoothing });
			this.#runs.smoothWith(weightAt(smoothing));
		},
		logarithmic: (logarithmic) => this.#change({ logarithmic }),
		zoomOut: () => this.#change({ zoom: null }),
		table: (table) => {
			this.#tableAsked = table;
			this.#change({ table });
		},
		save: (format) => void this.#save(format),
	});
	#readout = readout();
	#charts = chartArea({
		point: (x, by) => this.#point(x, by),
		zoom: (range) => this.#change({ zoom: range === null ? null : [range[0], range[1]] }),
	});
	#outcome = outcome((action, path) => this.#port.send({ kind: "act", action, path }));
	#compare = compareTable();
	#table = stepTable();
	#spoken = element("div", { class: "for-screen-readers", "aria-live": "polite" });
	#welcome = welcome(() => this.#port.send({ kind: "train" }));
	#sticky = element("div", { class: "sticky" }, this.#toolbar.element, this.#readout.element);
	#content = element(
		"main",
		{ hidden: true },
		this.#lines.element,
		this.#sticky,
		this.#charts.element,
		this.#outcome.element,
		this.#compare.element,
		this.#table.element,
		this.#spoken,
	);

	constructor() {
		this.#port = openPort(lossCurvesToPanelSchema, (message) => this.#hear(message));
		const { view, restored } = viewFrom(this.#port.kept());
		this.#view = view;
		this.#restored = restored;
		this.#runs = new Runs(this.#port, {
			changed: () => this.#later(),
			failed: (message) => this.#notice.say(message, "again"),
		});
		document.body.append(this.#notice.element, this.#welcome, this.#content);
		onThemeChange(() => {
			this.#palette = currentPalette();
			this.#now();
			this.#charts.redraw();
		});
		this.#port.send({ kind: "ready" });
	}

	#hear(message: LossCurvesToPanel): void {
		switch (message.kind) {
			case "show":
				void this.#load(message.paths);
				return;
			case "sidecar":
				if (message.state === "ready" && this.#cut) void this.#load([]);
				else if (message.state !== "ready") this.#cut = this.#runs.drawn.length > 0;
				return;
			case "notification":
				this.#hearSidecar(message.name, message.params);
		}
	}

	#hearSidecar(name: string, params: unknown): void {
		if (name === "runEvent") {
			const { path, line, event } = notifications.runEvent.params.parse(params);
			this.#runs.event(path, line, event);
		}
		if (name === "runChanged") {
			const { path, status } = notifications.runChanged.params.parse(params);
			this.#runs.status(path, status);
			if (status === null && this.#view.runs.includes(path)) this.#draw(this.#view.runs.filter((run) => run !== path));
			if (this.#view.runs.length === 0) this.#drawFavourite();
		}
	}

	/** Asks for all there is and draws `paths`, else what was drawn before, else the run that trains or the newest. */
	async #load(paths: readonly string[]): Promise<void> {
		try {
			await this.#runs.refresh();
		} catch (error) {
			this.#notice.say(sentence(error), "again");
			return;
		}
		this.#notice.hide();
		const named = paths.length > 0;
		const wanted = named ? paths : this.#view.runs;
		const there = wanted.filter((run) => named || this.#runs.statuses.has(run));
		if (this.#cut) this.#runs.reload();
		this.#cut = false;
		if (named) this.#view.zoom = null;
		if (there.length > 0 || (this.#restored && wanted.length === 0)) this.#draw(there);
		else this.#drawFavourite();
	}

	#drawFavourite(): void {
		const run = this.#runs.favourite();
		this.#draw(run === undefined ? [] : [run]);
	}

	#draw(paths: readonly string[]): void {
		this.#runs.draw(paths, weightAt(this.#view.smoothing));
		this.#change({ runs: this.#runs.drawn.map(({ path }) => path) });
	}

	/** Changes what is seen, keeps it for a reload and draws it at once. */
	#change(change: Partial<View>): void {
		Object.assign(this.#view, change);
		this.#port.keep(this.#view);
		this.#now();
	}

	#point(x: number | null, by: "mouse" | "key"): void {
		this.#pointed = x;
		this.#charts.pointAt(x);
		this.#showReadout();
		if (by === "key") setText(this.#spoken, x === null ? "" : spokenReadout(this.#runs.drawn, x, this.#view.axis));
	}

	async #act(path: string, action: RunAction): Promise<void> {
		try {
			if (action === "pause") await this.#port.request("pauseRun", { run: path });
			else if (action === "stop") await this.#port.request("stopRun", { run: path });
			else await this.#port.request("resumeRun", { run: path, set: action === "resume" ? [] : this.#slower(path) });
		} catch (error) {
			this.#notice.say(sentence(error), "dismiss");
		}
	}

	#slower(path: string): string[] {
		const rate = this.#runs.drawn.find((run) => run.path === path)?.recipe?.["train.learningRate"];
		return typeof rate === "number" ? [`train.learningRate=${rate / 2}`] : [];
	}

	async #save(format: ExportFormat): Promise<void> {
		try {
			const colours = this.#palette.runs;
			const path = await this.#port.save(
				exportFile(format, { runs: this.#runs.drawn, charts: this.#charts.shown(), colours }),
			);
			if (path !== null) setText(this.#spoken, t("Saved as {0}", path));
		} catch (error) {
			this.#notice.say(sentence(error), "dismiss");
		}
	}

	/** Draws soon, at most some times a second. */
	#later(): void {
		this.#timer ??= window.setTimeout(() => {
			this.#timer = undefined;
			this.#now();
		}, liveInterval());
	}

	/** Draws with the next frame. */
	#now(): void {
		this.#frame ??= requestAnimationFrame(() => {
			this.#frame = undefined;
			this.#render();
		});
	}

	#render(): void {
		const { drawn, statuses } = this.#runs;
		const none = statuses.size === 0 && drawn.length === 0;
		this.#welcome.hidden = !none;
		this.#content.hidden = none;
		const colours = this.#palette.runs;
		this.#lines.update(drawn, { statuses, colours });
		this.#toolbar.update(this.#view, statuses);
		this.#showReadout();
		this.#charts.update(drawn, this.#view, this.#palette);
		this.#outcome.update(drawn, statuses);
		this.#compare.update(drawn, colours);
		this.#table.element.hidden = !this.#view.table;
		if (this.#view.table) this.#table.update(drawn);
		if (this.#tableAsked) this.#table.reveal(this.#sticky.offsetHeight + 8);
		this.#tableAsked = false;
		this.#tellTitle(drawn.map(({ name }) => name));
	}

	#showReadout(): void {
		this.#readout.update(this.#runs.drawn, { x: this.#pointed, axis: this.#view.axis, colours: this.#palette.runs });
	}

	#tellTitle(runs: string[]): void {
		if (runs.join("\n") === this.#titles) return;
		this.#titles = runs.join("\n");
		this.#port.send({ kind: "showing", runs });
	}
}

function welcome(train: () => void): HTMLElement {
	const button = element(
		"button",
		{ type: "button", class: "button primary", click: train },
		t("Train on This Workspace"),
	);
	return element(
		"section",
		{ class: "welcome", hidden: true },
		icon("graph"),
		element("h1", {}, t("No runs yet")),
		element(
			"p",
			{},
			t("Train a model on the code of this workspace, and watch its loss fall here. Nothing leaves this machine."),
		),
		button,
	);
}

function sentence(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

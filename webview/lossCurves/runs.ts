import type { TrainingEvent } from "../../sidecar/protocol/events.ts";
import type { LossCurvesToExtension, lossCurvesRequests } from "../../sidecar/protocol/panels/lossCurves.ts";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { PanelPort } from "../host/port.ts";
import type { FlatRecipe } from "./comparison.ts";
import type { Curve } from "./curve.ts";
import { Feed } from "./feed.ts";
import { Smoothing } from "./smoothing.ts";

export type LossCurvesPort = PanelPort<(typeof lossCurvesRequests)[number], LossCurvesToExtension>;

/** A run that is drawn. */
export interface DrawnRun {
	readonly path: string;
	readonly name: string;
	readonly feed: Feed;
	readonly smoothing: Smoothing;
	/** The curve that `smoothing` follows. */
	smoothedCurve: Curve;
	/** Null until it is read. */
	recipe: FlatRecipe | null;
}

/** Most runs that are drawn at once: one for each colour of the themes. */
export const mostRuns = 6;

/** States in which a run computes or is about to. */
const activeStates: readonly RunStatus["state"][] = ["running", "preparing", "finishing", "queued"];

/** The runs there are and the ones that are drawn, kept fresh by what the sidecar says. */
export class Runs {
	/** By the run's folder. */
	readonly statuses = new Map<string, RunStatus>();
	readonly drawn: DrawnRun[] = [];
	#port: LossCurvesPort;
	#changed: () => void;
	#failed: (message: string) => void;

	constructor(port: LossCurvesPort, told: { changed: () => void; failed: (message: string) => void }) {
		this.#port = port;
		this.#changed = told.changed;
		this.#failed = told.failed;
	}

	/** Asks for the list of runs. Rejects with a sentence for the user. */
	async refresh(): Promise<void> {
		const statuses = await this.#port.request("listRuns", {});
		this.statuses.clear();
		for (const status of statuses) this.statuses.set(status.path, status);
		this.#changed();
	}

	/** The run that trains, else the newest; undefined when there is none. */
	favourite(): string | undefined {
		const all = [...this.statuses.values()];
		const active =
			all.find(({ state }) => state === "running") ?? all.find(({ state }) => activeStates.includes(state));
		return (active ?? all.reduce<RunStatus | undefined>(newer, undefined))?.path;
	}

	/** Draws these runs and no others; those that were drawn keep their curves. */
	draw(paths: readonly string[], weight: number): void {
		const kept = paths.slice(0, mostRuns).map((path) => this.#run(path) ?? this.#open(path, weight));
		this.drawn.splice(0, this.drawn.length, ...kept);
		this.#changed();
	}

	/** Reads every drawn run anew: the line to the sidecar was cut, and what was said meanwhile is unknown. */
	reload(): void {
		for (const run of this.drawn) run.feed.reload();
	}

	event(path: string, line: number, event: TrainingEvent): void {
		const run = this.#run(path);
		if (run === undefined) return;
		run.feed.delta(line, event);
		smooth(run);
		this.#changed();
	}

	/** Smooths every drawn run with another weight of the past. */
	smoothWith(weight: number): void {
		for (const run of this.drawn) {
			run.smoothing.restart(weight);
			smooth(run);
		}
		this.#changed();
	}

	status(path: string, status: RunStatus | null): void {
		if (status === null) {
			this.statuses.delete(path);
			const place = this.drawn.findIndex((run) => run.path === path);
			if (place >= 0) this.drawn.splice(place, 1);
		} else this.statuses.set(path, status);
		this.#changed();
	}

	#run(path: string): DrawnRun | undefined {
		return this.drawn.find((run) => run.path === path);
	}

	#open(path: string, weight: number): DrawnRun {
		const ask = (from: number, ticket: number): void => void this.#read(run, from, ticket);
		const name = this.statuses.get(path)?.run ?? nameOf(path);
		const feed = new Feed(ask);
		const run: DrawnRun = {
			path,
			name,
			feed,
			smoothing: new Smoothing(weight),
			smoothedCurve: feed.curve,
			recipe: null,
		};
		run.feed.reload();
		return run;
	}

	async #read(run: DrawnRun, from: number, ticket: number): Promise<void> {
		try {
			const page = await this.#port.request("readRun", { run: run.path, from });
			if (page.recipe !== null) run.recipe = page.recipe;
			run.feed.page(page, ticket);
			smooth(run);
		} catch (error) {
			run.feed.failed(ticket);
			this.#failed(error instanceof Error ? error.message : String(error));
		}
		this.#changed();
	}
}

/** Lets the smoothed line follow the curve, from its beginning when the curve was read anew. */
function smooth(run: DrawnRun): void {
	const { feed, smoothing } = run;
	if (run.smoothedCurve !== feed.curve) {
		run.smoothedCurve = feed.curve;
		smoothing.restart(smoothing.weight);
	}
	smoothing.follow(feed.curve.metrics.loss);
}

function newer(best: RunStatus | undefined, status: RunStatus): RunStatus {
	if (best === undefined) return status;
	// Without times a later place in the list counts as newer.
	return (status.changedAt ?? "") >= (best.changedAt ?? "") ? status : best;
}

function nameOf(path: string): string {
	return path.split(/[\\/]/).at(-1) ?? path;
}

/** The built loss curves panel in a browser, with this process in the place of the extension and the sidecar. */
import type { TestContext } from "node:test";
import { relayRequest } from "../../../extension/panels/bridge.ts";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { lossCurvesRequests, lossCurvesToExtensionSchema } from "../../../sidecar/protocol/panels/lossCurves.ts";
import type { RunStatus } from "../../../sidecar/protocol/runs.ts";
import { openWebview, type WebviewPage } from "./webviewPage.ts";

/** A run that this process plays the sidecar of. */
export interface PlayedRun {
	status: RunStatus;
	events: TrainingEvent[];
	recipe: Record<string, unknown>;
}

export interface PlayedPanel extends WebviewPage {
	/** What the panel asked for, in order, and what else it said. */
	readonly heard: {
		kind: string;
		name?: string;
		params?: unknown;
		content?: string;
		encoding?: string;
		runs?: string[];
		action?: string;
		path?: string;
	}[];
	/** Adds events to a run's metrics and tells of each. */
	step(run: PlayedRun, ...events: TrainingEvent[]): Promise<void>;
}

/** Opens the panel on these runs. `show` names the run that it is asked for. */
export async function openPanel(
	context: TestContext,
	{ runs, show = null, width = 1100 }: { runs: readonly PlayedRun[]; show?: string | null; width?: number },
): Promise<PlayedPanel> {
	const heard: PlayedPanel["heard"] = [];
	const opened = await openWebview(context, {
		panel: "lossCurves",
		size: { width, height: 900 },
		hear: async (message, tell, kept) => {
			const said = lossCurvesToExtensionSchema.parse(message);
			heard.push(said as PlayedPanel["heard"][number]);
			if (said.kind === "ready") {
				await tell({ kind: "sidecar", state: "ready" });
				await tell({ kind: "show", paths: kept || show === null ? [] : [show] });
			}
			if (said.kind === "request") await tell(await relayRequest(said, { allowed, ask: playedSidecar(runs) }));
			if (said.kind === "save") await tell({ kind: "result", id: said.id, result: { path: said.name } });
		},
	});
	return {
		...opened,
		heard,
		step: async (run, ...events) => {
			for (const event of events) {
				const line = run.events.push(event) - 1;
				const { run: name, path } = run.status;
				await opened.tell({ kind: "notification", name: "runEvent", params: { run: name, path, line, event } });
			}
		},
	};
}

/** A status as the sidecar tells it of a run that trains. */
export function statusOf(path: string, changes: Partial<RunStatus> = {}): RunStatus {
	return {
		run: path.split("/").at(-1) ?? path,
		path,
		recipe: "code-mlm-small",
		corpus: "/code",
		state: "running",
		stage: null,
		step: 0,
		loss: null,
		secondsLeft: 125,
		tokensPerSecond: 10_240,
		progress: 0.4,
		memoryBytes: 450_000_000,
		executionProvider: "cpu",
		message: null,
		heldOut: null,
		model: null,
		own: true,
		...changes,
	};
}

const allowed = Object.fromEntries(lossCurvesRequests.map((name) => [name, requests[name]]));

/** Events in one answer; a long run takes several. */
const pageLength = 20_000;

function playedSidecar(runs: readonly PlayedRun[]) {
	return async (name: string, params: unknown): Promise<unknown> => {
		if (name === "listRuns") return runs.map(({ status }) => status);
		if (name !== "readRun") return {};
		const { run, from } = params as { run: string; from: number };
		const found = runs.find(({ status }) => status.path === run);
		if (found === undefined) throw new Error(`There is no run ${run}.`);
		const events = found.events.slice(from, from + pageLength);
		const next = from + events.length;
		return { events, next, more: next < found.events.length, recipe: from === 0 ? found.recipe : null };
	};
}

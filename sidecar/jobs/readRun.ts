import { type TrainingEvent, trainingEventSchema } from "../protocol/events.ts";
import { createMetricsReader, type MetricsReader } from "../store/metricsReader.ts";
import { readRunRecipe } from "../store/runs.ts";
import { flattenRecipe, parseRecipe } from "../train/recipe.ts";
import type { JobHandlers } from "./handlers.ts";

/** Lines that are read at a time. */
const pageLines = 2_000;

/** Lines that are checked before other work has its turn. */
const linesInTurn = 250;

/** Runs whose lines are found again without reading all before them. */
const readersKept = 32;

/** Reads the events of runs by pages. */
export function createRunReader(): (path: string, from: number) => ReturnType<JobHandlers["readRun"]> {
	const readers = new Map<string, MetricsReader>();
	return async (path, from) => {
		const reader = readers.get(path) ?? createMetricsReader(path);
		readers.delete(path);
		readers.set(path, reader);
		const [oldest] = readers.keys();
		if (readers.size > readersKept && oldest !== undefined) readers.delete(oldest);
		const { lines, next, more } = await reader.read(from, pageLines);
		const events: TrainingEvent[] = [];
		for (const { line, event } of lines) {
			const known = trainingEventSchema.safeParse(event).data;
			if (known !== undefined) events.push(known);
			if (line % linesInTurn === 0) await new Promise(setImmediate);
		}
		return { events, next, more, recipe: from === 0 ? flatRecipe(path) : null };
	};
}

type FlatRecipe = Awaited<ReturnType<JobHandlers["readRun"]>>["recipe"];

function flatRecipe(path: string): FlatRecipe {
	try {
		// A recipe is JSON data.
		return Object.fromEntries(flattenRecipe(parseRecipe(readRunRecipe(path), path))) as FlatRecipe;
	} catch {
		return null;
	}
}

import type { IndexEvent } from "../protocol/search.ts";
import { bytes, count, duration } from "./format.ts";
import { printable, type Terminal } from "./terminal.ts";

type ProgressEvent = Extract<IndexEvent, { event: "progress" }>;
type DoneEvent = Extract<IndexEvent, { event: "done" }>;

/** Milliseconds between the lines of a call whose output is not a terminal. */
const plainLineEvery = 10_000;

const barWidth = 20;

/** Tells the indexing of a folder to a person: a bar that is redrawn on a terminal, a plain line now and then elsewhere. */
export function indexProgress(terminal: Terminal): { readonly onEvent: (event: IndexEvent) => void } {
	let lastLine = performance.now();
	return {
		onEvent: (event) => {
			if (event.event === "done") for (const line of describeDone(event, terminal)) terminal.line(line);
			else if (terminal.interactive) terminal.status(barLine(event, terminal));
			else if (performance.now() - lastLine > plainLineEvery) {
				lastLine = performance.now();
				terminal.line(facts(event).join(" · "));
			}
		},
	};
}

function barLine(event: ProgressEvent, terminal: Terminal): string {
	const [done, all] = event.state === "embedding" ? [event.embedded, event.chunks] : [event.files, event.of];
	const filled = all === 0 ? 0 : Math.round((barWidth * done) / all);
	const bar = terminal.colors.cyan("█".repeat(filled)) + terminal.colors.dim("░".repeat(barWidth - filled));
	// A line that wraps could not be redrawn.
	return `${bar} ${facts(event)
		.join(" · ")
		.slice(0, Math.max(0, terminal.columns - barWidth - 2))}`;
}

function facts({ state, files, of, chunks, embedded, secondsLeft }: ProgressEvent): string[] {
	const left = secondsLeft === null ? "time left unknown" : `${duration(secondsLeft)} left`;
	if (state === "embedding") return ["vectors", `${count(embedded)} of ${count(chunks)} chunks`, left];
	return [state === "scanning" ? "words" : "functions", `${count(files)} of ${count(of)} files`, left];
}

function describeDone(event: DoneEvent, terminal: Terminal): string[] {
	const { files, chunks, embedded, reused, seconds, model, message } = event;
	const vectors =
		model === null ? "words alone" : `${count(embedded)} vectors made, ${count(reused)} reused, by ${model}`;
	return [
		terminal.colors.bold(`Indexed ${count(files)} files, ${count(chunks)} chunks in ${duration(seconds)}`),
		`  ${printable(vectors)}; ${bytes(event.bytes)} on disk`,
		...(message === null ? [] : [terminal.colors.yellow(`  ${printable(message)}`)]),
	];
}

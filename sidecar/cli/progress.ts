import type { PreparationProgress } from "../compute/messages.ts";
import type { TrainingListener } from "../compute/startTraining.ts";
import type { TrainingEvent, TrainingEventOf } from "../protocol/events.ts";
import { count, decimal, duration, percent } from "./format.ts";
import { scoreLines } from "./scoreLines.ts";
import { printable, type Terminal } from "./terminal.ts";

interface TrainingProgress extends Pick<TrainingListener, "onPreparing"> {
	readonly onEvent: (event: TrainingEvent) => void;
}

/** Tells a run to a person: a bar that is redrawn on a terminal, a plain line now and then elsewhere. */
export function trainingProgress(terminal: Terminal): TrainingProgress {
	let started: number | undefined;
	let lastLine = Number.NEGATIVE_INFINITY;
	const onStep = (event: TrainingEventOf<"step">): void => {
		const now = performance.now();
		started ??= now;
		if (terminal.interactive) terminal.status(barLine(event, (now - started) / 1000, terminal));
		else if (now - lastLine > plainLineEvery) {
			lastLine = now;
			terminal.line(stepFacts(event).join(" · "));
		}
	};
	return {
		onEvent: (event) => {
			if (event.event === "step") onStep(event);
			else for (const line of describeEvent(event, terminal)) terminal.line(line);
		},
		onPreparing: ({ stage, done }) => {
			terminal.status(`${stages[stage]}${done === 0 ? "" : `: ${count(done)} files`}`.slice(0, terminal.columns - 1));
		},
	};
}

const stages: Readonly<Record<PreparationProgress["stage"], string>> = {
	reading: "reading the corpus",
	tokenizer: "training the tokenizer",
	encoding: "encoding the corpus",
	counting: "counting what stands beside what",
};

/** Milliseconds between the lines of a run whose output is not a terminal: the log of an hour stays readable. */
const plainLineEvery = 10_000;

const barWidth = 20;

function barLine(event: TrainingEventOf<"step">, elapsed: number, terminal: Terminal): string {
	const done = event.secondsLeft === null ? 0 : elapsed / (elapsed + event.secondsLeft);
	const filled = Math.round(barWidth * done);
	const facts = [...stepFacts(event)];
	// A line that wraps could not be redrawn.
	while (facts.length > 1 && barWidth + 1 + facts.join(" · ").length >= terminal.columns) facts.splice(-2, 1);
	const bar = terminal.colors.cyan("█".repeat(filled)) + terminal.colors.dim("░".repeat(barWidth - filled));
	return `${bar} ${facts.join(" · ")}`;
}

function stepFacts(event: TrainingEventOf<"step">): string[] {
	return [
		`step ${count(event.step)}`,
		`loss ${event.loss.toFixed(3)}`,
		`${count(event.tokensPerSecond)} tokens/s`,
		event.secondsLeft === null ? "time left unknown" : `${duration(event.secondsLeft)} left`,
	];
}

function vocabularyLine({ vocabulary }: TrainingEventOf<"corpus">): string[] {
	if (vocabulary === undefined) return [];
	const { size, asked } = vocabulary;
	return [`  a vocabulary of ${count(size)} tokens, all that they support; the recipe asks for ${count(asked)}`];
}

function describeEvent(event: Exclude<TrainingEvent, { event: "step" }>, terminal: Terminal): string[] {
	const { bold, dim, yellow } = terminal.colors;
	switch (event.event) {
		case "run": {
			const threads = event.threads === null ? "" : `, ${event.threads} threads`;
			return [
				bold(`Run ${printable(event.run)}`),
				`  recipe ${event.recipe}, seed ${event.seed}, on ${event.executionProvider}${threads}`,
				dim(`  ${printable(event.path)}`),
			];
		}
		case "corpus": {
			const waste = `${percent(event.wasted)} of the packed rows is padding`;
			return [
				`  ${count(event.files)} files (${count(event.heldOutFiles)} held out), ${count(event.tokens)} tokens; ${waste}`,
				...vocabularyLine(event),
			];
		}
		case "phase": {
			const { phase, objective, attention } = event;
			return [bold(`  phase ${printable(phase)} from step ${count(event.step)}: ${objective}, ${attention} attention`)];
		}
		case "evaluation": {
			const { search } = event;
			if (search !== undefined) {
				const { encoder, hybrid } = search.nameless;
				const found = `names masked: encoder ${decimal(encoder?.mrr ?? null, 3)}, with BM25 ${decimal(hybrid?.mrr ?? null, 3)}`;
				return [
					`  held out after step ${count(event.step)}: MRR ${decimal(search.asIs.hybrid?.mrr ?? null, 3)}; ${found}`,
				];
			}
			const scores = `top-1 ${percent(event.top1)}, top-5 ${percent(event.top5)}, loss ${decimal(event.loss, 3)}`;
			const next = event.causalLoss === undefined ? "" : `, loss of the next token ${decimal(event.causalLoss, 3)}`;
			return [`  held out after step ${count(event.step)}: ${scores}${next}`];
		}
		case "checkpoint":
			return [];
		case "paused":
			return [yellow("  paused")];
		case "diverged":
			return [yellow(`  diverged at step ${count(event.step)}: ${event.kind} in ${printable(event.tensor)}`)];
		case "outOfMemory":
			return [yellow(`  out of memory: going on with ${event.microBatch} rows at a time, same batch`)];
		case "done":
			return [
				"",
				bold(`Done: ${count(event.steps)} steps, ${count(event.tokens)} tokens in ${duration(event.seconds)}`),
				...scoreLines(event.heldOut).map((line) => `  ${line}`),
				dim(`  model: ${printable(event.model)}`),
			];
	}
}

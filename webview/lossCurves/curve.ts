import type { TrainingEvent, TrainingEventOf } from "../../sidecar/protocol/events.ts";
import type { HeldOut } from "../../sidecar/protocol/scores.ts";
import { Column } from "../ui/column.ts";

/** What the horizontal axis can count. */
export type XAxis = "step" | "tokens" | "seconds";

/** What a run measures at every step. */
export const stepMetrics = ["loss", "learningRate", "gradientNorm", "tokensPerSecond", "memoryBytes"] as const;

export type StepMetric = (typeof stepMetrics)[number];

/** Something that happened at a step. */
export interface Mark {
	readonly kind: "checkpoint" | "paused" | "resumed" | "diverged" | "outOfMemory" | "phase";
	readonly step: number;
	/** The step's row, -1 before the first. */
	readonly row: number;
	/** Which tensor diverged and how, the micro-batch after memory ran out, or the phase that begins. */
	readonly detail: string;
}

/** An evaluation on held-out documents. */
export interface HeldOutPoint {
	readonly step: number;
	readonly row: number;
	readonly scores: HeldOut;
}

/** Everything a run has said, in typed columns: one row a step. It grows by events in the order of the run's metrics. */
export class Curve {
	readonly x: Readonly<Record<XAxis, Column>> = { step: new Column(), tokens: new Column(), seconds: new Column() };
	readonly metrics: Readonly<Record<StepMetric, Column>> = {
		loss: new Column(),
		learningRate: new Column(),
		gradientNorm: new Column(),
		tokensPerSecond: new Column(),
		memoryBytes: new Column(),
	};
	readonly heldOut: HeldOutPoint[] = [];
	readonly marks: Mark[] = [];
	start: TrainingEventOf<"run"> | null = null;
	done: TrainingEventOf<"done"> | null = null;
	/** The size of the vocabulary where it is smaller than the recipe asks for. */
	fittedVocabulary: number | null = null;

	get length(): number {
		return this.x.step.length;
	}

	apply(event: TrainingEvent): void {
		const row = this.length - 1;
		switch (event.event) {
			case "run":
				if (this.start !== null) this.marks.push({ kind: "resumed", step: this.lastStep, row, detail: "" });
				this.start = event;
				this.done = null;
				return;
			case "step":
				this.#step(event);
				return;
			case "evaluation": {
				const { event: _, step, ...scores } = event;
				this.heldOut.push({ step, row, scores });
				return;
			}
			case "checkpoint":
			case "paused":
				this.marks.push({ kind: event.event, step: event.step, row, detail: "" });
				return;
			case "phase":
				this.marks.push({ kind: "phase", step: event.step, row, detail: event.phase });
				return;
			case "diverged":
				this.marks.push({ kind: "diverged", step: event.step, row, detail: `${event.kind}: ${event.tensor}` });
				return;
			case "outOfMemory":
				this.marks.push({ kind: "outOfMemory", step: this.lastStep, row, detail: String(event.microBatch) });
				return;
			case "done":
				this.done = event;
				return;
			case "corpus":
				this.fittedVocabulary = event.vocabulary?.size ?? this.fittedVocabulary;
				return;
		}
	}

	get lastStep(): number {
		return this.length === 0 ? 0 : this.x.step.at(this.length - 1);
	}

	/** Where a step's row lies on an axis; 0 before the first. */
	placeOf(row: number, axis: XAxis): number {
		return row < 0 ? 0 : this.x[axis].at(row);
	}

	#step(event: TrainingEventOf<"step">): void {
		this.x.seconds.push(this.#secondsOf(event));
		this.x.step.push(event.step);
		this.x.tokens.push(event.tokens);
		for (const name of stepMetrics) this.metrics[name].push(event[name] ?? Number.NaN);
	}

	/** Runs of older versions tell no time; then it follows from tokens and speed. */
	#secondsOf(event: TrainingEventOf<"step">): number {
		if (event.seconds !== undefined) return event.seconds;
		const last = this.length - 1;
		const [seconds, tokens] = last < 0 ? [0, 0] : [this.x.seconds.at(last), this.x.tokens.at(last)];
		return seconds + (event.tokensPerSecond > 0 ? (event.tokens - tokens) / event.tokensPerSecond : 0);
	}
}

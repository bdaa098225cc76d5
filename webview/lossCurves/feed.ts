import type { TrainingEvent } from "../../sidecar/protocol/events.ts";
import { Curve } from "./curve.ts";

/** A page of a run's metrics, as `readRun` answers. */
export interface Page {
	readonly events: readonly TrainingEvent[];
	readonly next: number;
	readonly more: boolean;
}

/** Asks for the run's metrics from a line on. A feed has at most one question open that counts. */
export type AskForLines = (from: number, ticket: number) => void;

/**
 * Joins a run's two sources, pages of its metrics and single events as they happen, into one curve with every line
 * once and in order, in whatever order the two arrive. When the run goes on from a checkpoint (it says `run` again)
 * its metrics may have become shorter, so the curve is read anew.
 */
export class Feed {
	#ask: AskForLines;
	#curve = new Curve();
	/** Shown while a reload is under way. */
	#previous: Curve | undefined;
	#next = 0;
	/** Events ahead of `#next`, by line. */
	#ahead = new Map<number, TrainingEvent>();
	/** Of the open question; an answer with another number is out of date. */
	#ticket = 0;
	#asking = false;
	#complete = false;

	constructor(ask: AskForLines) {
		this.#ask = ask;
	}

	/** The curve so far; during a reload the one before it. Another object after a reload. */
	get curve(): Curve {
		return this.#previous ?? this.#curve;
	}

	/** Whether all that the run had said is in the curve. */
	get complete(): boolean {
		return this.#complete;
	}

	/** Forgets everything and reads the run from its first line. */
	reload(): void {
		if (this.#curve.length > 0) this.#previous ??= this.#curve;
		this.#curve = new Curve();
		this.#next = 0;
		this.#ahead.clear();
		this.#complete = false;
		this.#question();
	}

	page(page: Page, ticket: number): void {
		if (!this.#asking || ticket !== this.#ticket) return;
		this.#asking = false;
		const grew = page.next > this.#next;
		for (const event of page.events) this.#curve.apply(event);
		this.#next = page.next;
		this.#drain();
		if (grew && (page.more || this.#ahead.size > 0)) this.#question();
		else this.#finish();
	}

	/** The question could not be answered; the next event asks again. */
	failed(ticket: number): void {
		if (ticket === this.#ticket) this.#asking = false;
	}

	delta(line: number, event: TrainingEvent): void {
		if (event.event === "run" && (line > 0 || this.#next > 0 || this.#asking)) {
			this.reload();
			return;
		}
		this.#ahead.set(line, event);
		if (this.#asking) return;
		this.#drain();
		if (this.#ahead.size > 0) this.#question();
	}

	#question(): void {
		this.#asking = true;
		this.#ask(this.#next, ++this.#ticket);
	}

	#finish(): void {
		this.#complete = true;
		this.#previous = undefined;
	}

	#drain(): void {
		for (;;) {
			const event = this.#ahead.get(this.#next);
			if (event === undefined) break;
			this.#ahead.delete(this.#next);
			this.#curve.apply(event);
			this.#next++;
		}
		for (const line of this.#ahead.keys()) if (line < this.#next) this.#ahead.delete(line);
	}
}

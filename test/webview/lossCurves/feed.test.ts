import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { Curve, stepMetrics } from "../../../webview/lossCurves/curve.ts";
import { Feed } from "../../../webview/lossCurves/feed.ts";
import { heldOutScores, runEvent, stepEvent } from "../support/sampleRun.ts";

/** What a run's metrics come to when they are read in one go. */
function curveOf(metrics: readonly TrainingEvent[]): Curve {
	const curve = new Curve();
	for (const event of metrics) curve.apply(event);
	return curve;
}

/** All that is drawn of a curve. */
function contents({ x, metrics, heldOut, marks, start, done }: Curve): unknown {
	const columns = [x.step, x.tokens, x.seconds, ...stepMetrics.map((name) => metrics[name])];
	return { columns: columns.map((column) => [...column.view()]), heldOut, marks, start, done };
}

/** A sidecar that trains one run: it appends, tells, answers, and goes on from a checkpoint with shorter metrics. */
class Sidecar {
	metrics: TrainingEvent[] = [];
	/** Told and not yet heard, in order. */
	told: { line: number; event: TrainingEvent }[] = [];
	asked: { from: number; ticket: number }[] = [];
	/** Answers that are under way; they do not keep the order of what is told. */
	answers: { ticket: number; page: { events: TrainingEvent[]; next: number; more: boolean } }[] = [];
	pageLength: number;

	constructor(pageLength: number) {
		this.pageLength = pageLength;
	}

	say(event: TrainingEvent): void {
		this.told.push({ line: this.metrics.push(event) - 1, event });
	}

	step(): void {
		const last = this.metrics.findLast((event) => event.event === "step");
		const step = (last?.event === "step" ? last.step : 0) + 1;
		this.say(stepEvent(step));
		if (step % 3 === 0) this.say({ event: "evaluation", step, ...heldOutScores(step) });
		if (step % 4 === 0) this.say({ event: "checkpoint", step, path: "/c" });
	}

	/** Drops what was said after the last checkpoint and says `run` again. */
	resume(): void {
		const checkpoint = this.metrics.findLast((event) => event.event === "checkpoint");
		const last = checkpoint?.event === "checkpoint" ? checkpoint.step : 0;
		this.metrics = this.metrics.filter((event) => !("step" in event) || event.step <= last);
		this.say(runEvent("/runs/a"));
	}

	answer(): void {
		const question = this.asked.shift();
		if (question === undefined) return;
		const events = this.metrics.slice(question.from, question.from + this.pageLength);
		const next = question.from + events.length;
		this.answers.push({ ticket: question.ticket, page: { events, next, more: next < this.metrics.length } });
	}
}

/** What may happen, in any order; at the end everything under way arrives. */
const happenings = fc.array(
	fc.constantFrom("step", "step", "step", "hear", "hear", "answer", "arrive", "resume" as const),
	{ maxLength: 150 },
);

test("snapshot and deltas in any order, resumes included, come to what the metrics say", () => {
	fc.assert(
		fc.property(happenings, fc.integer({ min: 1, max: 7 }), fc.nat({ max: 20 }), (order, pageLength, before) => {
			const sidecar = new Sidecar(pageLength);
			sidecar.say(runEvent("/runs/a"));
			for (let step = 0; step < before; step++) sidecar.step();
			sidecar.told = []; // was said before the panel was there
			const feed = new Feed((from, ticket) => sidecar.asked.push({ from, ticket }));
			const moves = movesOf(sidecar, feed);
			feed.reload();
			for (const happening of order) moves[happening]?.();
			while (sidecar.told.length + sidecar.asked.length + sidecar.answers.length > 0) {
				moves["hear"]?.();
				moves["answer"]?.();
				moves["arrive"]?.();
			}
			assert.deepEqual(contents(feed.curve), contents(curveOf(sidecar.metrics)));
			assert.equal(feed.complete, true);
		}),
		{ numRuns: 500 },
	);
});

function movesOf(sidecar: Sidecar, feed: Feed): Readonly<Record<string, () => void>> {
	return {
		step: () => sidecar.step(),
		resume: () => sidecar.resume(),
		answer: () => sidecar.answer(),
		hear: () => {
			const next = sidecar.told.shift();
			if (next !== undefined) feed.delta(next.line, next.event);
		},
		arrive: () => {
			const next = sidecar.answers.shift();
			if (next !== undefined) feed.page(next.page, next.ticket);
		},
	};
}

test("the curve stays in sight while it is read anew", () => {
	const asked: number[] = [];
	const feed = new Feed((_, ticket) => asked.push(ticket));
	feed.reload();
	const events = [runEvent("/runs/a"), stepEvent(1), stepEvent(2)];
	feed.page({ events, next: 3, more: false }, asked.at(-1) ?? -1);
	feed.delta(2, runEvent("/runs/a"));
	assert.deepEqual([feed.complete, feed.curve.length], [false, 2]);
	feed.page(
		{ events: [runEvent("/runs/a"), stepEvent(1), runEvent("/runs/a")], next: 3, more: false },
		asked.at(-1) ?? -1,
	);
	assert.deepEqual([feed.complete, feed.curve.length], [true, 1]);
});

test("after a question that failed the next event asks again, and nothing is missing", () => {
	const asked: { from: number; ticket: number }[] = [];
	const feed = new Feed((from, ticket) => asked.push({ from, ticket }));
	feed.reload();
	feed.failed(asked[0]?.ticket ?? -1);
	feed.delta(2, stepEvent(2));
	assert.deepEqual(asked[1]?.from, 0);
	feed.page({ events: [runEvent("/runs/a"), stepEvent(1)], next: 2, more: false }, asked[1]?.ticket ?? -1);
	assert.deepEqual([...feed.curve.x.step.view()], [1, 2]);
});

test("a run of an older version, which tells no time, gets it from tokens and speed", () => {
	const curve = new Curve();
	for (const step of [1, 2, 3]) {
		const {
			seconds: _,
			memoryBytes: __,
			...old
		} = stepEvent(step) as TrainingEvent & { seconds?: number; memoryBytes?: number };
		curve.apply({ ...old, tokensPerSecond: 512 } as TrainingEvent);
	}
	assert.deepEqual([...curve.x.seconds.view()], [2, 4, 6]);
	assert.deepEqual([...curve.metrics.memoryBytes.view()], [Number.NaN, Number.NaN, Number.NaN]);
});

test("divergence, pauses and resumes are marks at their step", () => {
	const { marks } = curveOf([
		runEvent("/runs/a"),
		stepEvent(1),
		stepEvent(2),
		{ event: "paused", step: 2 },
		runEvent("/runs/a"),
		stepEvent(3),
		{ event: "diverged", step: 4, tensor: "a.weight", kind: "nan" },
	]);
	assert.deepEqual(marks, [
		{ kind: "paused", step: 2, row: 1, detail: "" },
		{ kind: "resumed", step: 2, row: 1, detail: "" },
		{ kind: "diverged", step: 4, row: 2, detail: "nan: a.weight" },
	]);
});

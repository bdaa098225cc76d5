/** A run's metrics as they would stand on the disk, made by a formula. */
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import type { HeldOut } from "../../../sidecar/protocol/scores.ts";

/** A loss that falls, with noise that repeats. */
export function lossAt(step: number): number {
	const noise = Math.sin(step * 12.9898) * 43758.5453;
	return 2 + 7 * Math.exp(-step / 400) + 0.8 * (noise - Math.floor(noise) - 0.5);
}

/** Held-out scores with a loss of one's choice. */
export function heldOutScores(loss: number): HeldOut {
	const baselines = { unigramTop1: 0.1, bigramTop1: 0.2, cacheTop1: 0.3, cacheTop5: 0.5, cacheWordTop1: 0.2 };
	const shares = { top1: 0.3, top5: 0.5, identifierTop1: 0.2, identifierTop5: 0.4, wordTop1: 0.1, wordTop5: 0.3 };
	return { loss, ...shares, pseudoPerplexity: Math.exp(loss), tokens: 1000, baselines };
}

/** The first event of a stretch of a run. */
export function runEvent(path: string): TrainingEvent {
	const name = path.split("/").at(-1) ?? path;
	const facts = { recipe: "code-mlm-small", seed: 1, device: "auto", executionProvider: "cpu", threads: 2 };
	return { event: "run", run: name, path, ...facts };
}

/** An optimizer step of 1024 tokens at 10,240 a second. */
export function stepEvent(step: number, loss = lossAt(step)): TrainingEvent {
	const learningRate = 0.003 * Math.min(1, step / 100) * Math.max(0.05, 1 - step / 120_000);
	return {
		event: "step",
		step,
		loss,
		learningRate,
		gradientNorm: 1 + Math.abs(Math.sin(step / 7)),
		tokens: 1024 * step,
		tokensPerSecond: 10_240 + 500 * Math.sin(step / 50),
		secondsLeft: 60,
		seconds: step / 10,
		memoryBytes: 400_000_000 + 1000 * step,
	};
}

/** A run of so many steps with a checkpoint and an evaluation every so often; `faster` falls earlier. */
export function sampleRun(path: string, steps: number, { every = 1000, faster = 1 } = {}): TrainingEvent[] {
	const corpus = {
		files: 100,
		heldOutFiles: 10,
		tokens: 1_000_000,
		wasted: 0.01,
		vocabulary: { size: 700, asked: 800 },
	};
	const events: TrainingEvent[] = [
		runEvent(path),
		{ event: "corpus", ...corpus },
		{ event: "checkpoint", step: 0, path: `${path}/checkpoints/step-0` },
	];
	for (let step = 1; step <= steps; step++) {
		events.push(stepEvent(step, lossAt(step * faster)));
		if (step % every !== 0) continue;
		events.push({ event: "evaluation", step, ...heldOutScores(2.4 + 7 * Math.exp((-step * faster) / 400)) });
		events.push({ event: "checkpoint", step, path: `${path}/checkpoints/step-${step}` });
	}
	return events;
}

import type { RunStatus } from "../../sidecar/protocol/runs.ts";

/** A run that trains, with what a test changes. */
export function runStatus(changes: Partial<RunStatus> = {}): RunStatus {
	return { ...training, ...changes };
}

const training: RunStatus = {
	run: "quiet-otter",
	path: "/home/runs/quiet-otter",
	recipe: "code-mlm-small",
	corpus: "/projects/shop",
	state: "running",
	stage: null,
	step: 512,
	loss: 4.237,
	secondsLeft: 184,
	tokensPerSecond: 9123.4,
	progress: 0.427,
	memoryBytes: 512_000_000,
	executionProvider: "cpu",
	message: null,
	heldOut: null,
	model: null,
	own: true,
};

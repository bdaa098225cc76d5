/** Watches the loss of a run for signs that training has broken down. */
export interface LossGuard {
	/** Judges the loss and gradient norm of one step before its new weights are taken. */
	judge(loss: number, gradientNorm: number): "ok" | "notFinite" | "jump";
	/** What a checkpoint must keep for the guard to judge on as before. */
	readonly state: LossGuardState;
}

/** The exponential moving average of the loss and how many steps it has seen. */
export interface LossGuardState {
	average: number;
	steps: number;
}

const decay = 0.98; // remembers about fifty steps: slow against noise, quick against drift
const settleSteps = 20; // before this the average still holds the first, untrained losses
const jumpFactor = 10; // the "tenfold loss jump"
// Below it a tenfold jump is noise: one certain error among the sixteen answers of a batch of instructions costs 0.5.
const smallestAverage = 0.2;

/** A guard that starts afresh, or from the state of a checkpoint. */
export function createLossGuard(from: LossGuardState = { average: 0, steps: 0 }): LossGuard {
	const state = { ...from };
	return {
		state,
		judge(loss, gradientNorm) {
			if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return "notFinite";
			if (state.steps >= settleSteps && loss > jumpFactor * Math.max(state.average, smallestAverage)) return "jump";
			state.average = state.steps === 0 ? loss : decay * state.average + (1 - decay) * loss;
			state.steps++;
			return "ok";
		},
	};
}

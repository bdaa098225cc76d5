import { MaskwrightError } from "../base/errors.ts";
import type { Death } from "./inferenceProcess.ts";

/** So many deaths within so many milliseconds are too many. */
const mostDeaths = 5;
const period = 180_000;

/** The deaths of late, and what follows from them. */
export interface Deaths {
	/** Counts one and describes it. */
	add(death: Death): MaskwrightError;
	/** Seconds to wait before the next process. */
	waitSeconds(): number;
	/** What requests get after too many deaths, until `forget`. */
	readonly refusal: MaskwrightError | undefined;
	forget(): void;
}

/** What is said of the process that died. */
export interface Mortal {
	/** Its kind, such as `inference`. */
	readonly process: string;
	/** What to do when it died too often, as a sentence. */
	readonly advice: string;
}

const inference: Mortal = { process: "inference", advice: "Use another model, or restart the sidecar." };

/** Counts deaths. `waits` are the seconds after the first, second, ... of late; the last one repeats. */
export function createDeaths(waits: readonly number[] = [1, 2, 4, 8], mortal = inference): Deaths {
	let recent: number[] = [];
	let refusal: MaskwrightError | undefined;
	return {
		add(death) {
			const now = Date.now();
			recent = [...recent.filter((time) => now - time < period), now];
			const error = describe(death, mortal);
			if (recent.length >= mostDeaths) refusal = giveUp(death, mortal);
			return error;
		},
		waitSeconds: () => waits[Math.min(recent.length, waits.length) - 1] ?? 0,
		get refusal() {
			return refusal;
		},
		forget() {
			recent = [];
			refusal = undefined;
		},
	};
}

function describe(death: Death, mortal: Mortal): MaskwrightError {
	const { output } = death;
	return new MaskwrightError("processDied", `The ${mortal.process} process ended ${how(death)}. Ask again.`, {
		data: { output },
	});
}

function giveUp(death: Death, mortal: Mortal): MaskwrightError {
	const { signalCode, output } = death;
	const step =
		signalCode === "SIGKILL"
			? "It may have run out of memory: close other programs, then restart the sidecar."
			: mortal.advice;
	return new MaskwrightError(
		"processDied",
		`The ${mortal.process} process ended ${mostDeaths} times within three minutes, the last time ${how(death)}. ${step}`,
		{ data: { output } },
	);
}

function how({ signalCode, exitCode }: Death): string {
	return signalCode === null ? `with exit code ${exitCode}` : `by signal ${signalCode}`;
}

import { setTimeout as wait } from "node:timers/promises";
import { MaskwrightError } from "../../base/errors.ts";

/** A failure of the network or of a busy server, which may go better a second time. */
export class TransientFailure extends Error {
	/** As the header: seconds or a date. */
	readonly retryAfter: string | undefined;

	constructor(why: string, retryAfter?: string, options?: ErrorOptions) {
		super(why, options);
		this.retryAfter = retryAfter;
	}
}

/** Milliseconds before each further attempt. */
export const standardWaits: readonly number[] = [1000, 2000, 4000, 8000, 16_000, 32_000];

/** A server that asks for more patience than this is told of instead. */
const longestWaitMs = 300_000;

/**
 * Runs `attempt` again after each `TransientFailure`, with growing waits, or as long as the server asks for. Throws
 * `hubUnreachable` when the last attempt failed too, and `interrupted`.
 */
export async function withRetries<T>(
	attempt: () => Promise<T>,
	{ what, waits, signal }: { what: string; waits: readonly number[]; signal: AbortSignal },
): Promise<T> {
	for (let failures = 0; ; failures++) {
		try {
			return await attempt();
		} catch (error) {
			if (!(error instanceof TransientFailure)) throw error;
			const pause = waits[failures];
			const asked = askedMs(error.retryAfter);
			if (pause === undefined || asked > longestWaitMs) throw unreachable(what, error, asked);
			await wait(Math.max(pause, asked), undefined, { signal }).catch(() => {
				throw new MaskwrightError("interrupted", "Cancelled.");
			});
		}
	}
}

function unreachable(what: string, cause: TransientFailure, askedMs: number): MaskwrightError {
	const advice = askedMs > 0 ? `Try again in ${Math.ceil(askedMs / 60_000)} min` : "Check the connection and try again";
	return new MaskwrightError(
		"hubUnreachable",
		`${what} could not be got (${cause.message}). ${advice}; what has arrived is kept.`,
		{ cause },
	);
}

function askedMs(retryAfter: string | undefined): number {
	if (retryAfter === undefined) return 0;
	const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
	return Number.isFinite(ms) ? Math.max(ms, 0) : 0;
}

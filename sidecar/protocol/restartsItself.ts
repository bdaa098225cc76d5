import type { RunStatus } from "./runs.ts";

/**
 * Whether a run whose process died goes on by itself: the sidecar that trains it says so in its message. One that was
 * interrupted without a message waits to be resumed.
 */
export function restartsItself({ state, own, message }: RunStatus): boolean {
	return state === "interrupted" && own && message !== null;
}

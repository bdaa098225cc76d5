import type { ErrorName } from "../protocol/errors.ts";

export type { ErrorName } from "../protocol/errors.ts";

/**
 * The one error class. `message` is a sentence for the user: what happened,
 * why, and what to do next; `name` is from the closed list in `protocol/errors`.
 */
export class MaskwrightError extends Error {
	override readonly name: ErrorName;
	readonly data: Readonly<Record<string, unknown>>;

	constructor(name: ErrorName, message: string, options: { cause?: unknown; data?: Record<string, unknown> } = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = name;
		this.data = options.data ?? {};
	}
}

/** Whether `error` is ours and, when names are given, one of those. */
export function isError(error: unknown, ...names: ErrorName[]): error is MaskwrightError {
	return error instanceof MaskwrightError && (names.length === 0 || names.includes(error.name));
}

/** Throws an `internal` error when a fact that our own code guarantees does not hold. */
export function invariant(condition: unknown, sentence: string): asserts condition {
	if (!condition) throw new MaskwrightError("internal", `This is a bug in Maskwright: ${sentence}`);
}

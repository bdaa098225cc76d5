import { isError, MaskwrightError } from "../base/errors.ts";
import type { ErrorName } from "../protocol/errors.ts";

/** An error as it travels between processes and threads. */
export interface Failure {
	readonly name: ErrorName;
	readonly message: string;
	readonly stack: string;
}

export function failureOf(error: unknown): Failure {
	const cause = error instanceof Error ? error : new Error(String(error));
	return { name: isError(error) ? error.name : "internal", message: cause.message, stack: cause.stack ?? "" };
}

/** The error that travelled, with the stack of where it was thrown among its data. */
export function errorOf({ name, message, stack }: Failure): MaskwrightError {
	return new MaskwrightError(name, message, { data: { stack } });
}

import type { ErrorName } from "../../sidecar/protocol/errors.ts";

/** `unreachable`: no sidecar answers; `cancelled`: the user took the request back, never shown. */
export type SidecarErrorName = ErrorName | "unreachable" | "cancelled";

/** A request that was refused or could not be asked. The message is one sentence for people. */
export class SidecarError extends Error {
	readonly errorName: SidecarErrorName;
	/** The last lines of a log, where they say more. */
	readonly detail: string | undefined;

	/** Each bundle has a copy of this class: what another one threw is known by its name. */
	static override [Symbol.hasInstance](value: unknown): value is SidecarError {
		return value instanceof Error && value.name === "SidecarError";
	}

	constructor(errorName: SidecarErrorName, message: string, detail?: string) {
		super(message);
		this.name = "SidecarError";
		this.errorName = errorName;
		this.detail = detail;
	}
}

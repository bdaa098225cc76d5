import type { z } from "zod";
import type { requests } from "../../sidecar/protocol/methods.ts";

/** Asks the sidecar; the params fit the request's schema. */
type Ask = (name: keyof typeof requests, params: unknown) => Promise<unknown>;

/** A request as a panel sends it. */
export interface PanelRequest {
	readonly id: number;
	readonly name: string;
	readonly params?: unknown;
}

export type Answer =
	| { readonly kind: "result"; readonly id: number; readonly result: unknown }
	| { readonly kind: "error"; readonly id: number; readonly message: string };

/** Which requests a panel may make, each with the schema of its params. */
export type AllowedRequests = Readonly<Partial<Record<keyof typeof requests, { readonly params: z.ZodType }>>>;

/** What a panel said when it fits its schema; else undefined, and the log has why. `panel` names it there. */
export function checkedMessage<Said>(
	schema: z.ZodType<Said>,
	message: unknown,
	{ panel, warn }: { panel: string; warn: (sentence: string) => void },
): Said | undefined {
	const checked = schema.safeParse(message);
	if (checked.success) return checked.data;
	warn(`The ${panel} sent a message that does not fit: ${checked.error.message}`);
	return undefined;
}

/**
 * Makes a panel's request of the sidecar when its list allows it and its params are sound. Never rejects: whatever
 * goes wrong is an `error` with a sentence for the user.
 */
export async function relayRequest(
	{ id, name, params }: PanelRequest,
	{ allowed, ask }: { allowed: AllowedRequests; ask: Ask },
): Promise<Answer> {
	if (!isAllowed(name, allowed)) return { kind: "error", id, message: `This panel may not ask for ${name}.` };
	const checked = allowed[name]?.params.safeParse(params);
	if (checked?.success !== true) {
		return {
			kind: "error",
			id,
			message: `The panel asked for ${name} in a form that does not fit. Reload the window.`,
		};
	}
	return await answer(id, () => ask(name, checked.data));
}

/** Runs `work` for the message `id`; what it throws becomes an `error` with its message. */
export async function answer(id: number, work: () => Promise<unknown>): Promise<Answer> {
	try {
		return { kind: "result", id, result: await work() };
	} catch (error) {
		return { kind: "error", id, message: error instanceof Error ? error.message : String(error) };
	}
}

function isAllowed(name: string, allowed: AllowedRequests): name is keyof typeof requests {
	return Object.hasOwn(allowed, name);
}

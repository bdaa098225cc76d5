/** Search follows the adapter that is switched to, where it is one of the model that search has. */
import { isError } from "../base/errors.ts";
import { isAdapter, rolesOfAdapter } from "../store/adapters.ts";
import { modelInUse } from "../store/modelInUse.ts";
import { baseOf } from "./modelVersion.ts";

interface User {
	readonly home?: string;
}

/**
 * The folder that embeds in place of a model or adapter for search: the adapter in use where it has the same base, or
 * the base itself where that is in use. An adapter that was trained for search stays.
 */
export function withSwitchedAdapter(folder: string, at: User = {}): string {
	const inUse = modelInUse(at);
	if (inUse === undefined) return folder;
	if (!isAdapter(folder)) return baseIfKnown(inUse, at) === folder ? inUse : folder;
	if (rolesOfAdapter(folder).includes("search")) return folder;
	const base = baseIfKnown(folder, at);
	const other = isAdapter(inUse) ? baseIfKnown(inUse, at) : inUse;
	return base !== undefined && base === other ? inUse : folder;
}

/** The base of an adapter; undefined of a model, and where the base is gone. */
function baseIfKnown(folder: string, at: User): string | undefined {
	if (!isAdapter(folder)) return undefined;
	try {
		return baseOf(folder, at);
	} catch (error) {
		if (isError(error, "notFound", "modelInvalid")) return undefined;
		throw error;
	}
}

import type { Asked, WorkspaceFolder } from "../../sidecar/protocol/panels/codeSearch.ts";
import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import { t } from "../host/texts.ts";
import { type Message, messages } from "./placard.ts";

/** What the view knows when it decides whether there is something to list. */
interface Situation {
	/** Undefined until the extension has told. */
	readonly folders: readonly WorkspaceFolder[] | undefined;
	readonly sidecar: "stopped" | "starting" | "ready" | "failed";
	readonly trusted: boolean;
	/** Of the folders that are searched. */
	readonly statuses: readonly IndexStatus[];
	readonly asked: Asked;
	/** How many were found; undefined until there is an answer. */
	readonly results: number | undefined;
	/** Why the last question has no answer. */
	readonly failure: string | undefined;
}

/** What stands in the place of the list; undefined: the list. */
export function messageFor(situation: Situation): Message | undefined {
	const { folders, sidecar, trusted, statuses, asked, results, failure } = situation;
	if (folders?.length === 0) return messages.noFolder();
	if (sidecar === "failed") return messages.sidecar();
	if (failure !== undefined) return messages.failed(failure);
	if (folders === undefined || statuses.length === 0) return undefined;
	if (statuses.every(({ state }) => state === "none")) return trusted ? messages.noIndex() : messages.untrusted();
	const failed = statuses.find(({ state }) => state === "failed");
	if (failed !== undefined && statuses.every(({ files }) => files === 0)) {
		return messages.indexFailed(failed.message ?? t("Rebuild it."));
	}
	if (asksNothing(asked)) {
		const train = trusted && statuses.every(({ state, model }) => state === "ready" && model === null);
		return messages.idle({ note: statuses.find(({ message }) => message !== null)?.message ?? null, train });
	}
	if (results === undefined || results > 0) return undefined;
	return asked.kind === "duplicates"
		? messages.noDuplicates()
		: messages.nothing(statuses.some(({ state }) => state === "scanning" || state === "indexing"));
}

/** Whether the input is empty and nothing else is asked. */
export function asksNothing(asked: Asked): boolean {
	return asked.kind === "query" && asked.text.trim() === "";
}

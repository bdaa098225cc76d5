import type { IndexStatus } from "../protocol/search.ts";
import type { Failure } from "./failure.ts";

/** Has a folder, given by its real path, indexed, and watched from then on where `watch` is set. */
export interface IndexingRequest {
	readonly folder: string;
	/** A model's name or folder; by default the one that the index has, else the newest that was trained for search. */
	readonly model?: string;
	/** Of its vectors, as `sizeNamed` has them; by default that which the index has of the same model, else the largest. */
	readonly size?: string;
	/** Has everything read and embedded anew; what is there serves until then. */
	readonly rebuild: boolean;
	readonly watch: boolean;
}

/** What is asked of a whole index; `stop` leaves it as it is. */
export type IndexingQuestion = "stop" | "delete" | "verify";

export type ToIndexing =
	| { readonly type: "start"; readonly request: IndexingRequest }
	/** Whether anybody is there for whom folders are to be watched. */
	| { readonly type: "watch"; readonly watch: boolean }
	| { readonly type: "ask"; readonly id: number; readonly question: IndexingQuestion; readonly folder: string }
	| { readonly type: "cancel"; readonly id: number };

/** How a question was answered: the problems that `verify` found. */
export type IndexingOutcome = { readonly problems: readonly string[] } | { readonly failure: Failure };

export type FromIndexing =
	/** `made` counts the vectors that were made since the folder was started. */
	| { readonly type: "status"; readonly status: IndexStatus; readonly made: number }
	/** The work at a folder cannot go on until it is started again or something in it changes. */
	| { readonly type: "failed"; readonly status: IndexStatus; readonly failure: Failure }
	| { readonly type: "settled"; readonly id: number; readonly outcome: IndexingOutcome };

/** The status of a folder that has no index. */
export function noIndex(folder: string): IndexStatus {
	const nothing = { files: 0, of: 0, chunks: 0, embedded: 0, bytes: 0, secondsLeft: null };
	return { folder, state: "none", ...nothing, model: null, message: null, watching: false };
}

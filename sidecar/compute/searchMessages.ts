import type { ErrorName } from "../protocol/errors.ts";
import type { SearchTasks } from "./searchService.ts";

export type SearchKind = keyof SearchTasks;
export type SearchRequestOf<Kind extends SearchKind> = SearchTasks[Kind]["request"];
export type SearchResultOf<Kind extends SearchKind = SearchKind> = SearchTasks[Kind]["result"];

/** One question of any kind. */
export type SearchQuestion = {
	readonly [Kind in SearchKind]: { readonly kind: Kind; readonly request: SearchRequestOf<Kind> };
}[SearchKind];

export type ToSearch =
	| { readonly type: "ask"; readonly id: number; readonly question: SearchQuestion }
	| { readonly type: "cancel"; readonly id: number };

/** How a question ended. */
export interface FromSearch {
	readonly id: number;
	readonly outcome:
		| { readonly result: SearchResultOf }
		| { readonly failed: { readonly name: ErrorName; readonly message: string; readonly stack: string } };
}

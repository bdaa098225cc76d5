import { createSearching, type SearchingOptions } from "../compute/startSearch.ts";
import type { SearchResults } from "../protocol/search.ts";
import type { JobHandlers } from "./handlers.ts";
import { absolute } from "./paths.ts";

export interface SearchHandlers {
	readonly handlers: Pick<JobHandlers, "search" | "searchLike" | "nearDuplicates">;
	/** Has the process that searches let go of a folder's index, which is to be removed. */
	forget(folder: string): Promise<void>;
	shutdown(): Promise<void>;
}

/**
 * What can be asked of indexes of code. `indexStatus` tells how far a folder is indexed, which the index itself does
 * not know while its folder is still being read.
 */
export function searchHandlers({
	indexStatus,
	...options
}: SearchingOptions & Pick<JobHandlers, "indexStatus">): SearchHandlers {
	const searching = createSearching(options);

	async function counted(folder: string, results: SearchResults, signal: AbortSignal): Promise<SearchResults> {
		const { files, of } = await indexStatus({ folder }, { signal });
		return { ...results, indexed: { files: Math.max(files, results.indexed.files), of: Math.max(of, files) } };
	}

	return {
		handlers: {
			search: async ({ folder, query, top, rough = true }, { signal }) => {
				const request = { folder: absolute(folder), query, top, typing: true, rough };
				return counted(folder, await searching.ask("search", request, signal), signal);
			},
			searchLike: async ({ folder, text, language, exclude, top }, { signal }) => {
				const request = { folder: absolute(folder), text, language, exclude, top };
				return counted(folder, await searching.ask("like", request, signal), signal);
			},
			nearDuplicates: async ({ folder, threshold }, { signal }) =>
				searching.ask("duplicates", { folder: absolute(folder), threshold }, signal),
		},
		forget: (folder) => searching.forget(absolute(folder)),
		shutdown: () => searching.shutdown(),
	};
}

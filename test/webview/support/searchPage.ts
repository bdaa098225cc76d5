/** The built code search in a browser, with this process in the place of the extension and the sidecar. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { relayRequest } from "../../../extension/panels/bridge.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import {
	type CodeSearchToExtension,
	codeSearchRequests,
	codeSearchToExtensionSchema,
} from "../../../sidecar/protocol/panels/codeSearch.ts";
import type { Duplicates, IndexStatus, SearchResult } from "../../../sidecar/protocol/search.ts";
import { openWebview, type WebviewPage } from "./webviewPage.ts";

/** What the played sidecar knows and does; changed by a test at any time. */
export interface PlayedSearch {
	statuses: IndexStatus[];
	/** Answers a query, or code that others shall be like, in a folder; may throw, may take its time. */
	answer: (query: string, folder: string) => SearchResult[] | Promise<SearchResult[]>;
	clusters: Duplicates["clusters"];
	trusted: boolean;
}

export interface PlayedSearchPanel extends WebviewPage {
	readonly played: PlayedSearch;
	readonly heard: CodeSearchToExtension[];
	/** Tells of an index, as the sidecar does when it goes on. */
	index(status: IndexStatus): Promise<void>;
	/** Types a query and waits until its results are shown. */
	search(query: string): Promise<void>;
}

const house = join(import.meta.dirname, "..", "..", "..");

/** Opens the view on these folders, of which each has a status. */
export async function openSearch(
	context: TestContext,
	given: Partial<PlayedSearch> = {},
	size = { width: 300, height: 720 },
): Promise<PlayedSearchPanel> {
	const played: PlayedSearch = { statuses: [statusOf()], answer: () => [], clusters: [], trusted: true, ...given };
	const heard: CodeSearchToExtension[] = [];
	const opened = await openWebview(context, {
		panel: "codeSearch",
		size,
		hear: async (message, tell) => {
			const said = codeSearchToExtensionSchema.parse(message);
			heard.push(said);
			if (said.kind === "ready") {
				await tell({ kind: "sidecar", state: "ready" });
				await tell(workspace(played));
			}
			if (said.kind === "request") await tell(await relayRequest(said, { allowed, ask: playedSidecar(played) }));
		},
	});
	return {
		...opened,
		played,
		heard,
		index: async (status) => {
			played.statuses = [...played.statuses.filter(({ folder }) => folder !== status.folder), status];
			await opened.tell({ kind: "notification", name: "indexChanged", params: status });
		},
		search: async (query) => {
			await opened.page.locator(".query").fill(query);
			await opened.page.locator(".result-list:not([aria-busy])").waitFor({ state: "attached" });
		},
	};
}

/** What the extension says of the workspace. */
export function workspace({ statuses, trusted }: Pick<PlayedSearch, "statuses" | "trusted">): object {
	const folders = statuses.map(({ folder }) => ({ path: folder, name: folder.split("/").at(-1) ?? folder }));
	return { kind: "workspace", folders, trusted, top: 1000 };
}

/** The status of an index that is complete. */
export function statusOf(changes: Partial<IndexStatus> = {}): IndexStatus {
	return {
		folder: "/code/shop",
		state: "ready",
		files: 120,
		of: 120,
		chunks: 900,
		embedded: 900,
		bytes: 1_200_000,
		secondsLeft: null,
		model: "quiet-otter",
		message: null,
		watching: true,
		...changes,
	};
}

/** Functions of this project's own sources as a search finds them: path, name and text are those on the disk. */
export function realResults(room = "sidecar/objectives"): SearchResult[] {
	const files = readdirSync(join(house, room))
		.filter((name) => name.endsWith(".ts"))
		.sort();
	return files.flatMap((name) => resultsOf(`${room}/${name}`));
}

function resultsOf(path: string): SearchResult[] {
	const text = readFileSync(join(house, path), "utf8");
	return [...text.matchAll(/^(?:export )?(?:async )?function (\w+)[\s\S]*?^}/gm)].map((match, place) => {
		const startLine = text.slice(0, match.index).split("\n").length;
		const lines = match[0].split("\n");
		return {
			path,
			startLine,
			endLine: startLine + lines.length - 1,
			start: match.index,
			end: match.index + match[0].length,
			symbol: match[1] ?? null,
			kind: "function",
			language: "typescript",
			score: 1 / (place + 1),
			lexicalRank: place + 1,
			vectorRank: place % 2 === 0 ? place + 2 : null,
			matchedTerms: ["loss", "logits"].filter((term) => match[0].toLowerCase().includes(term)),
			preview: lines.slice(0, 12).join("\n"),
		};
	});
}

const allowed = Object.fromEntries(codeSearchRequests.map((name) => [name, requests[name]]));

function playedSidecar(played: PlayedSearch) {
	return async (name: string, params: unknown): Promise<unknown> => {
		const { folder, query, text } = params as { folder: string; query?: string; text?: string };
		const status = played.statuses.find((other) => other.folder === folder) ?? statusOf({ folder, state: "none" });
		if (name === "indexStatus") return status;
		if (name === "nearDuplicates") return { clusters: played.clusters };
		const results = await played.answer(query ?? text ?? "", folder);
		return { results, indexed: { files: status.files, of: status.of } };
	};
}

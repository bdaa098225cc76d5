import { isError } from "../base/errors.ts";
import { noIndex } from "../compute/indexingMessages.ts";
import { createIndexing, type IndexingOptions } from "../compute/startIndexing.ts";
import { realFolder } from "../data/readers/realFolder.ts";
import type { Notify } from "../protocol/methods.ts";
import type { IndexStatus } from "../protocol/search.ts";
import { openIndex } from "../search/index/chunkIndex.ts";
import { explainFile } from "../search/index/explainFile.ts";
import { hasIndex } from "../store/indexFiles.ts";
import { findModel } from "../store/models.ts";
import type { JobHandlers, Log } from "./handlers.ts";
import { absolute } from "./paths.ts";

export interface IndexHandlers {
	readonly handlers: Pick<
		JobHandlers,
		"indexStatus" | "startIndex" | "stopIndex" | "deleteIndex" | "verifyIndex" | "explainFile"
	>;
	/** Folders that are being indexed. */
	working(): number;
	/** Folders are watched only while somebody listens. */
	setListening(listening: boolean): void;
	shutdown(): Promise<void>;
}

/** What can be asked about indexes of code; `onChange` is told when one begins or ends to be worked at. */
export function indexHandlers(options: {
	readonly home: string | undefined;
	readonly notify: Notify;
	readonly log: Log;
	readonly onChange: () => void;
	readonly waitSeconds?: IndexingOptions["waitSeconds"];
}): IndexHandlers {
	const { home, notify, log, onChange, waitSeconds } = options;
	const at = home === undefined ? {} : { home };
	/** By real path what clients call a folder: links give it several names. */
	const names = new Map<string, Set<string>>();
	let working = 0;
	const indexing = createIndexing({
		...at,
		log,
		...(waitSeconds === undefined ? {} : { waitSeconds }),
		onStatus: (status) => tell(status),
	});

	function tell(status: IndexStatus): void {
		for (const folder of names.get(status.folder) ?? []) notify("indexChanged", { ...status, folder });
		if (working === indexing.working()) return;
		working = indexing.working();
		onChange();
	}

	async function named(folder: string): Promise<string> {
		const real = await realFolder(absolute(folder));
		names.set(real, (names.get(real) ?? new Set()).add(folder));
		return real;
	}

	const statusOf = (real: string): IndexStatus => indexing.status(real) ?? statusOnDisk(real, at);

	return {
		handlers: {
			indexStatus: async ({ folder }) => ({ ...statusOf(await named(folder)), folder }),
			startIndex: async ({ folder, model, size, rebuild = false }) => {
				const real = await named(folder);
				const byName = model === undefined ? {} : { model: findModel(model, at) };
				const chosen = { ...byName, ...(size === undefined ? {} : { size }) };
				indexing.start({ folder: real, ...chosen, rebuild, watch: true });
				tell(statusOf(real));
				return { ...statusOf(real), folder };
			},
			stopIndex: async ({ folder }) => {
				const real = await named(folder);
				await indexing.stop(real);
				tell(statusOf(real));
				return {};
			},
			deleteIndex: async ({ folder }) => {
				const real = await named(folder);
				await indexing.remove(real);
				tell(statusOf(real));
				return {};
			},
			verifyIndex: async ({ folder }, { signal }) => {
				const real = await named(folder);
				const problems = [...(await indexing.verify(real, signal))];
				return { ok: problems.length === 0, problems };
			},
			explainFile: async ({ folder, path }) => explainFile(await named(folder), path, home),
		},
		working: () => indexing.working(),
		setListening: (listening) => indexing.setWatching(listening),
		shutdown: () => indexing.shutdown(),
	};
}

/** What the disk tells of an index that nobody works at here. */
function statusOnDisk(folder: string, at: { readonly home?: string }): IndexStatus {
	const nothing = noIndex(folder);
	if (!hasIndex(folder, at.home)) return nothing;
	try {
		const index = openIndex(folder, { ...at, readonly: true });
		try {
			const { files, chunks, embedded } = index.counts();
			const { model } = index.header;
			const counts = { files, of: files, chunks, embedded, bytes: index.sizeBytes() };
			return { ...nothing, state: "ready", ...counts, model: model?.name ?? null };
		} finally {
			index.close();
		}
	} catch (error) {
		if (!isError(error)) throw error;
		return { ...nothing, state: "failed", message: error.message };
	}
}

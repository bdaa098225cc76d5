import { relative, sep } from "node:path";
import type { AsyncSubscription, Event } from "@parcel/watcher";
import { skippedFolderNames } from "../../data/readers/skippedFolders.ts";

export interface FolderListener {
	/** Something came, changed or went at these paths, from the folder, with forward slashes. */
	readonly onPaths: (paths: readonly string[]) => void;
	/** Anything may have changed. */
	readonly onAnything: () => void;
}

export interface FolderWatch {
	stop(): Promise<void>;
}

/** How often a folder that the system cannot watch is read again, in milliseconds. */
const rereadEvery = 5_000;

/**
 * Watches a folder, given by its real path. Where the system cannot (a network drive, too many folders, a platform
 * without a prebuilt watcher), it says every few seconds that anything may have changed.
 */
export async function watchFolder(root: string, listener: FolderListener): Promise<FolderWatch> {
	try {
		const subscription = await subscribe(root, listener);
		return { stop: () => subscription.unsubscribe() };
	} catch {
		const timer = setInterval(listener.onAnything, rereadEvery);
		return { stop: async () => clearInterval(timer) };
	}
}

async function subscribe(root: string, { onPaths, onAnything }: FolderListener): Promise<AsyncSubscription> {
	const watcher = await import("@parcel/watcher");
	const tell = (error: Error | null, events: readonly Event[]): void => {
		// Events were lost, or the folder itself went away.
		const paths = events.map(({ path }) => relative(root, path).split(sep).join("/"));
		if (error !== null || paths.includes("")) onAnything();
		else onPaths(paths);
	};
	const ignore = skippedFolderNames.flatMap((name) => [`**/${name}`, `**/${name}/**`]);
	return watcher.default.subscribe(root, tell, { ignore });
}

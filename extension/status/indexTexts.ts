import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";
import type { L10n } from "../l10n.ts";

/** Whether the index is being worked at. */
export function isIndexing({ state }: IndexStatus): boolean {
	return state === "scanning" || state === "indexing" || state === "embedding";
}

/** How the indexes of a window stand, in a few words; undefined where there is none. */
export function indexText(statuses: readonly IndexStatus[], l10n: L10n): string | undefined {
	const there = statuses.filter(({ state }) => state !== "none");
	if (there.length === 0) return undefined;
	const sum = (value: (status: IndexStatus) => number) => there.reduce((total, status) => total + value(status), 0);
	const files = formatCount(sum((status) => status.files));
	const failed = there.find(({ state }) => state === "failed");
	if (failed !== undefined) return failed.message ?? l10n.t("cannot be used");
	const working = there.find(isIndexing);
	if (working === undefined) return l10n.t("{0} files, {1}", files, formatBytes(sum(({ bytes }) => bytes)));
	const far =
		working.state === "embedding"
			? l10n.t("{0} of {1} parts by meaning", formatCount(working.embedded), formatCount(working.chunks))
			: l10n.t("{0} of {1} files", files, formatCount(sum(({ of }) => of)));
	return working.secondsLeft === null ? far : `${far} · ${l10n.t("{0} left", formatDuration(working.secondsLeft))}`;
}

/** `40 s`, `3 min`, `1 h 5 min`: as precise as a glance needs. */
export function formatDuration(seconds: number): string {
	if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
	const minutes = Math.round(seconds / 60);
	if (minutes < 60) return `${minutes} min`;
	const rest = minutes % 60;
	return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `512 B`, `3.4 MB`: decimal units, as file managers show them. */
export function formatBytes(bytes: number): string {
	return bytes < 1000 ? `${bytes} B` : `${formatCount(bytes, ["kB", "MB", "GB", "TB"])}`;
}

/** `870`, `12.4 k`, `3.1 M`. */
export function formatCount(count: number, units: readonly string[] = ["k", "M", "G", "T"]): string {
	if (count < 1000) return String(count);
	let unit = -1;
	let value = count;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${value < 99.95 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}

/** `46.7%`, or a dash where there is nothing to measure. */
export function formatShare(share: number | null): string {
	return share === null ? "–" : `${(share * 100).toFixed(1)}%`;
}

/** A mean reciprocal rank with three digits, or a dash where it was not measured. */
export function formatRank(mrr: number | null | undefined): string {
	return mrr == null ? "–" : mrr.toFixed(3);
}

/** Text that Markdown shows as it is, on one line, in a table too. */
export function plainMarkdown(text: string): string {
	return text.replaceAll(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, "\\$&").replaceAll(/\s+/g, " ");
}

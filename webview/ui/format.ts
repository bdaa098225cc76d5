const digits = new Map<string, Intl.NumberFormat>();

/** A number with at most `significant` digits and thousands marks; small and great ones with an exponent. */
export function formatNumber(value: number, significant = 4): string {
	if (!Number.isFinite(value)) return "–";
	const size = Math.abs(value);
	if (size !== 0 && (size < 1e-3 || size >= 1e9)) return value.toExponential(Math.max(0, significant - 2));
	return formatter(significant).format(value);
}

/** A whole number with thousands marks. */
export function formatCount(value: number): string {
	return Number.isFinite(value) ? formatter(15).format(Math.round(value)) : "–";
}

/** Such as `1.5M`, for axes. */
export function formatShort(value: number): string {
	const size = Math.abs(value);
	for (const [unit, sign] of [
		[1e9, "G"],
		[1e6, "M"],
		[1e3, "k"],
	] as const) {
		if (size >= unit) return `${formatter(4).format(value / unit)}${sign}`;
	}
	return formatNumber(value, 4);
}

/** Bytes in the units that task managers show. */
export function formatBytes(value: number): string {
	if (!Number.isFinite(value)) return "–";
	if (value >= 1e9) return `${formatter(3).format(value / 1e9)} GB`;
	if (value >= 1e6) return `${formatter(3).format(value / 1e6)} MB`;
	return `${formatter(3).format(value / 1e3)} kB`;
}

/** A length of time with its two greatest units. */
export function formatSeconds(value: number): string {
	if (!Number.isFinite(value)) return "–";
	if (value < 10 && value % 1 !== 0) return `${formatter(2).format(value)} s`;
	const seconds = Math.round(value);
	const [days, hours, minutes] = [
		Math.floor(seconds / 86400),
		Math.floor(seconds / 3600) % 24,
		Math.floor(seconds / 60),
	];
	if (days > 0) return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
	if (hours > 0) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
	if (minutes > 0) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
	return `${seconds} s`;
}

function formatter(significant: number): Intl.NumberFormat {
	const key = String(significant);
	let found = digits.get(key);
	if (found === undefined) {
		found = new Intl.NumberFormat("en", { maximumSignificantDigits: significant });
		digits.set(key, found);
	}
	return found;
}

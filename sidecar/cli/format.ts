/** A count with commas between thousands: 12,340. */
export function count(value: number): string {
	return Math.round(value)
		.toString()
		.replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes in the largest unit that gives at least 1: 1.5 MB. */
export function bytes(value: number): string {
	const units = ["bytes", "kB", "MB", "GB", "TB"];
	const place = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
	const number = value / 1000 ** place;
	return `${place === 0 ? number : number.toFixed(number < 10 ? 1 : 0)} ${units[place]}`;
}

/** A time as a person says it: 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? "" : ` ${whole % 60} s`}`;
	const minutes = Math.round(whole / 60);
	return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
}

/** A share as a percentage, or a dash when there was nothing to measure. */
export function percent(share: number | null): string {
	return share === null ? "–" : `${(100 * share).toFixed(1)}%`;
}

/** A number with `digits` decimals, or a dash. */
export function decimal(value: number | null, digits: number): string {
	return value === null ? "–" : value.toFixed(digits);
}

/** Rows as lines of aligned columns; columns whose name starts with ">" are aligned right. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
	const names = columns.map((name) => name.replace(/^>/, ""));
	const widths = names.map((name, place) => Math.max(...[name, ...rows.map((row) => row[place] ?? "")].map(width)));
	const line = (cells: readonly string[]): string =>
		cells
			.map((cell, place) => {
				const blank = " ".repeat((widths[place] ?? 0) - width(cell));
				return columns[place]?.startsWith(">") ? blank + cell : cell + blank;
			})
			.join("  ")
			.trimEnd();
	return [line(names), ...rows.map(line)];
}

/** Columns that a text takes, colour codes not counted. */
function width(text: string): number {
	// biome would rather not see the escape character itself in a pattern.
	return [...text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "")].length;
}

/** Steps between ticks of a time axis, in seconds. */
export const timeSteps: readonly number[] = [
	0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800,
	432000, 864000,
];

/** Round places between `from` and `to`, at most `most` of them; `steps` are the allowed distances, else 1, 2, 5. */
export function linearTicks(
	from: number,
	to: number,
	{ most, steps }: { most: number; steps?: readonly number[] },
): number[] {
	const span = to - from;
	if (!(span > 0)) return [from];
	const distance = steps?.find((step) => span / step <= most) ?? roundDistance(span / most);
	const first = Math.ceil(from / distance - 1e-9);
	const count = Math.floor(to / distance + 1e-9) - first + 1;
	return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * distance).toPrecision(12)));
}

/** Powers of ten between two positive numbers; where there are fewer than two, 2 and 5 times them as well. */
export function logTicks(from: number, to: number): number[] {
	const powers = powersBetween(from, to);
	const tens = powers.filter((value) => value >= from && value <= to);
	if (tens.length >= 2) return tens;
	return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((value) => value >= from && value <= to);
}

/** The ends of a vertical axis for values from `low` to `high`, with some room; both may be NaN when there are none. */
export function axisEnds(low: number, high: number, logarithmic: boolean): [number, number] {
	if (!(low <= high)) return logarithmic ? [1, 10] : [0, 1];
	if (logarithmic) return [low / 1.1, high * 1.1];
	const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
	return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function powersBetween(from: number, to: number): number[] {
	const first = Math.floor(Math.log10(from));
	const last = Math.ceil(Math.log10(to));
	return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function roundDistance(least: number): number {
	const power = 10 ** Math.floor(Math.log10(least));
	return ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10) * power;
}

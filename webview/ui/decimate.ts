/** Points of a curve in drawing order; null is a gap. */
export interface Points {
	readonly x: number[];
	readonly y: (number | null)[];
}

/** What of a curve is seen, and on how many pixel columns. */
export interface Viewport {
	readonly from: number;
	readonly to: number;
	readonly columns: number;
	/** Values that a logarithmic scale cannot show (zero and below) are gaps. */
	readonly positiveOnly?: boolean;
}

/**
 * Thins a curve to what its pixels can show: of each pixel column the first, least, greatest and last point stay, in
 * their order, and one point beyond each edge so that lines reach it. No extreme is lost, and where a value that
 * is not finite stood between two points that stay, a gap stays. `x` ascends.
 */
export function decimate(x: Float64Array, y: Float64Array, viewport: Viewport): Points {
	const first = Math.max(0, lowerBound(x, viewport.from) - 1);
	const end = Math.min(x.length, upperBound(x, viewport.to) + 1);
	const shown = (index: number) => {
		const value = y[index]!;
		return Number.isFinite(value) && (value > 0 || viewport.positiveOnly !== true);
	};
	const width = (viewport.to - viewport.from) / Math.max(1, viewport.columns);
	const result: Points = { x: [], y: [] };
	for (let start = first; start < end; ) {
		const stop = width > 0 ? columnEnd(x, { start, end, from: viewport.from, width }) : end;
		addColumn(result, { x, y, start, stop, shown });
		start = stop;
	}
	return result;
}

interface Column {
	readonly x: Float64Array;
	readonly y: Float64Array;
	readonly start: number;
	readonly stop: number;
	readonly shown: (index: number) => boolean;
}

/** The index after the last point that falls into the pixel column of the point at `start`. */
function columnEnd(
	x: Float64Array,
	{ start, end, from, width }: { start: number; end: number; from: number; width: number },
): number {
	const column = Math.floor((x[start]! - from) / width);
	let stop = start + 1;
	while (stop < end && Math.floor((x[stop]! - from) / width) === column) stop++;
	return stop;
}

function addColumn(result: Points, { x, y, start, stop, shown }: Column): void {
	let first = -1;
	let last = -1;
	let least = -1;
	let greatest = -1;
	let gaps = false;
	for (let index = start; index < stop; index++) {
		if (!shown(index)) {
			gaps = true;
			continue;
		}
		if (first < 0) first = least = greatest = index;
		if (y[index]! < y[least]!) least = index;
		if (y[index]! > y[greatest]!) greatest = index;
		last = index;
	}
	const kept = first < 0 ? [] : [...new Set([first, least, greatest, last])].sort((a, b) => a - b);
	let seen = start;
	for (const index of kept) {
		if (gaps) addGapWithin(result, x, { from: seen, to: index, shown });
		result.x.push(x[index]!);
		result.y.push(y[index]!);
		seen = index + 1;
	}
	if (gaps) addGapWithin(result, x, { from: seen, to: stop, shown });
}

function addGapWithin(
	result: Points,
	x: Float64Array,
	{ from, to, shown }: { from: number; to: number; shown: (index: number) => boolean },
): void {
	for (let index = from; index < to; index++) {
		if (shown(index)) continue;
		if (result.y.at(-1) === null && result.x.length > 0) return;
		result.x.push(x[index]!);
		result.y.push(null);
		return;
	}
}

/** The first index whose value is at least `wanted`; the length when there is none. */
function lowerBound(ascending: Float64Array, wanted: number): number {
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (ascending[middle]! < wanted) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The first index whose value is greater than `wanted`; the length when there is none. */
function upperBound(ascending: Float64Array, wanted: number): number {
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (ascending[middle]! <= wanted) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The index of the value next to `wanted`; -1 when there is none. */
export function nearestIndex(ascending: Float64Array, wanted: number): number {
	const after = lowerBound(ascending, wanted);
	if (after === 0) return ascending.length === 0 ? -1 : 0;
	if (after === ascending.length) return after - 1;
	return wanted - ascending[after - 1]! <= ascending[after]! - wanted ? after - 1 : after;
}

/** Tokens counted after one context token: the entries of context c are [starts[c], starts[c + 1]), by token. */
export interface ContextCounts {
	readonly starts: Int32Array;
	readonly tokens: Int32Array;
	readonly counts: Int32Array;
}

/**
 * Tokens counted between two neighbours. The pairs (first, second) of a first token f are
 * [firsts[f], firsts[f + 1]), ordered by `seconds`; the entries of pair i are [starts[i], starts[i + 1]).
 */
export interface PairCounts extends ContextCounts {
	readonly firsts: Int32Array;
	readonly seconds: Int32Array;
}

/** Distinct keys, ascending, with how often each was seen. Keys are integers below 2^53. */
export interface KeyCounts {
	readonly keys: Float64Array;
	readonly counts: Int32Array;
}

/** Keys that are sorted at a time: 64 MB. */
const chunkLength = 2 ** 23;

/**
 * Counts keys by sorting them in chunks and merging the chunks, in memory of the distinct keys. Where these pass
 * `maximumEntries`, the rarest go, so that counts stay exact for the rest up to what they lost in earlier prunings.
 */
export class KeyCounter {
	private readonly buffer: Float64Array;
	private readonly maximumEntries: number;
	private filled = 0;
	private merged: KeyCounts = { keys: new Float64Array(0), counts: new Int32Array(0) };

	constructor(options: { readonly maximumEntries: number; readonly expectedKeys: number }) {
		this.maximumEntries = options.maximumEntries;
		this.buffer = new Float64Array(Math.max(1, Math.min(chunkLength, options.expectedKeys)));
	}

	/** Counts `key` once. */
	add(key: number): void {
		this.buffer[this.filled++] = key;
		if (this.filled === this.buffer.length) this.flush();
	}

	/** All keys so far. */
	finish(): KeyCounts {
		this.flush();
		return this.merged;
	}

	private flush(): void {
		if (this.filled === 0) return;
		const chunk = runLengths(this.buffer.subarray(0, this.filled).sort());
		this.filled = 0;
		this.merged = pruneCounts(this.merged.keys.length === 0 ? chunk : merge(this.merged, chunk), this.maximumEntries);
	}
}

function runLengths(sorted: Float64Array): KeyCounts {
	let distinct = 0;
	for (let at = 0; at < sorted.length; at++) if (at === 0 || sorted[at] !== sorted[at - 1]) distinct++;
	const keys = new Float64Array(distinct);
	const counts = new Int32Array(distinct);
	let entry = -1;
	for (let at = 0; at < sorted.length; at++) {
		if (at === 0 || sorted[at] !== sorted[at - 1]) keys[++entry] = sorted[at]!;
		counts[entry]!++;
	}
	return { keys, counts };
}

function merge(a: KeyCounts, b: KeyCounts): KeyCounts {
	const keys = new Float64Array(a.keys.length + b.keys.length);
	const counts = new Int32Array(keys.length);
	let entry = 0;
	for (let i = 0, j = 0; i < a.keys.length || j < b.keys.length; entry++) {
		const left = i < a.keys.length ? a.keys[i]! : Number.POSITIVE_INFINITY;
		const right = j < b.keys.length ? b.keys[j]! : Number.POSITIVE_INFINITY;
		keys[entry] = Math.min(left, right);
		if (left <= right) counts[entry]! += a.counts[i++]!;
		if (right <= left) counts[entry]! += b.counts[j++]!;
	}
	return { keys: keys.slice(0, entry), counts: counts.slice(0, entry) };
}

/** At most `maximumEntries` entries: those with the largest counts, and of equal ones those with the smaller keys. */
export function pruneCounts(counted: KeyCounts, maximumEntries: number): KeyCounts {
	if (counted.keys.length <= maximumEntries) return counted;
	const threshold = Int32Array.from(counted.counts).sort()[counted.counts.length - maximumEntries - 1]! + 1;
	// All above the largest count that goes; then as many of that count as still fit.
	let spare = maximumEntries - counted.counts.reduce((sum, count) => sum + (count >= threshold ? 1 : 0), 0);
	const keys = new Float64Array(maximumEntries);
	const counts = new Int32Array(maximumEntries);
	let entry = 0;
	for (let at = 0; at < counted.keys.length; at++) {
		const count = counted.counts[at]!;
		if (count < threshold && (count < threshold - 1 || spare-- <= 0)) continue;
		keys[entry] = counted.keys[at]!;
		counts[entry++] = count;
	}
	return { keys, counts };
}

/** The table of keys context * vocabularySize + token. */
export function contextCounts(counted: KeyCounts, vocabularySize: number): ContextCounts {
	const starts = new Int32Array(vocabularySize + 1);
	const tokens = new Int32Array(counted.keys.length);
	counted.keys.forEach((key, entry) => {
		starts[Math.floor(key / vocabularySize) + 1]!++;
		tokens[entry] = key % vocabularySize;
	});
	accumulate(starts);
	return { starts, tokens, counts: counted.counts };
}

/** The table of keys (first * vocabularySize + second) * vocabularySize + token. */
export function pairCounts(counted: KeyCounts, vocabularySize: number): PairCounts {
	const firsts = new Int32Array(vocabularySize + 1);
	const seconds: number[] = [];
	const starts: number[] = [];
	const tokens = new Int32Array(counted.keys.length);
	let last = -1;
	counted.keys.forEach((key, entry) => {
		const pair = Math.floor(key / vocabularySize);
		tokens[entry] = key - pair * vocabularySize;
		if (pair === last) return;
		last = pair;
		firsts[Math.floor(pair / vocabularySize) + 1]!++;
		seconds.push(pair % vocabularySize);
		starts.push(entry);
	});
	accumulate(firsts);
	starts.push(counted.keys.length);
	return { firsts, seconds: Int32Array.from(seconds), starts: Int32Array.from(starts), tokens, counts: counted.counts };
}

function accumulate(starts: Int32Array): void {
	for (let at = 1; at < starts.length; at++) starts[at]! += starts[at - 1]!;
}

/** The index of the pair in `seconds`, or -1 (binary search). */
export function findPair(pairs: PairCounts, first: number, second: number): number {
	let low = pairs.firsts[first]!;
	let high = pairs.firsts[first + 1]!;
	const end = high;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (pairs.seconds[middle]! < second) low = middle + 1;
		else high = middle;
	}
	return low < end && pairs.seconds[low] === second ? low : -1;
}

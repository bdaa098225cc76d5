/** Where the text of GraphCodeBERT's rows stands in the file: its rows have prose for comments, and code without them. */
import type { FunctionInFile } from "../../data/graph/functions.ts";
import type { Span } from "../../protocol/masks.ts";

/** For each code unit of `source.code` that is no blank, its place in the file; -1 for blanks. */
export function placesOfCode(text: string, { code, chunk }: FunctionInFile): Int32Array {
	const places = new Int32Array(code.length).fill(-1);
	const leftOut = [...chunk.comments, ...chunk.inner].sort((one, other) => one[0] - other[0]);
	let [at, next] = [chunk.start, 0];
	for (let unit = 0; unit < code.length; unit++) {
		if (isBlank(code, unit)) continue;
		// Only comments, what stands within, and blanks were taken out: the next letter that was not is this one.
		while (isBlank(text, at) || at >= (leftOut[next]?.[0] ?? Number.POSITIVE_INFINITY)) {
			const range = leftOut[next];
			if (range === undefined || at < range[0]) at++;
			else {
				at = Math.max(at, range[1]);
				next++;
			}
		}
		places[unit] = at++;
	}
	return places;
}

/** For each code unit of `source.comment`, its place in the file; -1 for blanks and for words that do not stand there. */
export function placesOfComment(text: string, { comment, chunk }: FunctionInFile): Int32Array {
	const places = new Int32Array(comment.length).fill(-1);
	let [range, at] = [0, chunk.comments[0]?.[0] ?? 0];
	for (const { 0: word, index } of comment.matchAll(/\S+/g)) {
		for (let within = range; within < chunk.comments.length; within++) {
			const [start, end] = chunk.comments[within]!;
			const found = text.slice(0, end).indexOf(word, Math.max(at, start));
			if (found < 0) continue;
			for (let unit = 0; unit < word.length; unit++) places[index + unit] = found + unit;
			[range, at] = [within, found + word.length];
			break;
		}
	}
	return places;
}

/**
 * The part of the file where a token of the row's text stands. One of blanks alone stands behind what is before it; what
 * was taken out of the code is in no token.
 */
export function placeOfToken(file: string, places: Int32Array, { start, end }: Span): Span | undefined {
	let first = start;
	while (first < end && places[first]! < 0) first++;
	if (first < end) {
		let last = end - 1;
		while (places[last]! < 0) last--;
		return { start: places[first]!, end: places[last]! + 1 };
	}
	let before = start - 1;
	while (before >= 0 && places[before]! < 0) before--;
	if (before < 0) return undefined;
	const from = places[before]! + 1;
	let to = from;
	while (to < file.length && isBlank(file, to)) to++;
	const own = Math.min(to, from + start - before - 1);
	return { start: own, end: Math.min(to, own + end - start) };
}

function isBlank(text: string, at: number): boolean {
	const code = text.charCodeAt(at);
	return code === 32 || (code >= 9 && code <= 13) || text[at]?.trim() === "";
}

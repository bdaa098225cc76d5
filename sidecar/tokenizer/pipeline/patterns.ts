import { type SplitPattern, splitPatterns } from "../splitPatterns.ts";
import { type JsonObject, quote, refuseFile } from "../tokenizerFile.ts";
import { type ClassRun, readClassRun } from "./classRuns.ts";

/** A pattern of a file, matched in a time that grows with the text alone. */
export interface Pattern {
	/** Gives each match, from left to right, none empty and none over another. */
	matches(text: string, visit: (from: number, to: number) => void): void;
	/** The least number of code units of a match. */
	readonly shortest: number;
}

/**
 * Reads `{"String": ...}` or `{"Regex": ...}`. Of regular expressions it knows the whole patterns of `splitPatterns`,
 * which run as hand-written code, and runs of one character class. A general engine was tried and left out: RE2 in
 * JavaScript (re2js 2.10) ran GPT-2's pattern at 2 MB/s, has no lookahead, and finding all matches takes it a time
 * that grows with the square of the text for patterns such as `[^;]*;|.`.
 */
export function readPattern(owner: JsonObject): Pattern {
	const source = owner.unknown("pattern");
	if (typeof source === "string") return literal(source);
	const fields = owner.object("pattern");
	if (fields.has("String")) return literal(fields.string("String"));
	const pattern = fields.string("Regex");
	const known = splitPatterns.find((candidate) => candidate.pattern === pattern);
	if (known !== undefined) return whole(known);
	const run = readClassRun(pattern);
	if (run !== undefined) return runs(run);
	const characters = /^[^\\^$.*+?()[\]{}|]+$/.test(pattern) ? pattern : undefined;
	if (characters !== undefined) return literal(characters);
	return refuseFile(
		`its pattern ${quote(pattern)} is none of those that Maskwright knows, and it runs no other on your text`,
	);
}

/** A text as it is. */
export function literal(wanted: string): Pattern {
	if (wanted === "") refuseFile("it looks for the empty text");
	return {
		shortest: wanted.length,
		matches(text, visit) {
			for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
				visit(at, at + wanted.length);
			}
		},
	};
}

/** A known pattern, which matches all of a text. */
export function whole({ next }: SplitPattern): Pattern {
	return {
		shortest: 1,
		matches(text, visit) {
			for (let at = 0; at < text.length; ) {
				const end = next(text, at, text.length);
				visit(at, end);
				at = end;
			}
		},
	};
}

/** Runs of one class of characters. */
export function runs({ has, least, most }: ClassRun): Pattern {
	return {
		shortest: least,
		matches(text, visit) {
			let count = 0;
			let from = 0;
			for (let at = 0; at <= text.length; ) {
				const codePoint = at < text.length ? text.codePointAt(at)! : -1;
				const joins = codePoint >= 0 && has(codePoint);
				if (!joins || count === most) {
					if (count >= least) visit(from, at);
					count = 0;
					from = at;
				}
				const width = codePoint > 0xffff ? 2 : 1;
				if (joins) count++;
				else from = at + width;
				at += width;
			}
		},
	};
}

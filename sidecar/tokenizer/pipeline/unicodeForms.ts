import { type AlignedText, AlignedTextWriter } from "./alignedText.ts";

/** The normalization forms of Unicode (UAX 15). */
export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/** Characters that may join with what stands before them when their decompositions begin with one of these. */
const joining = /^[\p{M}\u1160-\u11ff\u{16d63}\u{16d67}]/u;

/**
 * Normalizers sort a run of marks by insertion, so that one of a million marks takes a million times a million steps;
 * UAX 15 (section 13) allows thirty for that reason. A run is cut here, far beyond what any script writes.
 */
const longestCluster = 128;

const beyondAscii = /[^\0-\x7f]/;

/** Brings a text into a form, cluster by cluster, so that each unit of a cluster that changes comes from all of it. */
export function inForm(source: AlignedText, form: UnicodeForm): AlignedText {
	const { text } = source;
	if (!beyondAscii.test(text)) return source;
	const out = new AlignedTextWriter(source);
	let changed = false;
	let kept = 0;
	for (let from = 0; from < text.length; ) {
		const to = clusterEnd(text, from);
		const part = text.slice(from, to);
		const normalized = part.normalize(form);
		if (normalized !== part) {
			out.keep(kept, from);
			out.replace(from, to, normalized);
			kept = to;
			changed = true;
		}
		from = to;
	}
	out.keep(kept, text.length);
	return changed ? out.finish() : source;
}

/** Where the character at `from` ends with all that may join it. */
function clusterEnd(text: string, from: number): number {
	let at = from + widthAt(text, from);
	while (at < text.length && at - from < longestCluster) {
		const codePoint = text.codePointAt(at)!;
		if (codePoint < 0x300 || !joins(codePoint)) break;
		at += codePoint > 0xffff ? 2 : 1;
	}
	return at;
}

const known = new Map<number, boolean>();

function joins(codePoint: number): boolean {
	const found = known.get(codePoint);
	if (found !== undefined) return found;
	const answer = joining.test(String.fromCodePoint(codePoint).normalize("NFKD"));
	known.set(codePoint, answer);
	return answer;
}

function widthAt(text: string, at: number): number {
	return text.codePointAt(at)! > 0xffff ? 2 : 1;
}

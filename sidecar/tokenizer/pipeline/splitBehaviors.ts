import type { AlignedText } from "./alignedText.ts";
import type { Pattern } from "./patterns.ts";

/** A match of a pattern, or the text between two. */
interface Segment {
	readonly from: number;
	readonly to: number;
	readonly matches: boolean;
}

type Join = (segments: readonly Segment[]) => readonly Segment[];

/** What becomes of the matches of a pattern (`SplitDelimiterBehavior` of Hugging Face tokenizers). */
export const splitBehaviors = {
	Removed: (segments) => segments.filter((segment) => !segment.matches),
	Isolated: (segments) => segments,
	Contiguous: (segments) => joined(segments, (segment, before) => segment.matches === before),
	MergedWithPrevious: (segments) => joined(segments, (segment, before) => segment.matches && !before),
	MergedWithNext: (segments) => {
		const backwards = [...segments].reverse();
		return joined(backwards, (segment, before) => segment.matches && !before).reverse();
	},
} as const satisfies Record<string, Join>;

/** How a text is cut: at what, what becomes of it, and whether matches and the text between them change places. */
export interface Cut {
	readonly pattern: Pattern;
	readonly behavior: keyof typeof splitBehaviors;
	readonly inverted: boolean;
}

/** Gives the parts of a text. */
export function splitAt(
	text: AlignedText,
	{ pattern, behavior, inverted }: Cut,
	out: (part: AlignedText) => void,
): void {
	const segments: Segment[] = [];
	let done = 0;
	const pushGap = (to: number): void => {
		if (done < to) segments.push({ from: done, to, matches: inverted });
	};
	pattern.matches(text.text, (from, to) => {
		pushGap(from);
		segments.push({ from, to, matches: !inverted });
		done = to;
	});
	pushGap(text.text.length);
	for (const { from, to } of splitBehaviors[behavior](segments)) out(text.slice(from, to));
}

/** Joins each segment with the one before it, of which `before` says whether it was a match, where `joins` says so. */
function joined(segments: readonly Segment[], joins: (segment: Segment, before: boolean) => boolean): Segment[] {
	const parts: Segment[] = [];
	let before = false;
	for (const segment of segments) {
		const last = parts.at(-1);
		if (last !== undefined && joins(segment, before)) {
			const from = Math.min(last.from, segment.from);
			parts[parts.length - 1] = { from, to: Math.max(last.to, segment.to), matches: false };
		} else parts.push(segment);
		before = segment.matches;
	}
	return parts;
}

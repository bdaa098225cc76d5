/** What a text tells of one of its words, seen from a mask. */
export interface NameUse {
	/** Occurrences in the text. */
	count: number;
	/** Occurrences within `nearReach` lexemes of the mask. */
	near: number;
	/** Lexemes to the nearest occurrence, from 1. */
	distance: number;
	/** Occurrences after the same lexeme as the mask, before the same one, between the same two, after the same two. */
	samePrevious: number;
	sameNext: number;
	sameBoth: number;
	samePreviousTwo: number;
	/** Whether a line that encloses the mask, or stands earlier in a block that does, has it: judged by indentation. */
	inScope: boolean;
}

/** Lexemes to either side that count as near: about what a window of 128 tokens shows. */
const nearReach = 48;

/** Text looked at to either side of the mask: some thousand lines. */
const reach = 60_000;

/** Words, numbers, ends of lines, and every other visible character for itself. */
const lexeme = /[\p{L}_][\p{L}\p{M}\p{N}_]*|\p{N}[\p{L}\p{M}\p{N}_]*|\n|[^\s\p{L}\p{N}_]/gu;
const word = /^[\p{L}_]/u;

/** Stands for other masks of the text. */
export const otherMask = "\uFFFC";

/** The words of a text around a mask, by how they are used there. */
export function documentNames(before: string, after: string): Map<string, NameUse> {
	const left = before.slice(-reach).match(lexeme) ?? [];
	const right = after.slice(0, reach).match(lexeme) ?? [];
	const visible = visibleLexemes(before.slice(-reach), left);
	const around = { previous: left.at(-1), previousTwo: left.at(-2), next: right[0] };
	const names = new Map<string, NameUse>();
	const visit = (lexemes: readonly string[], at: number, distance: number): void => {
		const text = lexemes[at]!;
		if (!word.test(text)) return;
		let use = names.get(text);
		if (use === undefined) {
			use = unused(distance);
			names.set(text, use);
		}
		use.count++;
		use.distance = Math.min(use.distance, distance);
		if (distance <= nearReach) use.near++;
		const previous = at > 0 && lexemes[at - 1] === around.previous;
		const next = at + 1 < lexemes.length && lexemes[at + 1] === around.next;
		if (previous) use.samePrevious++;
		if (next) use.sameNext++;
		if (previous && next) use.sameBoth++;
		if (previous && at > 1 && lexemes[at - 2] === around.previousTwo) use.samePreviousTwo++;
	};
	for (let at = 0; at < left.length; at++) {
		visit(left, at, left.length - at);
		const use = names.get(left[at]!);
		if (use !== undefined && visible[at]) use.inScope = true;
	}
	for (let at = 0; at < right.length; at++) visit(right, at, at + 1);
	return names;
}

function unused(distance: number): NameUse {
	return {
		count: 0,
		near: 0,
		distance,
		samePrevious: 0,
		sameNext: 0,
		sameBoth: 0,
		samePreviousTwo: 0,
		inScope: false,
	};
}

/**
 * Which lexemes of the text before a mask stand on a line that is indented no deeper than any line between it and
 * the mask: the mask's own line, earlier lines of its block, and the heads of the blocks around it.
 */
function visibleLexemes(text: string, lexemes: readonly string[]): boolean[] {
	const lines = text.split("\n");
	const visibleLines = new Array<boolean>(lines.length).fill(false);
	let depth = Number.POSITIVE_INFINITY;
	for (let line = lines.length - 1; line >= 0; line--) {
		const indent = lines[line]!.search(/\S/);
		// The mask's own line counts even when nothing stands before the mask.
		if (indent < 0 && line < lines.length - 1) continue;
		const own = indent < 0 ? lines[line]!.length : indent;
		visibleLines[line] = own <= depth;
		depth = Math.min(depth, own);
	}
	let line = 0;
	return lexemes.map((found) => {
		if (found === "\n") line++;
		return visibleLines[line]!;
	});
}

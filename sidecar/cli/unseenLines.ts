import { createRandom, shuffle } from "../base/random.ts";
import type { Document } from "../data/document.ts";
import { isKeyword } from "../data/keywords.ts";

/** A line of a held-out file with one name masked. */
export interface UnseenLine {
	readonly path: string;
	/** Counted from 1. */
	readonly line: number;
	/** The line with `[MASK]` in place of the name. */
	readonly masked: string;
	/** What stood under the mask. */
	readonly truth: string;
	/** The masked line with the lines around it. */
	readonly text: string;
}

/** Lines of the same file shown to the model before and after: what fits a short context. */
const around = { before: 8, after: 4 };

/**
 * Draws lines that no training file has, from as many held-out files, each with one name of at least four
 * characters masked. Which files, lines and names is decided by the seed alone, not by what a model can do.
 */
export function unseenLines(
	train: readonly Document[],
	heldOut: readonly Document[],
	{ count, seed }: { count: number; seed: number },
): UnseenLine[] {
	const seen = new Set(train.flatMap(({ text }) => text.split(/\r?\n/).map((line) => line.trim())));
	const random = createRandom(seed);
	const found: UnseenLine[] = [];
	for (const document of shuffle([...heldOut], random)) {
		if (found.length === count) break;
		const lines = document.text.split(/\r?\n/);
		const numbers = [...lines.keys()].filter((number) => isFit(lines[number] as string, seen));
		if (numbers.length === 0) continue;
		const number = numbers[random.below(numbers.length)] as number;
		const names = namesIn(lines[number] as string);
		const name = names[random.below(names.length)] as RegExpExecArray;
		found.push(maskName(document.path, lines, { number, name }));
	}
	return found;
}

/** Code of one line that says something: no comment, no prose, not seen in training, no mask of its own. */
function isFit(line: string, seen: ReadonlySet<string>): boolean {
	const code = line.trim();
	if (code.length < 24 || code.length > 100 || seen.has(code) || code.includes("[MASK]")) return false;
	return /[=(){}:;]/.test(code) && !/^(\/\/|\/?\*|#|--|"|'|`)/.test(code) && namesIn(line).length > 0;
}

function namesIn(line: string): RegExpExecArray[] {
	return [...line.matchAll(/(?<![\w$])[A-Za-z_$][\w$]{3,}/g)].filter(([name]) => !isKeyword(name));
}

function maskName(
	path: string,
	lines: readonly string[],
	{ number, name }: { number: number; name: RegExpExecArray },
): UnseenLine {
	const line = lines[number] as string;
	const truth = name[0];
	const masked = `${line.slice(0, name.index)}[MASK]${line.slice(name.index + truth.length)}`;
	const before = lines.slice(Math.max(0, number - around.before), number);
	const after = lines.slice(number + 1, number + 1 + around.after);
	// The mask must be the only one.
	const context = [before, after].map((part) => part.map((each) => each.replaceAll("[MASK]", "MASK")));
	const text = [...(context[0] as string[]), masked, ...(context[1] as string[])].join("\n");
	return { path, line: number + 1, masked: masked.trim(), truth, text };
}

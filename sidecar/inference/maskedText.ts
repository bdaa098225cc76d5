import { MaskwrightError } from "../base/errors.ts";

/** A mask in a text: the UTF-16 code units [start, end) of it. */
export interface Mask {
	readonly start: number;
	readonly end: number;
	/** How many pieces it stands for; undefined when the fill may have any length. */
	readonly pieces: number | undefined;
}

/** The most pieces that one `[MASK*n]` may ask for: a long line of code. */
export const maximumMaskPieces = 32;

/**
 * The masks of a text in order: `[MASK]`, `[MASK*n]`, and the same with the tokenizer's own mask token (`<mask>`,
 * `<mask*n>`). Positions are those of the text as given. Throws `noMask` when there is none and `usage` for an n
 * that is not from 1 to 32.
 */
export function findMasks(text: string, maskToken: string): Mask[] {
	const forms = [...new Set([written, maskToken])];
	const pattern = new RegExp(forms.map(formPattern).join("|"), "g");
	const masks: Mask[] = [];
	for (const match of text.matchAll(pattern)) {
		const count = match.slice(1).find((group) => group !== undefined);
		const pieces = count === undefined ? undefined : requirePieces(count, match[0]);
		masks.push({ start: match.index, end: match.index + match[0].length, pieces });
	}
	if (masks.length > 0) return masks;
	const own = maskToken === written ? "" : `, or the model's own ${maskToken},`;
	throw new MaskwrightError(
		"noMask",
		`The text has no mask to fill. Write [MASK]${own} where a name is wanted, or [MASK*3] for exactly three pieces.`,
	);
}

const written = "[MASK]";

/** `[MASK]` also matches `[MASK*n]`: the count stands before the token's last character. */
function formPattern(token: string): string {
	const literal = (part: string): string => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	return `${literal(token.slice(0, -1))}(?:\\*(\\d+))?${literal(token.slice(-1))}`;
}

function requirePieces(count: string, mask: string): number {
	const pieces = Number(count);
	if (pieces >= 1 && pieces <= maximumMaskPieces) return pieces;
	throw new MaskwrightError(
		"usage",
		`${mask} asks for ${count} pieces. Write a number from 1 to ${maximumMaskPieces}.`,
	);
}

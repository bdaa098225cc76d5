import { MaskwrightError } from "../base/errors.ts";

/** The UTF-16 code units [start, end) of a text. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** A mask in a text. */
export interface Mask extends Span {
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
	const masks: Mask[] = [];
	for (const mask of writtenMasks(text, maskToken)) {
		if (!isSound(mask)) {
			throw new MaskwrightError(
				"usage",
				`${text.slice(mask.start, mask.end)} asks for ${mask.pieces} pieces. Write a number from 1 to ${maximumMaskPieces}.`,
			);
		}
		masks.push(mask);
	}
	if (masks.length > 0) return masks;
	const own = maskToken === written ? "" : `, or the model's own ${maskToken},`;
	throw new MaskwrightError(
		"noMask",
		`The text has no mask to fill. Write [MASK]${own} where a name is wanted, or [MASK*3] for exactly three pieces.`,
	);
}

/** The masks of a text that can be filled, none perhaps: one with a bad number is text like any other. */
export function soundMasks(text: string, maskToken: string): Mask[] {
	return [...writtenMasks(text, maskToken)].filter(isSound);
}

/** The sound mask at whose start or end, or in which, `offset` is; of two, the one that ends there. */
export function touchedMask(text: string, offset: number, maskToken: string): Mask | undefined {
	const from = Math.max(0, offset - longestMask);
	const masks = soundMasks(text.slice(from, offset + longestMask), maskToken);
	const found = masks.find(({ start, end }) => from + start <= offset && offset <= from + end);
	return found === undefined ? undefined : { ...found, start: from + found.start, end: from + found.end };
}

/** No mask is longer, in UTF-16 code units. */
const longestMask = 64;

const written = "[MASK]";

/** `[MASK]` also matches `[MASK*n]`: the count stands before the token's last character. */
function formPattern(token: string): string {
	const literal = (part: string): string => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	return `${literal(token.slice(0, -1))}(?:\\*(\\d+))?${literal(token.slice(-1))}`;
}

function* writtenMasks(text: string, maskToken: string): Generator<Mask> {
	const forms = [...new Set([written, maskToken])];
	for (const match of text.matchAll(new RegExp(forms.map(formPattern).join("|"), "g"))) {
		const count = match.slice(1).find((group) => group !== undefined);
		const pieces = count === undefined ? undefined : Number(count);
		yield { start: match.index, end: match.index + match[0].length, pieces };
	}
}

function isSound({ pieces }: Mask): boolean {
	return pieces === undefined || (pieces >= 1 && pieces <= maximumMaskPieces);
}

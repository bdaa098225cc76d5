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

/** The mask that every model understands; one of another token takes that as well. */
export const plainMask = "[MASK]";

/** The mask token of the models that Maskwright trains. */
export const ownMask = "<mask>";

/**
 * Whatever is written as a mask, in order: `[MASK]`, `[MASK*n]` with any n, and the same with the tokenizer's own
 * mask token (`<mask>`, `<mask*n>`).
 */
export function* writtenMasks(text: string, maskToken: string): Generator<Mask> {
	const forms = [...new Set([plainMask, maskToken])];
	for (const match of text.matchAll(new RegExp(forms.map(formPattern).join("|"), "g"))) {
		const count = match.slice(1).find((group) => group !== undefined);
		const pieces = count === undefined ? undefined : Number(count);
		yield { start: match.index, end: match.index + match[0].length, pieces };
	}
}

/** Whether a mask asks for a number of pieces that can be filled. */
export function isSound({ pieces }: Mask): boolean {
	return pieces === undefined || (pieces >= 1 && pieces <= maximumMaskPieces);
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

/** `[MASK]` also matches `[MASK*n]`: the count stands before the token's last character. */
function formPattern(token: string): string {
	const literal = (part: string): string => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	return `${literal(token.slice(0, -1))}(?:\\*(\\d+))?${literal(token.slice(-1))}`;
}

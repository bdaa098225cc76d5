import { MaskwrightError } from "../base/errors.ts";
import { isSound, type Mask, maximumMaskPieces, plainMask, writtenMasks } from "../protocol/masks.ts";

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
	const own = maskToken === plainMask ? "" : `, or the model's own ${maskToken},`;
	throw new MaskwrightError(
		"noMask",
		`The text has no mask to fill. Write [MASK]${own} where a name is wanted, or [MASK*3] for exactly three pieces.`,
	);
}

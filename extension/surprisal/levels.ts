/**
 * How surprised a model is by a token, in steps that the eye tells apart. A token of `bits` has a probability of
 * 2^-bits: below two bits it is the likeliest or nearly so, and ten bits are one in a thousand.
 */
export const levelBits = [2, 4, 7, 10] as const;

/** The number of levels: level 0 holds what is expected, and is not coloured. */
export const levelCount = levelBits.length + 1;

export function levelOf(bits: number): number {
	return levelBits.filter((least) => bits >= least).length;
}

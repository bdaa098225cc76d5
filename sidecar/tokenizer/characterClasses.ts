/** Bits that `classOf` gives for a code point; a character may have several, an unlisted one has none. */
export const characterBits = { letter: 1, mark: 2, number: 4, whiteSpace: 8, lineBreak: 16, underscore: 32 } as const;

/** The line breaks of Unicode (UAX 14, classes BK, CR, LF, NL) in the spelling that a regex class takes. */
export const lineBreaks = "\\n\\u000B\\f\\r\\u0085\\u2028\\u2029";

const classes: readonly (readonly [RegExp, number])[] = [
	[/\p{L}/u, characterBits.letter],
	[/\p{M}/u, characterBits.mark],
	[/\p{N}/u, characterBits.number],
	[/\p{White_Space}/u, characterBits.whiteSpace],
	[/[\n\v\f\r\u0085\u2028\u2029]/u, characterBits.lineBreak],
	[/_/u, characterBits.underscore],
];

const table = new Uint8Array(0x110000);
const filled = new Uint8Array(0x1100);

/** The bits of a code point, lone surrogates included. The table behind it is filled by blocks as they are met. */
export function classOf(codePoint: number): number {
	if (filled[codePoint >> 8] === 0) fillBlock(codePoint >> 8);
	return table[codePoint]!;
}

function fillBlock(block: number): void {
	for (let codePoint = block << 8; codePoint < (block + 1) << 8; codePoint++) {
		const character = String.fromCodePoint(codePoint);
		let bits = 0;
		for (const [pattern, bit] of classes) if (pattern.test(character)) bits |= bit;
		table[codePoint] = bits;
	}
	filled[block] = 1;
}

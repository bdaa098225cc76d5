/**
 * WTF-8: UTF-8 that also spells a lone surrogate, as the three bytes its code point would have
 * (https://simonsapin.github.io/wtf-8/), so that every JavaScript string has bytes and comes back from them.
 */

/** The number of bytes of a code point. */
export function byteLength(codePoint: number): number {
	if (codePoint < 0x80) return 1;
	if (codePoint < 0x800) return 2;
	return codePoint < 0x10000 ? 3 : 4;
}

/** Byte number `index` of a code point that has `length` bytes. */
export function byteAt(codePoint: number, index: number, length: number): number {
	if (length === 1) return codePoint;
	const bits = codePoint >>> (6 * (length - 1 - index));
	if (index > 0) return 0x80 | (bits & 0x3f);
	return (length === 2 ? 0xc0 : length === 3 ? 0xe0 : 0xf0) | bits;
}

/** The bytes of a text. */
export function encodeWtf8(text: string): Uint8Array {
	const bytes: number[] = [];
	for (const character of text) {
		const codePoint = character.codePointAt(0)!;
		const length = byteLength(codePoint);
		for (let index = 0; index < length; index++) bytes.push(byteAt(codePoint, index, length));
	}
	return Uint8Array.from(bytes);
}

/** The text of some bytes; each maximal part that is no character reads as U+FFFD, as the Encoding Standard has it. */
export function decodeWtf8(bytes: Uint8Array): string {
	const chunk = 8192;
	const units: number[] = [];
	let text = "";
	let at = 0;
	while (at < bytes.length) {
		const first = bytes[at]!;
		const length = first < 0x80 ? 1 : sequenceLength(bytes, at);
		if (length < 0) {
			units.push(0xfffd);
			at -= length;
		} else {
			pushCodePoint(units, codePointOf(bytes, at, length));
			at += length;
		}
		if (units.length >= chunk) text += String.fromCharCode(...units.splice(0));
	}
	return text + String.fromCharCode(...units);
}

function pushCodePoint(units: number[], codePoint: number): void {
	if (codePoint < 0x10000) units.push(codePoint);
	else units.push(0xd800 + ((codePoint - 0x10000) >> 10), 0xdc00 + (codePoint & 0x3ff));
}

function codePointOf(bytes: Uint8Array, at: number, length: number): number {
	const first = bytes[at]!;
	let codePoint = length === 1 ? first : first & (0x7f >> length);
	for (let index = 1; index < length; index++) codePoint = (codePoint << 6) | (bytes[at + index]! & 0x3f);
	return codePoint;
}

/** The length of the character at `at`, or minus the length of the maximal part that begins one and breaks off. */
function sequenceLength(bytes: Uint8Array, at: number): number {
	const first = bytes[at]!;
	if (first < 0xc2 || first > 0xf4) return -1;
	const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	// The second byte of E0, F0 and F4 is narrower: no overlong forms, nothing past U+10FFFF.
	let lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
	let highest = first === 0xf4 ? 0x8f : 0xbf;
	for (let index = 1; index < length; index++) {
		const byte = bytes[at + index] ?? 0;
		if (byte < lowest || byte > highest) return -index;
		lowest = 0x80;
		highest = 0xbf;
	}
	return length;
}

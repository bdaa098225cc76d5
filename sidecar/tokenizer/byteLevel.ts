import { encodeWtf8 } from "./wtf8.ts";

/**
 * The byte alphabet of GPT-2 (`bytes_to_unicode` of openai/gpt-2 `src/encoder.py`): each byte is spelled by one
 * visible character, itself where it is printable Latin-1 and the next free one from U+0100 on otherwise.
 */
export const byteCharacters: readonly string[] = makeByteCharacters();

const byteOfCharacter = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** The bytes in the order of their characters, which is the order that they take in a trained vocabulary. */
export const bytesByCharacter: readonly number[] = byteCharacters
	.map((_, byte) => byte)
	.sort((a, b) => byteCharacters[a]!.charCodeAt(0) - byteCharacters[b]!.charCodeAt(0));

/** The bytes that a token stands for; a token with a character outside the alphabet stands for its own UTF-8. */
export function tokenBytes(token: string): Uint8Array {
	const bytes = new Uint8Array(token.length);
	for (let index = 0; index < token.length; index++) {
		const byte = byteOfCharacter.get(token[index]!);
		if (byte === undefined) return encodeWtf8(token);
		bytes[index] = byte;
	}
	return bytes;
}

function makeByteCharacters(): string[] {
	let next = 0x100;
	return Array.from({ length: 256 }, (_, byte) => {
		const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
		return String.fromCharCode(printable ? byte : next++);
	});
}

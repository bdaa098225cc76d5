import { refuseFile } from "../tokenizerFile.ts";
import { decodeWtf8, encodeWtf8 } from "../wtf8.ts";
import { type AlignedText, AlignedTextWriter } from "./alignedText.ts";

/** The longest text that SentencePiece's own maps put for a character has 33 bytes (U+FDFA under NFKC). */
const longestReplacement = 128;
const longestGrapheme = 6; // bytes; longer ones are looked up character by character
const rememberedGraphemes = 1 << 16;

/**
 * The character map of a SentencePiece model (`precompiled_charsmap`): a double-array trie of Darts-clone from UTF-8
 * to places in a list of replacements, each ended by a zero byte. Looked up as `Precompiled` of Hugging Face
 * tokenizers does: grapheme by grapheme, and by the shortest key that a grapheme begins with.
 */
export class Charsmap {
	readonly #units: Uint32Array;
	readonly #replacements: Uint8Array;
	readonly #known = new Map<string, string | null>();
	/** How many times as long a text can become. */
	readonly growth: number;

	/** Throws `tokenizerInvalid` when `bytes` is no such map. */
	constructor(bytes: Uint8Array) {
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const size = bytes.length < 4 ? 0 : view.getUint32(0, true);
		if (size === 0 || size % 4 !== 0 || size > bytes.length - 4) refuseFile("its character map is cut short");
		this.#units = Uint32Array.from({ length: size / 4 }, (_, index) => view.getUint32(4 + 4 * index, true));
		this.#replacements = bytes.subarray(4 + size);
		this.growth = longestRun(this.#replacements);
		if (this.growth > longestReplacement || this.#replacements.at(-1) !== 0) {
			refuseFile("its character map puts whole texts for characters, or is cut short");
		}
	}

	apply(source: AlignedText): AlignedText {
		const { text } = source;
		const out = new AlignedTextWriter(source);
		let changed = false;
		let kept = 0;
		const put = (from: number, to: number, replacement: string | null): void => {
			if (replacement === null || replacement === text.slice(from, to)) return;
			out.keep(kept, from);
			out.replace(from, to, replacement);
			kept = to;
			changed = true;
		};
		for (const [from, to] of graphemes(text)) {
			const whole = this.#find(text.slice(from, to));
			if (whole !== null) {
				put(from, to, whole);
				continue;
			}
			for (let at = from; to - from > 1 && at < to; ) {
				const end = at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
				put(at, end, this.#find(text.slice(at, end)));
				at = end;
			}
		}
		out.keep(kept, text.length);
		return changed ? out.finish() : source;
	}

	#find(grapheme: string): string | null {
		const found = this.#known.get(grapheme);
		if (found !== undefined) return found;
		const bytes = grapheme.length < longestGrapheme ? encodeWtf8(grapheme) : undefined;
		const replacement = bytes === undefined || bytes.length >= longestGrapheme ? null : this.#lookUp(bytes);
		if (this.#known.size >= rememberedGraphemes) this.#known.clear();
		if (grapheme.length < longestGrapheme) this.#known.set(grapheme, replacement);
		return replacement;
	}

	/** Walks the trie; a unit beyond its end, as a false map may name, is no match. */
	#lookUp(key: Uint8Array): string | null {
		const units = this.#units;
		let at = offsetOf(units[0]!);
		for (const byte of key) {
			if (byte === 0) return null;
			at ^= byte;
			const unit = units[at];
			// The label is the lowest byte, with the highest bit that marks a value.
			if (unit === undefined || (unit & 0x800000ff) !== byte) return null;
			at ^= offsetOf(unit);
			if ((unit & 0x100) === 0) continue;
			const place = units[at];
			return place === undefined ? null : this.#replacementAt(place & 0x7fffffff);
		}
		return null;
	}

	#replacementAt(place: number): string | null {
		if (place >= this.#replacements.length) return null;
		return decodeWtf8(this.#replacements.subarray(place, this.#replacements.indexOf(0, place)));
	}
}

/** Bits 10 to 30 of a unit; bit 9 says that they count 256 units. */
function offsetOf(unit: number): number {
	return ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
}

function longestRun(bytes: Uint8Array): number {
	let longest = 0;
	let from = 0;
	for (let at = 0; at < bytes.length; at++) {
		if (bytes[at] !== 0) continue;
		longest = Math.max(longest, at - from);
		from = at + 1;
	}
	return Math.max(longest, bytes.length - from, 1);
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The graphemes of a text as start and end; an ASCII character before another is one, but for CR LF. */
function* graphemes(text: string): Generator<[number, number]> {
	const ascii = (at: number): boolean => at >= text.length || text.charCodeAt(at) < 0x80;
	for (let from = 0; from < text.length; ) {
		if (ascii(from) && ascii(from + 1)) {
			const to = text.startsWith("\r\n", from) ? from + 2 : from + 1;
			yield [from, to];
			from = to;
			continue;
		}
		let to = from + 1;
		while (!(ascii(to) && ascii(to + 1))) to++;
		if (!text.startsWith("\r\n", to)) to = Math.min(to + 1, text.length);
		for (const { index, segment } of segmenter.segment(text.slice(from, to))) {
			yield [from + index, from + index + segment.length];
		}
		from = to;
	}
}

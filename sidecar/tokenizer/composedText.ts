/** A text in Unicode's composed form (NFC), and the code units of the original that each of its units came from. */
export interface ComposedText {
	readonly text: string;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
}

/** A character with all that may combine with it: marks, Hangul vowels and finals, Kirat Rai vowels. */
const cluster = /[\s\S][\p{M}\u1160-\u11ff\u{16d63}\u{16d67}]*/gu;

/** Composes a text; undefined when it is composed already. Units of a cluster that changes come from all of it. */
export function composeText(original: string): ComposedText | undefined {
	const text = original.normalize("NFC");
	if (text === original) return undefined;
	const starts = new Int32Array(text.length);
	const ends = new Int32Array(text.length);
	let to = 0;
	for (const { 0: part, index: from } of original.matchAll(cluster)) {
		const composed = part.normalize("NFC");
		const same = composed === part;
		for (let unit = 0; unit < composed.length; unit++, to++) {
			starts[to] = same ? from + unit : from;
			ends[to] = same ? from + unit + 1 : from + part.length;
		}
	}
	return { text, starts, ends };
}

import { quote, refuseFile } from "../tokenizerFile.ts";

/** A run of between `least` and `most` characters of one class, as long as it can be. */
export interface ClassRun {
	readonly has: (codePoint: number) => boolean;
	readonly least: number;
	readonly most: number;
}

type Test = (codePoint: number) => boolean;

/** General categories and the binary properties that tokenizers name; no script or user-defined name reaches RegExp. */
const property = /^(?:[LMNPSZC]|L[ultmo]|M[nce]|N[dlo]|P[cdseifo]|S[mcko]|Z[slp]|C[cfson]|White_Space|Alphabetic)$/;
const longestPattern = 256;

/**
 * Reads a regular expression that is one character, escape or class with a quantifier, such as ` {2,}`, `\p{N}` or
 * `[^\s\p{L}]+`; undefined for any other. What a file says here never becomes a regular expression that looks at more
 * than one character, so that no engine can go back.
 */
export function readClassRun(pattern: string): ClassRun | undefined {
	if (pattern.length > longestPattern) return undefined;
	const reader = new PatternReader(pattern);
	const has = reader.atom();
	const quantifier = has === undefined ? undefined : reader.quantifier();
	if (has === undefined || quantifier === undefined || !reader.done) return undefined;
	if (quantifier.least === 0) refuseFile(`its pattern ${quote(pattern)} matches the empty text`);
	return { has: remembered(has), ...quantifier };
}

/** A class asked once for each of the characters that are met often. */
function remembered(has: Test): Test {
	const answers = new Uint8Array(0x10000); // 0 unknown, 1 no, 2 yes
	return (codePoint) => {
		if (codePoint > 0xffff) return has(codePoint);
		if (answers[codePoint] === 0) answers[codePoint] = has(codePoint) ? 2 : 1;
		return answers[codePoint] === 2;
	};
}

class PatternReader {
	readonly #pattern: string;
	#at = 0;

	constructor(pattern: string) {
		this.#pattern = pattern;
	}

	get done(): boolean {
		return this.#at === this.#pattern.length;
	}

	/** One character, escape or class; undefined when something else stands here. */
	atom(): Test | undefined {
		if (this.#take("[")) return this.#characterClass();
		if (this.done || "()|*+?{}^$.]".includes(this.#pattern[this.#at]!)) return undefined;
		return this.#member();
	}

	quantifier(): { least: number; most: number } | undefined {
		if (this.done) return { least: 1, most: 1 };
		if (this.#take("+")) return { least: 1, most: Number.POSITIVE_INFINITY };
		if (this.#take("*")) return { least: 0, most: Number.POSITIVE_INFINITY };
		const counts = /^\{(\d{1,4})(,(\d{1,4})?)?\}$/.exec(this.#pattern.slice(this.#at));
		if (counts === null) return undefined;
		this.#at = this.#pattern.length;
		const least = Number(counts[1]);
		const most =
			counts[2] === undefined ? least : counts[3] === undefined ? Number.POSITIVE_INFINITY : Number(counts[3]);
		return most < least ? undefined : { least, most };
	}

	#characterClass(): Test | undefined {
		const negated = this.#take("^");
		const members: Test[] = [];
		while (!this.#take("]")) {
			if (this.done || "[&".includes(this.#pattern[this.#at]!)) return undefined;
			const member = this.#rangeOrMember();
			if (member === undefined) return undefined;
			members.push(member);
		}
		return members.length === 0 ? undefined : (codePoint) => members.some((has) => has(codePoint)) !== negated;
	}

	#rangeOrMember(): Test | undefined {
		const first = this.#literal();
		if (first === undefined) return this.#member();
		const next = this.#pattern[this.#at + 1];
		if (this.#pattern[this.#at] !== "-" || next === undefined || next === "]")
			return (codePoint) => codePoint === first;
		this.#at++;
		const last = this.#literal();
		if (last === undefined || last < first) return undefined;
		return (codePoint) => codePoint >= first && codePoint <= last;
	}

	/** A literal character or an escaped class. */
	#member(): Test | undefined {
		const literal = this.#literal();
		if (literal !== undefined) return (codePoint) => codePoint === literal;
		const escaped = /^\\(?:([sSdDwW])|([pP])\{([A-Za-z_]+)\})/.exec(this.#pattern.slice(this.#at, this.#at + 20));
		if (escaped === null) return undefined;
		const [whole, shorthand, kind, name] = escaped;
		if (name !== undefined && !property.test(name)) return undefined;
		this.#at += whole.length;
		return characterTest(shorthand ?? `${kind}{${name}}`);
	}

	/** The code point of a plain or escaped character. */
	#literal(): number | undefined {
		const codePoint = this.#pattern.codePointAt(this.#at);
		if (codePoint === undefined) return undefined;
		if (codePoint !== 0x5c) {
			this.#at += codePoint > 0xffff ? 2 : 1;
			return codePoint;
		}
		const escaped = /^\\(?:([nrtfv])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([^0-9A-Za-z]))/u.exec(
			this.#pattern.slice(this.#at, this.#at + 6),
		);
		if (escaped === null) return undefined;
		this.#at += escaped[0].length;
		if (escaped[1] !== undefined) return { n: 10, r: 13, t: 9, f: 12, v: 11 }[escaped[1] as "n"];
		const digits = escaped[2] ?? escaped[3];
		return digits === undefined ? escaped[4]!.codePointAt(0) : Number.parseInt(digits, 16);
	}

	#take(character: string): boolean {
		if (this.#pattern[this.#at] !== character) return false;
		this.#at++;
		return true;
	}
}

/** The shorthands as Oniguruma, which the library uses, has them for Unicode. */
const shorthands: Readonly<Record<string, string>> = {
	s: "\\p{White_Space}",
	S: "\\P{White_Space}",
	d: "\\p{Nd}",
	D: "\\P{Nd}",
	w: "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]",
	W: "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]",
};

function characterTest(name: string): Test {
	const pattern = new RegExp(shorthands[name] ?? `\\${name}`, "u");
	return (codePoint) => pattern.test(String.fromCodePoint(codePoint));
}

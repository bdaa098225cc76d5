/** What words of English prose can be: a run of proper nouns is the name of something. */
export const proseClasses = ["namedEntity", "noun", "verb"] as const;

export type ProseClass = (typeof proseClasses)[number];

/** In UTF-16 code units. */
export interface ProseSpan {
	readonly start: number;
	readonly end: number;
	readonly spanClass: ProseClass;
}

/** Tags of Universal Dependencies; auxiliaries are no verbs of their own. */
const classByTag: Readonly<Record<string, ProseClass>> = { PROPN: "namedEntity", NOUN: "noun", VERB: "verb" };

/**
 * The names, nouns and verbs of an English text, ascending and not overlapping, by the tagger of winkNLP (its light
 * model: some 95% of tags right on news text). The tagger is read from the disk at the first call. Never throws; linear.
 */
export async function proseSpans(text: string): Promise<ProseSpan[]> {
	tagger ??= loadTagger();
	const tag = await tagger;
	const spans: ProseSpan[] = [];
	for (const [start, end] of pieces(text)) {
		let at = start;
		for (const [word, partOfSpeech] of tag(text.slice(start, end))) {
			const found = text.slice(at, at + furthest + word.length).indexOf(word);
			if (found < 0) continue; // the tagger wrote it in another way
			const place = at + found;
			at = place + word.length;
			const spanClass = classByTag[partOfSpeech];
			if (spanClass === undefined || !/\p{L}/u.test(word)) continue;
			const last = spans.at(-1);
			const goesOn =
				spanClass === "namedEntity" && last?.spanClass === spanClass && text.slice(last.end, place) === " ";
			if (goesOn) spans[spans.length - 1] = { ...last, end: at };
			else spans.push({ start: place, end: at, spanClass });
		}
	}
	return spans;
}

/** White space before a word that is looked over, in UTF-16 code units. */
const furthest = 256;

/** A longer text is read in parts, of whole lines where they are shorter than that. */
const longestPiece = 8000;

function* pieces(text: string): Iterable<[start: number, end: number]> {
	for (let start = 0; start < text.length; ) {
		const limit = start + longestPiece;
		const line = limit >= text.length ? text.length : text.lastIndexOf("\n", limit) + 1;
		const end = line > start ? line : Math.min(limit, text.length);
		yield [start, end];
		start = end;
	}
}

type Tag = (text: string) => (readonly [word: string, partOfSpeech: string])[];

let tagger: Promise<Tag> | undefined;

async function loadTagger(): Promise<Tag> {
	const [{ default: winkNLP }, { default: model }] = await Promise.all([
		import("wink-nlp"),
		import("wink-eng-lite-web-model"),
	]);
	const nlp = winkNLP(model, ["sbd", "pos"]);
	return (text) => {
		const tokens = nlp.readDoc(text).tokens();
		const tags = tokens.out(nlp.its.pos) as unknown as string[];
		return tokens.out().map((word, index) => [word, tags[index] ?? ""] as const);
	};
}

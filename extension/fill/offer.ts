/** A text position inside a document's line: both counted from 0, `character` in UTF-16 code units. */
export interface Place {
	readonly line: number;
	readonly character: number;
}

/** The fills that stand behind one mask, with the text that they were made for. */
export interface Offer {
	/** The document's URI. */
	readonly uri: string;
	/** The whole document at the time. */
	readonly text: string;
	/** The mask as written, such as `[MASK*3]`, and where it stands. */
	readonly mask: string;
	readonly start: number;
	readonly place: Place;
	/** Best first. */
	readonly fills: readonly string[];
}

/**
 * What was typed behind the mask since the offer was made, with the caret at `offset` of `text`: empty while the
 * caret is at the mask, undefined when anything else has changed, for then the fills are of another text.
 */
export function typedBehind(offer: Offer, text: string, offset: number): string | undefined {
	const end = offer.start + offer.mask.length;
	if (offset <= end) return offset >= offer.start && text === offer.text ? "" : undefined;
	const typed = text.slice(end, offset);
	if (typed.includes("\n") || text.length !== offer.text.length + typed.length) return undefined;
	const unchanged = text.startsWith(offer.text.slice(0, end)) && text.endsWith(offer.text.slice(end));
	return unchanged ? typed : undefined;
}

/** The fills that go on from what was typed. */
export function fillsAfter(offer: Offer, typed: string): string[] {
	return offer.fills.filter((fill) => fill !== typed && fill.startsWith(typed));
}

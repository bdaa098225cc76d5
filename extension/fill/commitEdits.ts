import type { Span } from "../../sidecar/protocol/masks.ts";

/** An accepted fill: VS Code has put it behind the mask, and the mask is to go. */
export interface AcceptedFill {
	/** As written, such as `[MASK]`. */
	readonly mask: string;
	readonly fill: string;
	/** Where the mask stood when it was offered. */
	readonly start: number;
}

/** How many characters a user may have typed behind the fill before the mask is gone. */
const longestBurst = 16;

/**
 * The masks to delete, in order and without repetition: the one of the offer, and with several carets the one before
 * each. Only a mask with the fill right behind it is taken, so nothing else can be lost.
 */
export function masksToDelete(text: string, accepted: AcceptedFill, carets: readonly number[]): Span[] {
	const { mask, start } = accepted;
	// VS Code writes a line break as the document does.
	const filled = mask + accepted.fill.replaceAll(/\r?\n/g, text.includes("\r\n") ? "\r\n" : "\n");
	const found = new Set<number>();
	if (text.startsWith(filled, start)) found.add(start);
	for (const caret of carets) {
		const at = caret < filled.length ? -1 : text.lastIndexOf(filled, caret - filled.length);
		if (at >= 0 && caret - filled.length - at <= longestBurst) found.add(at);
	}
	return [...found].sort((a, b) => a - b).map((at) => ({ start: at, end: at + mask.length }));
}

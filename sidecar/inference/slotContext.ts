import type { LoadedModel } from "./loadedModel.ts";

/** A mask that is still to be filled. */
export interface Slot {
	/** The number of the mask in the text. */
	readonly index: number;
	/** Exactly how many pieces; undefined when any number will do. */
	readonly pieces: number | undefined;
}

/** A text with slots in it; no two strings stand side by side. */
export type TextParts = readonly (string | Slot)[];

/** The tokens around a slot, as many as the model holds, and the text that touches it. */
export interface SlotContext {
	/** Ids before the slot; the first is the [CLS] token when the window reaches the text's start. */
	readonly left: readonly number[];
	/** Ids after it; the last is the [SEP] token when the window reaches the text's end. */
	readonly right: readonly number[];
	/** The blank before the slot when the tokenizer makes it a part of the fill's first piece. */
	readonly lead: "" | " ";
	/** The end of the text before `lead`. */
	readonly tail: string;
	/** The beginning of the text after the slot. */
	readonly head: string;
	/** The other slots that the window shows as masks. */
	readonly sees: ReadonlySet<number>;
}

/** Enough for a tokenizer to see what touches a fill: no customary pre-token looks farther than a word. */
const touchingText = 24;

/** Text that is encoded for each token wanted; code takes three or four, deep indentation more. */
const unitsPerToken = 16;

/**
 * The window around a slot that leaves room for `reserve` masks. What stands left and right is encoded apart, as the
 * tokenizer does with the true text: its pieces never cross from one word into what touches it, save that byte-level
 * vocabularies join one blank to the word behind it.
 */
export function slotContext(
	model: LoadedModel,
	parts: TextParts,
	options: { slot: Slot; reserve: number },
): SlotContext {
	const at = parts.indexOf(options.slot);
	const before = parts[at - 1];
	const after = parts[at + 1];
	const text = typeof before === "string" ? before : "";
	const lead = model.fillPieces.joinsBlank && text.endsWith(" ") ? " " : "";
	const sees = new Set<number>();
	const room = model.sequenceLength - options.reserve;
	const left = tokensLeft(model, parts.slice(0, at), { room, sees });
	const right = tokensRight(model, parts.slice(at + 1), { room, sees });
	const keptLeft = Math.min(left.length, Math.max(Math.floor(room / 2), room - right.length));
	return {
		left: left.slice(left.length - keptLeft),
		right: right.slice(0, room - keptLeft),
		lead,
		tail: text.slice(0, text.length - lead.length).slice(-touchingText),
		head: (typeof after === "string" ? after : "").slice(0, touchingText),
		sees,
	};
}

interface Collecting {
	readonly room: number;
	readonly sees: Set<number>;
}

function tokensLeft(model: LoadedModel, parts: TextParts, { room, sees }: Collecting): number[] {
	let tokens: number[] = [];
	for (const part of parts.toReversed()) {
		if (tokens.length >= room) return tokens.slice(-room);
		if (typeof part === "string") {
			const end = model.fillPieces.joinsBlank && part.endsWith(" ") ? part.length - 1 : part.length;
			const start = startNear(part, end - (room - tokens.length) * unitsPerToken);
			tokens = [...model.tokenizer.encode(part.slice(start, end)).ids, ...tokens];
			if (start > 0) return tokens.slice(-room);
		} else {
			sees.add(part.index);
			tokens = [...masks(model, part), ...tokens];
		}
	}
	return [model.tokenizer.special.cls, ...tokens].slice(-room);
}

function tokensRight(model: LoadedModel, parts: TextParts, { room, sees }: Collecting): number[] {
	const tokens: number[] = [];
	for (const [at, part] of parts.entries()) {
		if (tokens.length >= room) return tokens.slice(0, room);
		if (typeof part === "string") {
			const joined = model.fillPieces.joinsBlank && part.endsWith(" ") && at + 1 < parts.length;
			const length = joined ? part.length - 1 : part.length;
			const end = endNear(part, Math.min(length, (room - tokens.length) * unitsPerToken));
			tokens.push(...model.tokenizer.encode(part.slice(0, end)).ids);
			if (end < length) return tokens.slice(0, room);
		} else {
			sees.add(part.index);
			tokens.push(...masks(model, part));
		}
	}
	return [...tokens, model.tokenizer.special.sep].slice(0, room);
}

function masks(model: LoadedModel, slot: Slot): number[] {
	return Array.from({ length: slot.pieces ?? 1 }, () => model.tokenizer.special.mask);
}

/** The start of a line at or after `at`, or `at` itself, moved off the middle of a character. */
export function startNear(text: string, at: number): number {
	if (at <= 0) return 0;
	const line = text.indexOf("\n", at - 1) + 1;
	if (line > 0 && line < text.length) return line;
	return isLowSurrogate(text, at) ? at + 1 : at;
}

/** The end of a line at or before `at`, or `at` itself, moved off the middle of a character. */
export function endNear(text: string, at: number): number {
	if (at >= text.length) return text.length;
	const line = text.lastIndexOf("\n", at - 1) + 1;
	if (line > 0) return line;
	return isLowSurrogate(text, at) ? at - 1 : at;
}

function isLowSurrogate(text: string, at: number): boolean {
	return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

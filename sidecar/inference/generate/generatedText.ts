import type { LoadedModel } from "../loadedModel.ts";
import type { SlotContext } from "../slotContext.ts";

/** Tokens before a place that decide how what follows is written: WordPiece puts blanks between words. */
const decidingTokens = 8;

/** What generated ids read as behind the text before them. */
export function generatedText(model: LoadedModel, context: SlotContext, ids: readonly number[]): string {
	const { tokenizer } = model;
	const before = context.left.slice(-decidingTokens).filter((id) => !tokenizer.specialIds.has(id));
	const text = tokenizer.decode([...before, ...ids]).slice(tokenizer.decode(before).length);
	const hasBlank = context.lead === " " || (!model.fillPieces.joinsBlank && context.tail.endsWith(" "));
	return hasBlank && text.startsWith(" ") ? text.slice(1) : text;
}

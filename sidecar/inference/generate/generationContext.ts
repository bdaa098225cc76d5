import { MaskwrightError } from "../../base/errors.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { type Slot, type SlotContext, slotContext } from "../slotContext.ts";

/** The text before and behind the place where text is generated. */
export interface Surroundings {
	readonly before: string;
	readonly after: string;
}

/**
 * The tokens around a place with room for `reserve` more. Throws `tooLong` where the model has no room for that many,
 * and with `whole` where it has none for the whole text beside them.
 */
export function generationContext(
	model: LoadedModel,
	{ before, after }: Surroundings,
	{ reserve, whole = false }: { readonly reserve: number; readonly whole?: boolean },
): SlotContext {
	const room = model.sequenceLength - reserve - 2;
	if (room < 0) {
		throw new MaskwrightError(
			"tooLong",
			`${reserve} tokens are more than the model can hold at once, which are ${model.sequenceLength - 2}. Ask for fewer.`,
		);
	}
	const slot: Slot = { index: 0, pieces: undefined };
	const parts = [before, slot, after].filter((part) => part !== "");
	const context = slotContext(model, parts, { slot, reserve });
	const { cls, sep } = model.tokenizer.special;
	if (whole && (context.left[0] !== cls || context.right.at(-1) !== sep)) {
		throw new MaskwrightError(
			"tooLong",
			`The text and ${reserve} tokens do not fit into the model, which holds ${model.sequenceLength - 2} tokens. Shorten the text or ask for fewer tokens: nothing is cut off.`,
		);
	}
	return context;
}

/** A context with `emitted` behind its left side, cut anew so that `reserve` more fit. */
export function continued(context: SlotContext, emitted: readonly number[], room: number): SlotContext {
	const left = [...context.left, ...emitted];
	const kept = Math.min(left.length, Math.max(Math.floor(room / 2), room - context.right.length));
	return { ...context, left: left.slice(left.length - kept), right: context.right.slice(0, room - kept) };
}

import type { LoadedModel } from "../loadedModel.ts";

/** Which ids may be drawn [V]: all but special ones; with `end`, the [SEP] token too, which ends a text. */
export function allowedTokens(
	{ tokenizer }: LoadedModel,
	{ end = false, whole = false }: { readonly end?: boolean; readonly whole?: boolean } = {},
): Uint8Array {
	const allowed = new Uint8Array(tokenizer.vocabularySize);
	for (let id = 0; id < allowed.length; id++) {
		if (tokenizer.specialIds.has(id) || tokenizer.token(id) === "") continue;
		// A part of a character cannot be drawn where its other parts are drawn apart from it.
		if (!whole || !tokenizer.tokenText(id).includes("\uFFFD")) allowed[id] = 1;
	}
	if (end) allowed[tokenizer.special.sep] = 1;
	return allowed;
}

/** Of those, the ones that begin with a blank. */
export function blankFirst({ tokenizer }: LoadedModel, allowed: Uint8Array): Uint8Array {
	return allowed.map((one, id) => (one === 1 && tokenizer.tokenText(id).startsWith(" ") ? 1 : 0));
}

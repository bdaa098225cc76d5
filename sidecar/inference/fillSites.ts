import { createRandom, shuffle } from "../base/random.ts";
import { isKeyword } from "../data/keywords.ts";
import { piecesInPlace } from "./candidates.ts";
import { partsOf } from "./fill.ts";
import type { LoadedModel } from "./loadedModel.ts";
import { longestFill } from "./scoreLengths.ts";
import { type Slot, type SlotContext, slotContext, type TextParts } from "./slotContext.ts";

/** A place of a text whose true content is known. */
export interface FillSite {
	/** The number of the text. */
	readonly text: number;
	readonly start: number;
	readonly end: number;
}

/** What kind of text the masks hide: names that are no keywords, or keywords and punctuation. */
export type SiteKind = "identifier" | "other";

const identifier = /(?<![\p{N}\p{M}])[\p{L}_][\p{L}\p{M}\p{N}_]*/gu;
const other = /(?<![\p{N}\p{M}])[\p{L}_][\p{L}\p{M}\p{N}_]*|[^\s\p{L}\p{M}\p{N}_]+/gu;

/** Keeps these draws apart from those of other uses of a seed. */
const stream = 0x66696c6c;

/**
 * Up to `count` places drawn by the seed from all of the texts that hide one to six pieces (one, of kind "other"),
 * cut by the tokenizer just there.
 */
export function fillSites(
	model: LoadedModel,
	texts: readonly string[],
	options: { readonly kind: SiteKind; readonly count: number; readonly seed: number },
): FillSite[] {
	const { kind, count, seed } = options;
	const all: FillSite[] = [];
	for (const [text, content] of texts.entries()) {
		for (const match of content.matchAll(kind === "identifier" ? identifier : other)) {
			const isName = /^[\p{L}_]/u.test(match[0]) && !isKeyword(match[0]);
			if (isName === (kind === "identifier")) {
				all.push({ text, start: match.index, end: match.index + match[0].length });
			}
		}
	}
	const longest = kind === "identifier" ? longestFill : 1;
	const sites: FillSite[] = [];
	for (const site of shuffle(all, createRandom(seed, stream))) {
		if (sites.length === count) break;
		const { truth, context } = openSite(model, texts, site);
		const pieces = piecesInPlace(model, context, truth);
		if (pieces !== undefined && pieces.length <= longest) sites.push(site);
	}
	return sites;
}

/** The text of a site with a slot in place of its content. */
export function openSite(
	model: LoadedModel,
	texts: readonly string[],
	site: FillSite,
): { truth: string; parts: TextParts; slot: Slot; context: SlotContext } {
	const { start, end } = site;
	const content = texts[site.text]!;
	const parts = partsOf(content, [{ start, end, pieces: undefined }]);
	const slot = parts.find((part): part is Slot => typeof part !== "string")!;
	const context = slotContext(model, parts, { slot, reserve: longestFill });
	return { truth: content.slice(start, end), parts, slot, context };
}

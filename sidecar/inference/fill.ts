import { MaskwrightError } from "../base/errors.ts";
import { type Mask, type Span, soundMasks } from "../protocol/masks.ts";
import type { FillResult } from "../protocol/outputs.ts";
import { proposeCandidates } from "./candidates.ts";
import { documentNames, otherMask } from "./documentNames.ts";
import { fillExactly } from "./fillExactly.ts";
import type { LoadedModel } from "./loadedModel.ts";
import { findMasks } from "./maskedText.ts";
import { type Evidence, rankCandidates } from "./ranking.ts";
import type { RankingWeights } from "./rankingWeights.ts";
import { longestFill, scoreRows, scoreWhole } from "./scoreLengths.ts";
import { type Slot, slotContext, type TextParts } from "./slotContext.ts";

export interface FillOptions {
	/** Candidates shown for each mask; 5 by default. */
	readonly top?: number;
	/** Checked before every run of the model. */
	readonly signal?: AbortSignal;
	/** Fill the mask there alone, and of those that the model sees beside it the ones that it is surer of. */
	readonly around?: Span;
	/** Other weights than the shipped ones, for measurements. */
	readonly weights?: RankingWeights;
}

interface FillCandidate {
	readonly text: string;
	/** That this is what the mask hides; those of one mask sum to at most 1. */
	readonly probability: number;
}

/** The best fills of one slot, best first, and the other masks that the model saw beside it. */
interface SlotFill {
	readonly candidates: readonly FillCandidate[];
	readonly sees: ReadonlySet<number>;
}

const defaultTop = 5;

/**
 * Fills the masks of a text (see `findMasks`). One mask without a number gets whole words of one to six pieces or
 * single other pieces, ranked by the model, the text and the n-gram counts together. Several masks are filled jointly,
 * the most certain first and the others in its light (mask-predict, Ghazvininejad et al. 2019, one mask at a time).
 * Throws `noMask`, `usage` for a bad number, `tooLong` where the model cannot hold the pieces asked for,
 * `interrupted` when the signal is aborted, and as `LoadedModel.scorer` does.
 */
export async function fill(model: LoadedModel, text: string, options: FillOptions = {}): Promise<FillResult> {
	const { around } = options;
	const { maskToken } = model.tokenizer;
	const masks = around === undefined ? findMasks(text, maskToken) : soundMasks(text, maskToken);
	const wanted = around === undefined ? undefined : requireMask(masks, around);
	let parts = partsOf(text, masks);
	const known = new Map<number, SlotFill>();
	if (wanted !== undefined) known.set(wanted, await fillSlot(model, parts, { ...options, index: wanted }));
	const open = new Set(wanted === undefined ? masks.keys() : jointMasks(wanted, known.get(wanted)!.sees));
	while (wanted === undefined ? open.size > 0 : open.has(wanted)) {
		for (const index of open) {
			if (!known.has(index)) known.set(index, await fillSlot(model, parts, { ...options, index }));
		}
		const surest = mostCertain(open, known);
		open.delete(surest);
		parts = withText(parts, surest, known.get(surest)!.candidates[0]?.text ?? textOf(text, masks[surest]!));
		for (const index of open) if (known.get(index)!.sees.has(surest)) known.delete(index);
	}
	for (const index of open) known.delete(index);
	return {
		masks: [...known.keys()]
			.sort((a, b) => a - b)
			.map((index) => {
				const { start, end } = masks[index]!;
				const candidates = known.get(index)!.candidates.map(({ text, probability }) => ({ text, probability }));
				return { start, end, candidates };
			}),
		text: parts.map((part) => (typeof part === "string" ? part : textOf(text, masks[part.index]!))).join(""),
	};
}

/** The model's view of a slot: its window, and the probabilities at one to six masks, from one run of the model. */
export async function observeSlot(
	model: LoadedModel,
	parts: TextParts,
	{ slot, signal }: { readonly slot: Slot; readonly signal?: AbortSignal },
): Promise<Evidence> {
	const context = slotContext(model, parts, { slot, reserve: longestFill });
	const { mask } = model.tokenizer.special;
	const rows = Array.from({ length: longestFill }, (_, more) => ({
		context,
		pieces: new Array<number>(more + 1).fill(mask),
	}));
	const run = {
		rowsPerRun: longestFill,
		masksPerRow: (longestFill + 1) / 2, // 1 + 2 + ... + 6 in all
		...(signal === undefined ? {} : { signal }),
	};
	if (model.ngramHead === undefined) return { context, byLength: await scoreRows(model, rows, run) };
	const { byRow, whole } = await scoreWhole(model, rows, run);
	return { context, byLength: byRow, whole };
}

/** The text around a slot as the words of the document are read from it. */
export function surroundings(parts: TextParts, slot: Slot): { before: string; after: string } {
	const at = parts.indexOf(slot);
	const read = (some: TextParts): string => some.map((part) => (typeof part === "string" ? part : otherMask)).join("");
	return { before: read(parts.slice(0, at)), after: read(parts.slice(at + 1)) };
}

/** Cuts a text at its masks. */
export function partsOf(text: string, masks: readonly Mask[]): (string | Slot)[] {
	const parts: (string | Slot)[] = [];
	let from = 0;
	for (const [index, { start, end, pieces }] of masks.entries()) {
		if (start > from) parts.push(text.slice(from, start));
		parts.push({ index, pieces });
		from = end;
	}
	if (from < text.length) parts.push(text.slice(from));
	return parts;
}

async function fillSlot(
	model: LoadedModel,
	parts: TextParts,
	options: FillOptions & { readonly index: number },
): Promise<SlotFill> {
	const { index, top = defaultTop, signal, weights } = options;
	const slot = parts.find((part): part is Slot => typeof part !== "string" && part.index === index)!;
	const abort = signal === undefined ? {} : { signal };
	if (slot.pieces !== undefined) return fillExactly(model, parts, { slot, pieces: slot.pieces, top, ...abort });
	const evidence = await observeSlot(model, parts, { slot, ...abort });
	const { before, after } = surroundings(parts, slot);
	const names = documentNames(before, after);
	const proposers = { ...evidence, names, ngrams: model.ngrams };
	const candidates = proposeCandidates(model, evidence.context, proposers);
	const ranked = rankCandidates(model, candidates, { ...evidence, ...(weights === undefined ? {} : { weights }) });
	return { candidates: ranked.slice(0, top), sees: evidence.context.sees };
}

function requireMask(masks: readonly Mask[], { start, end }: Span): number {
	const index = masks.findIndex((mask) => mask.start === start && mask.end === end);
	if (index >= 0) return index;
	throw new MaskwrightError("noMask", `There is no mask to fill from ${start} to ${end} of the text.`);
}

/** The most masks that are weighed against each other to fill one: each takes a run of the model. */
const mostJointMasks = 8;

function jointMasks(wanted: number, sees: ReadonlySet<number>): number[] {
	const nearest = [...sees].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
	return [wanted, ...nearest.slice(0, mostJointMasks - 1)];
}

function textOf(text: string, { start, end }: Span): string {
	return text.slice(start, end);
}

function mostCertain(open: ReadonlySet<number>, known: ReadonlyMap<number, SlotFill>): number {
	const certainty = (index: number): number => known.get(index)!.candidates[0]?.probability ?? 0;
	return [...open].reduce((best, index) => (certainty(index) > certainty(best) ? index : best));
}

/** The parts with `text` in place of a slot, joined to the strings beside it. */
function withText(parts: TextParts, index: number, text: string): (string | Slot)[] {
	const joined: (string | Slot)[] = [];
	for (const part of parts) {
		const next = typeof part !== "string" && part.index === index ? text : part;
		const last = joined.at(-1);
		if (typeof next === "string" && typeof last === "string") joined[joined.length - 1] = last + next;
		else if (next !== "") joined.push(next);
	}
	return joined;
}

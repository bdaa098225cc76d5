import { ngramTokens } from "../data/ngramMasks/lexicon.ts";
import type { NgramModel } from "../data/ngrams.ts";
import type { NameUse } from "./documentNames.ts";
import { fillPiece } from "./fillPieces.ts";
import type { LoadedModel } from "./loadedModel.ts";
import { seenBetween } from "./ngramScore.ts";
import { longestFill, type RowProbabilities } from "./scoreLengths.ts";
import type { SlotContext } from "./slotContext.ts";

/** What may stand under a mask: a text, and the pieces that the tokenizer would make of it there. */
export interface Candidate {
	readonly text: string;
	readonly pieces: readonly number[];
	/** How the text around uses it; undefined for a text that is not in it. */
	readonly use: NameUse | undefined;
}

/** Single pieces that the model may propose, and sequences of each greater length. */
const proposedPieces = 32;
const proposedSequences = 12;

/** Words of the text that the model judges at most: those most used, near or in the same place come first. */
const proposedNames = 160;

/** Pieces from the n-gram counts that the model judges at most. */
const proposedNgrams = 16;

/** N-grams that a model with an n-gram head may propose. */
const proposedIdioms = 24;

/** Who proposes; each may be left out. */
export interface Proposers {
	/** The model: [n - 1] holds its probabilities at n masks. */
	readonly byLength?: readonly RowProbabilities[];
	/** The model, of n-grams that it predicts whole: see `Evidence`. */
	readonly whole?: Float32Array;
	/** The words of the text around. */
	readonly names?: ReadonlyMap<string, NameUse>;
	/** The counts of the training text. */
	readonly ngrams?: NgramModel | undefined;
}

/**
 * Everything that is worth the model's judgement at a slot: its own likeliest pieces and words of each length, the
 * words of the text, and what the training text had between the same neighbours. Only texts of one to six pieces
 * that the tokenizer would cut just so in place are taken.
 */
export function proposeCandidates(model: LoadedModel, context: SlotContext, proposers: Proposers): Candidate[] {
	const { byLength = [], whole, names = new Map<string, NameUse>(), ngrams } = proposers;
	const found = new Map<string, Candidate>();
	const propose = (text: string, expected?: readonly number[]): void => {
		if (text === "" || found.has(text)) return;
		const pieces = piecesInPlace(model, context, text);
		if (pieces === undefined || pieces.length > longestFill) return;
		if (expected !== undefined && !sameIds(pieces, expected)) return;
		found.set(text, { text, pieces, use: names.get(text) });
	};
	for (const [offset, rows] of byLength.entries()) {
		const width = offset === 0 ? proposedPieces : proposedSequences;
		for (const ids of likeliestWords(model, rows, { context, width })) propose(fillText(model, context, ids), ids);
	}
	for (const ids of likeliestIdioms(model, context, whole)) propose(fillText(model, context, ids), ids);
	for (const name of likelyNames(names)) propose(name);
	for (const id of ngramPieces(model, context, ngrams)) propose(fillText(model, context, [id]), [id]);
	return [...found.values()];
}

/**
 * The pieces that the tokenizer makes of `text` where the slot is, or undefined when they would not begin and end
 * just there, because the text merges with what touches it.
 */
export function piecesInPlace(model: LoadedModel, context: SlotContext, text: string): number[] | undefined {
	const { tail, lead, head } = context;
	const { ids, starts, ends } = model.tokenizer.encode(tail + lead + text + head);
	const start = tail.length;
	const end = start + lead.length + text.length;
	const first = starts.indexOf(start);
	if (first < 0) return undefined;
	const pieces: number[] = [];
	for (let at = first; at < ids.length && starts[at]! < end; at++) {
		if (ends[at]! > end) return undefined;
		pieces.push(ids[at]!);
	}
	return pieces.length > 0 && ends[first + pieces.length - 1] === end ? pieces : undefined;
}

/** The text that replaces the mask's characters when `ids` stand there: without the blank before the mask. */
export function fillText(model: LoadedModel, context: SlotContext, ids: readonly number[]): string {
	const text =
		model.tokenizer.kind === "bpe"
			? model.tokenizer.decode(ids)
			: ids.map((id) => model.tokenizer.tokenText(id)).join("");
	return text.slice(context.lead.length);
}

/** The bits that the first piece of a fill must have in a context; only a single piece must be visible by itself. */
export function firstPieceBits(model: LoadedModel, context: SlotContext, pieces: number): number {
	if (context.lead === " ") return fillPiece.blankFirst | (pieces === 1 ? fillPiece.visible : 0);
	const inWord = model.tokenizer.kind === "wordpiece" && /[\p{L}\p{M}\p{N}]$/u.test(context.tail);
	return fillPiece.visible | fillPiece.bareFirst | (inWord ? fillPiece.continues : fillPiece.opens);
}

/** Ids of the `count` largest of `probabilities` among pieces with all of `bits`, largest first. */
export function likeliestPieces(
	model: LoadedModel,
	probabilities: Float32Array,
	options: { readonly count: number; readonly bits: number },
): number[] {
	const { kinds } = model.fillPieces;
	const { count, bits } = options;
	const best: number[] = [];
	let least = -1; // the smallest of `best` once it is full
	for (let id = 0; id < kinds.length; id++) {
		const value = probabilities[id]!;
		if (value <= least || (kinds[id]! & bits) !== bits) continue;
		let at = best.length < count ? best.push(id) - 1 : count - 1;
		for (; at > 0 && probabilities[best[at - 1]!]! < value; at--) best[at] = best[at - 1]!;
		best[at] = id;
		if (best.length === count) least = probabilities[best[count - 1]!]!;
	}
	return best;
}

/** The likeliest single pieces or, of more masks, whole words, as if the positions were independent. */
function likeliestWords(
	model: LoadedModel,
	rows: RowProbabilities,
	{ context, width }: { readonly context: SlotContext; readonly width: number },
): number[][] {
	const first = firstPieceBits(model, context, rows.length);
	const inside = fillPiece.visible | fillPiece.bareFirst | fillPiece.word | fillPiece.continues;
	let beams: { ids: number[]; probability: number }[] = [{ ids: [], probability: 1 }];
	rows.forEach((probabilities, at) => {
		const bits = at > 0 ? inside : rows.length > 1 ? first | fillPiece.word : first;
		const choices = likeliestPieces(model, probabilities, { count: width, bits });
		beams = beams
			.flatMap((beam, rank) =>
				// Of any other choice so many pairs come first, of this beam or a better one, that it cannot be kept.
				choices
					.slice(0, Math.floor(width / (rank + 1)))
					.map((id) => ({ ids: [...beam.ids, id], probability: beam.probability * probabilities[id]! })),
			)
			.sort((a, b) => b.probability - a.probability)
			.slice(0, width);
	});
	return beams.map(({ ids }) => ids);
}

/** The likeliest n-grams of a model that predicts them whole. */
function likeliestIdioms(model: LoadedModel, context: SlotContext, whole: Float32Array | undefined): number[][] {
	const { ngramHead, config, fillPieces: pieces } = model;
	if (whole === undefined || ngramHead === undefined) return [];
	const { lexicon } = ngramHead;
	const likely = Array.from({ length: lexicon.count }, (_, ngram) => ngram)
		.sort((a, b) => whole[config.vocabularySize + b]! - whole[config.vocabularySize + a]!)
		.slice(0, proposedIdioms);
	const fits = (id: number, bits: number): boolean => (pieces.kinds[id]! & bits) === bits;
	return likely
		.map((ngram) => [...ngramTokens(lexicon, ngram)])
		.filter(
			(ids) =>
				fits(ids[0]!, firstPieceBits(model, context, ids.length)) && ids.every((id) => fits(id, fillPiece.visible)),
		);
}

function likelyNames(names: ReadonlyMap<string, NameUse>): string[] {
	if (names.size <= proposedNames) return [...names.keys()];
	const worth = (use: NameUse): number =>
		Math.log1p(use.count) +
		2 * Math.log1p(use.samePrevious) +
		Math.log1p(use.sameNext) +
		2 * Math.log1p(use.sameBoth) -
		0.5 * Math.log(use.distance);
	return [...names]
		.map(([name, use]) => ({ name, worth: worth(use) }))
		.sort((a, b) => b.worth - a.worth)
		.slice(0, proposedNames)
		.map(({ name }) => name);
}

function ngramPieces(model: LoadedModel, context: SlotContext, ngrams: NgramModel | undefined): number[] {
	if (ngrams === undefined) return [];
	const bits = firstPieceBits(model, context, 1);
	return seenBetween(ngrams, neighbours(model, context), proposedNgrams).filter(
		(id) => (model.fillPieces.kinds[id]! & bits) === bits,
	);
}

/** The ids that touch the slot, -1 for another mask and for the edge of a window. */
export function neighbours(model: LoadedModel, context: SlotContext): { before: number; after: number } {
	const { mask } = model.tokenizer.special;
	const known = (id: number | undefined): number => (id === undefined || id === mask ? -1 : id);
	return { before: known(context.left.at(-1)), after: known(context.right[0]) };
}

function sameIds(a: readonly number[], b: readonly number[]): boolean {
	return a.length === b.length && a.every((id, at) => id === b[at]);
}

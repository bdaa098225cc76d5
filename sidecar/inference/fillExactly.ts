import { MaskwrightError } from "../base/errors.ts";
import { fillText, firstPieceBits, likeliestPieces, piecesInPlace } from "./candidates.ts";
import { fillPiece } from "./fillPieces.ts";
import type { LoadedModel } from "./loadedModel.ts";
import { scoreRows } from "./scoreLengths.ts";
import { type Slot, type SlotContext, slotContext, type TextParts } from "./slotContext.ts";

/** A partly unmasked fill with the probability of the choices made so far. */
interface Hypothesis {
	readonly pieces: readonly number[];
	readonly probability: number;
}

/** Hypotheses that are followed side by side: one run of the model for each unmasked piece. */
const beamWidth = 6;

/**
 * Fills a slot of exactly `pieces` pieces by iterative unmasking (mask-predict, Ghazvininejad et al. 2019): each
 * hypothesis unmasks the piece that the model is surest of, and the likeliest hypotheses live on. Which piece comes
 * next depends on the hypothesis alone, so their probabilities are those of different outcomes and sum to at most 1.
 * Throws `tooLong` when the model cannot hold that many pieces.
 */
export async function fillExactly(
	model: LoadedModel,
	parts: TextParts,
	options: { readonly slot: Slot; readonly pieces: number; readonly top: number; readonly signal?: AbortSignal },
): Promise<{ candidates: { text: string; probability: number }[]; sees: ReadonlySet<number> }> {
	const { slot, pieces, top, signal } = options;
	const longest = Math.max(1, model.sequenceLength - 2);
	if (pieces > longest) {
		throw new MaskwrightError(
			"tooLong",
			`[MASK*${pieces}] asks for more pieces than the model can hold, which are ${longest}. Ask for fewer.`,
		);
	}
	const context = slotContext(model, parts, { slot, reserve: pieces });
	const { mask } = model.tokenizer.special;
	let beams: Hypothesis[] = [{ pieces: new Array<number>(pieces).fill(mask), probability: 1 }];
	for (let step = 0; step < pieces; step++) {
		const rows = await scoreRows(
			model,
			beams.map((beam) => ({ context, pieces: beam.pieces })),
			{ rowsPerRun: beamWidth, masksPerRow: pieces, ...(signal === undefined ? {} : { signal }) },
		);
		beams = beams
			.flatMap((beam, row) => unmask(model, beam, { context, probabilities: rows[row]! }))
			.sort((a, b) => b.probability - a.probability)
			.slice(0, beamWidth);
	}
	return { candidates: describe(model, context, beams).slice(0, top), sees: context.sees };
}

function unmask(
	model: LoadedModel,
	beam: Hypothesis,
	{ context, probabilities }: { readonly context: SlotContext; readonly probabilities: readonly Float32Array[] },
): Hypothesis[] {
	const masked = [...beam.pieces.keys()].filter((at) => beam.pieces[at] === model.tokenizer.special.mask);
	const choices = masked.map((at, row) => {
		const bits = at === 0 ? firstPieceBits(model, context, beam.pieces.length) : fillPiece.visible;
		return { at, row, ids: likeliestPieces(model, probabilities[row]!, { count: beamWidth, bits }) };
	});
	const surest = choices.reduce((best, choice) => (certainty(choice) > certainty(best) ? choice : best));
	function certainty({ row, ids }: { row: number; ids: number[] }): number {
		return ids.length === 0 ? 0 : probabilities[row]![ids[0]!]!;
	}
	return surest.ids.map((id) => ({
		pieces: beam.pieces.with(surest.at, id),
		probability: beam.probability * probabilities[surest.row]![id]!,
	}));
}

/** Their texts; those that the tokenizer would cut otherwise in place only when there are no others. */
function describe(
	model: LoadedModel,
	context: SlotContext,
	beams: readonly Hypothesis[],
): { text: string; probability: number }[] {
	const found = new Map<string, { text: string; probability: number; exact: boolean }>();
	for (const { pieces, probability } of beams) {
		const text = fillText(model, context, pieces);
		const exact = piecesInPlace(model, context, text)?.join() === pieces.join();
		if (!found.has(text)) found.set(text, { text, probability, exact }); // the likeliest way to cut it
	}
	const described = [...found.values()];
	const exact = described.filter((candidate) => candidate.exact);
	return (exact.length > 0 ? exact : described).map(({ text, probability }) => ({ text, probability }));
}

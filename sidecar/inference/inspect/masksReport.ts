import { MaskwrightError } from "../../base/errors.ts";
import { type Masking, needsMarks } from "../../data/masking/config.ts";
import { nominalRate } from "../../data/masking/maskRow.ts";
import { markedClass } from "../../data/masking/tokenMark.ts";
import { openMarker } from "../../data/tokenMarks.ts";
import type { MaskedToken, MasksReport } from "../../protocol/inspect.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { type DocumentRows, findInRows, markRows, packAlone } from "./documentRows.ts";
import { graphMasksReport } from "./graphMasks.ts";
import type { Judgement } from "./judgement.ts";
import { countActions, meanLoss, predictionOf } from "./maskedTokens.ts";
import { type MaskingPreview, predictMasked, previewMasking } from "./maskingPreview.ts";
import type { MasksOptions, MasksQuestion } from "./masksQuestion.ts";
import { type TextTokens, tokenRange, tokensOfText } from "./textTokens.ts";

/**
 * What a run of a recipe masks in a text, and what models say of it. Throws `modelInvalid` for a model of another
 * tokenizer, and as `predictMasked`.
 */
export async function masksReport(question: MasksQuestion, options: MasksOptions): Promise<MasksReport> {
	const { model, asked } = options;
	const { masking, graph } = question;
	for (const { name, model: other } of asked) requireSameTokenizer(model, other, name);
	if (masking === null) return unmasked(question, options);
	if (graph !== undefined) return graphMasksReport({ ...question, masking, graph }, options);
	return packedMasksReport({ ...question, masking }, options);
}

/** Of a recipe that trains on packed rows of plain text. */
async function packedMasksReport(
	question: MasksQuestion & { readonly masking: Masking },
	{ model, asked, runRows, signal }: MasksOptions,
): Promise<MasksReport> {
	const { text, masking, recipe, seed, epoch, sequenceLength, packing, top } = question;
	const tokens = tokensOfText(model.tokenizer, text);
	const { special } = model.tokenizer;
	const found = runRows && findInRows(runRows, tokens.ids, { packing, special });
	const placed = found ?? packAlone(tokens.ids, { packing, sequenceLength, special });
	const document =
		needsMarks(masking) && placed.rows.marks === undefined
			? markRows(placed, await marksOfQuestion(question, masking, tokens))
			: placed;
	const preview = previewMasking(model, document, { masking, seed, epoch });
	const shown = tokenRange(tokens, question.range);
	const judged: Map<number, Judgement>[] = [];
	for (const { model: one } of asked) {
		const wanted = { masking, seed, epoch, top, ...shown, ...(signal === undefined ? {} : { signal }) };
		judged.push(await predictMasked(one, document, wanted));
	}
	const described = describeTokens(tokens, { model, document, preview, judged, ...shown });
	const maskable = preview.maskable.subarray(shown.first, shown.end).reduce((sum, one) => sum + one, 0);
	return {
		objective: "maskedLm",
		tokens: described,
		rate: nominalRate(masking),
		recipe,
		strategies: masking.strategies.map(({ name }) => name),
		replacement: masking.replacement,
		seed,
		epoch,
		sequenceLength: document.rows.sequenceLength,
		placed: found === undefined ? "alone" : "run",
		counts: countActions(described, maskable),
		models: asked.map(({ name }, at) => ({
			model: name,
			loss: meanLoss(described, at === 0 ? "prediction" : "compared"),
		})),
		repeated: found === undefined ? document.rows.repeated : 0,
		functions: null,
	};
}

async function marksOfQuestion(
	{ path = "", text }: MasksQuestion,
	masking: Masking,
	tokens: TextTokens,
): Promise<Int32Array> {
	return await (await openMarker(masking, path))({ path, text }, tokens);
}

/** Of a recipe that masks nothing: its tokens stand as they are. */
function unmasked(question: MasksQuestion, { model }: MasksOptions): MasksReport {
	const { text, range, recipe, seed, epoch, sequenceLength } = question;
	const tokens = tokensOfText(model.tokenizer, text);
	const { first, end } = tokenRange(tokens, range);
	const described = Array.from({ length: end - first }, (_, offset): MaskedToken => {
		const at = first + offset;
		const place = { start: tokens.starts[at]!, end: tokens.ends[at]!, id: tokens.ids[at]! };
		return { ...place, action: "keep", strategy: null, row: 0, shown: null };
	});
	return {
		objective: "codeSearch",
		tokens: described,
		rate: 0,
		recipe,
		strategies: [],
		replacement: { mask: 0, random: 0, keep: 0 },
		seed,
		epoch,
		sequenceLength,
		placed: "alone",
		counts: countActions(described, 0),
		models: [],
		repeated: 0,
		functions: null,
	};
}

interface Described {
	readonly model: LoadedModel;
	readonly document: DocumentRows;
	readonly preview: MaskingPreview;
	readonly judged: readonly ReadonlyMap<number, Judgement>[];
	readonly first: number;
	readonly end: number;
}

function describeTokens(tokens: TextTokens, described: Described): MaskedToken[] {
	const { model, document, preview, judged, first, end } = described;
	const { marks, sequenceLength } = document.rows;
	const placeOf = (at: number): number => document.row[at]! * sequenceLength + document.column[at]!;
	return Array.from({ length: end - first }, (_, offset) => {
		const at = first + offset;
		const id = tokens.ids[at]!;
		const input = preview.inputs[at]!;
		const [own, other] = judged.map((judgements) => judgements.get(at));
		return {
			start: tokens.starts[at]!,
			end: tokens.ends[at]!,
			id,
			action: preview.actions[at]!,
			strategy: preview.strategies[at] ?? null,
			...(marks === undefined ? {} : { spanClass: markedClass(marks[placeOf(at)]!) ?? null }),
			row: document.row[at]!,
			shown: input === id ? null : model.tokenizer.tokenText(input),
			...(own === undefined ? {} : { prediction: predictionOf(model, own) }),
			...(other === undefined ? {} : { compared: predictionOf(model, other) }),
		};
	});
}

function requireSameTokenizer(model: LoadedModel, other: LoadedModel, name: string): void {
	const [own, others] = [model.tokenizer, other.tokenizer];
	if (own === others) return;
	const size = own.vocabularySize;
	let same = size === others.vocabularySize;
	for (let id = 0; id < size && same; id++) same = own.token(id) === others.token(id);
	if (same) return;
	throw new MaskwrightError(
		"modelInvalid",
		`${name} cuts text into other tokens, so the two models cannot be compared. Choose one with the same tokenizer, such as another checkpoint.`,
	);
}

import { MaskwrightError } from "../../base/errors.ts";
import { type Masking, needsMarks, ngramConfig } from "../../data/masking/config.ts";
import { nominalRate } from "../../data/masking/maskRow.ts";
import { markedClass, ngramMark } from "../../data/masking/tokenMark.ts";
import { withOwnNgrams } from "../../data/ngramMasks/ownNgrams.ts";
import { openMarker } from "../../data/tokenMarks.ts";
import type { MaskedToken, MasksReport } from "../../protocol/inspect/masks.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { type DocumentRows, findInRows, markRows, packAlone } from "./documentRows.ts";
import { graphMasksReport } from "./graphMasks.ts";
import type { Judgement } from "./judgement.ts";
import { countActions, meanLoss, predictionOf } from "./maskedTokens.ts";
import { type MaskingPreview, predictMasked, previewMasking } from "./maskingPreview.ts";
import type { MasksOptions, MasksQuestion } from "./masksQuestion.ts";
import { predictNgrams } from "./ngramPredictions.ts";
import { type PlacedRecords, placeRecords, recordsRange } from "./records.ts";
import { type TextTokens, tokenRange, tokensOfText } from "./textTokens.ts";

/**
 * What a run of a recipe masks in a text, and what models say of it. Throws `modelInvalid` for a model of another
 * tokenizer, and as `predictMasked`.
 */
export async function masksReport(question: MasksQuestion, options: MasksOptions): Promise<MasksReport> {
	const { model, asked, unread } = options;
	const { masking, graph } = question;
	for (const { name, model: other } of asked) requireSameTokenizer(model, other, name);
	if (unread !== undefined) return { ...plainReport(question, []), unread };
	if (masking === null) return plainReport(question, tokensAsTheyAre(question, options));
	if (graph !== undefined) return graphMasksReport({ ...question, masking, graph }, options);
	return packedMasksReport({ ...question, masking }, options);
}

/** What every report says before anything is masked. */
function plainReport(question: MasksQuestion, tokens: MaskedToken[]): MasksReport {
	const { objective, recipe, causalShare, seed, epoch, sequenceLength } = question;
	return {
		objective,
		unread: null,
		records: null,
		causalShare,
		tokens,
		rate: 0,
		recipe,
		strategies: [],
		replacement: { mask: 0, random: 0, keep: 0 },
		seed,
		epoch,
		sequenceLength,
		placed: "alone",
		counts: countActions(tokens, 0),
		models: [],
		repeated: 0,
		functions: null,
	};
}

/** Of a recipe that trains on rows of texts. */
async function packedMasksReport(
	question: MasksQuestion & { readonly masking: Masking },
	options: MasksOptions,
): Promise<MasksReport> {
	const { masking, seed, epoch, objective, top, pairPositions } = question;
	const { model, asked, signal } = options;
	const { tokens, document, placed, records } = await markedRows(question, options);
	const preview = { masking, seed, epoch, pairPositions, wholeNgrams: objective === "ernieGram" };
	const masks = previewMasking(model, document, preview);
	const range = records === null ? question.range : recordsRange(records, question);
	const shown = tokenRange(tokens, range);
	const judged: Map<number, Judgement>[] = [];
	for (const { model: one } of asked) {
		const wanted = { ...preview, top, ...shown, ...(signal === undefined ? {} : { signal }) };
		judged.push(await (preview.wholeNgrams ? predictNgrams : predictMasked)(one, document, wanted));
	}
	const described = describeTokens(tokens, { model, document, preview: masks, judged, ...shown });
	const maskable = masks.maskable.subarray(shown.first, shown.end).reduce((sum, one) => sum + one, 0);
	return {
		...plainReport(question, described),
		records,
		rate: nominalRate(masking),
		strategies: masking.strategies.map(({ name }) => name),
		replacement: masking.replacement,
		sequenceLength: document.rows.sequenceLength,
		placed,
		counts: countActions(described, maskable),
		models: asked.map(({ name }, at) => ({
			model: name,
			loss: meanLoss(described, at === 0 ? "prediction" : "compared"),
		})),
		repeated: placed === "run" ? 0 : document.rows.repeated,
	};
}

/** The text, or the records that are read of it, in rows with the marks that the masking reads. */
async function markedRows(
	question: MasksQuestion & { readonly masking: Masking },
	options: MasksOptions,
): Promise<Omit<PlacedRecords, "records"> & { readonly records: MasksReport["records"] }> {
	const { masking, packing } = question;
	const { model, records, runRows } = options;
	const { tokenizer } = model;
	const placed =
		records === undefined ? placeText(question, options) : placeRecords(records, { tokenizer, packing, runRows });
	const { tokens } = placed;
	const isMarked = !needsMarks(masking) || placed.document.rows.marks !== undefined;
	const document = isMarked
		? placed.document
		: markRows(placed.document, await marksOfQuestion(question, masking, tokens));
	const ngrams = ngramConfig(masking);
	const hasNgrams = ngrams === undefined || document.rows.marks?.some((mark) => ngramMark.length(mark) > 0) === true;
	const rows = hasNgrams ? document.rows : withOwnNgrams(document.rows, ngrams, tokenizer).rows;
	return { ...placed, document: { ...document, rows } };
}

/** The text as one document. */
function placeText(
	{ text, packing, sequenceLength }: MasksQuestion,
	{ model, runRows }: MasksOptions,
): Omit<PlacedRecords, "records"> & { readonly records: null } {
	const tokens = tokensOfText(model.tokenizer, text);
	const { special } = model.tokenizer;
	const found = runRows && findInRows(runRows, tokens.ids, { packing, special });
	const document = found ?? packAlone(tokens.ids, { packing, sequenceLength, special });
	return { tokens, document, placed: found === undefined ? "alone" : "run", records: null };
}

async function marksOfQuestion(
	{ path = "", text }: MasksQuestion,
	masking: Masking,
	tokens: TextTokens,
): Promise<Int32Array> {
	return await (await openMarker(masking, path))({ path, text }, tokens);
}

/** The tokens of a text in which nothing is masked. */
function tokensAsTheyAre({ text, range }: MasksQuestion, { model }: MasksOptions): MaskedToken[] {
	const tokens = tokensOfText(model.tokenizer, text);
	const { first, end } = tokenRange(tokens, range);
	return Array.from({ length: end - first }, (_, offset): MaskedToken => {
		const at = first + offset;
		const place = { start: tokens.starts[at]!, end: tokens.ends[at]!, id: tokens.ids[at]! };
		return { ...place, action: "keep", strategy: null, row: 0, shown: null };
	});
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
		const isInRow = document.row[at]! >= 0;
		const input = isInRow ? preview.inputs[at]! : id;
		const [own, other] = judged.map((judgements) => judgements.get(at));
		return {
			start: tokens.starts[at]!,
			end: tokens.ends[at]!,
			id,
			action: preview.actions[at]!,
			strategy: preview.strategies[at] ?? null,
			...(marks === undefined ? {} : { spanClass: (isInRow && markedClass(marks[placeOf(at)]!)) || null }),
			row: Math.max(0, document.row[at]!),
			...(preview.joined[at] === 1 ? { joined: true as const } : {}),
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

/** Classification by the masked-LM head: an instruction with options, and one masked token for the answer. */
import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../base/errors.ts";
import { encodeDocument } from "../data/encodeDocument.ts";
import { fitRecord } from "../data/fitRecord.ts";
import { optionLetters, writeInstruction } from "../data/instructions.ts";
import type { InstructionTemplate } from "../data/readers/config.ts";
import type { ClassifyReport } from "../protocol/classify.ts";
import type { LoadedModel } from "./loadedModel.ts";

/** Texts, the labels to choose from, and what is asked about each text. */
export interface ClassifyQuestion {
	readonly texts: readonly string[];
	readonly labels: readonly string[];
	/** By default the one that the model was trained with. */
	readonly instruction?: string | undefined;
}

/** How a model that was trained on no instructions is asked, after `eval.py` of ModernBERT-Instruct. */
const usualTemplate: InstructionTemplate = {
	instruction: "Choose the option that fits the text.",
	listing: "letters",
	anchor: "[unused0]",
	order: "given",
};

/** Tokens of one run of the model, after which another request comes in. */
const tokensPerRun = 2048;

/** Rows are padded to a multiple of this, so that a model needs few sessions. */
const lengthStep = 32;

/** A text as a row: its tokens with the answer masked, and which tokens mean which label. */
interface AskedRow {
	/** [CLS] instruction [SEP]. */
	readonly ids: Int32Array;
	/** Of the mask: the last token before [SEP]. */
	readonly place: number;
	/** By label: every token that reads as its answer, with or without a blank before it. */
	readonly variants: readonly (readonly number[])[];
	/** Whether the text lost tokens. */
	readonly cut: boolean;
}

/**
 * The probabilities of the labels for each text: those of the tokens of a label are summed (`eval.py`), then divided by
 * the sum over all labels. Throws `usage` for labels that cannot be told apart by one token, `tooLong` where labels and
 * instruction leave a row no room for text, and `interrupted`.
 */
export async function classify(
	{ name, model }: { readonly name: string; readonly model: LoadedModel },
	question: ClassifyQuestion,
	{ signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (done: number) => void } = {},
): Promise<ClassifyReport> {
	checkLabels(question.labels);
	const asked = question.texts.map((text) => askedRow(model, text, question));
	const items: ClassifyReport["items"] = [];
	const longest = Math.max(0, ...asked.map(({ ids }) => ids.length));
	const length = Math.min(model.sequenceLength, Math.ceil(longest / lengthStep) * lengthStep);
	const rows = Math.min(asked.length, Math.max(1, Math.floor(tokensPerRun / length)));
	for (let start = 0; start < asked.length; start += rows) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
		const batch = asked.slice(start, start + rows);
		const probabilities = await answerProbabilities(model, batch, { rows, length });
		for (const [slot, row] of batch.entries()) items.push(itemOf(row, probabilities[slot]!, question.labels));
		onProgress?.(items.length);
		await setImmediate(); // lets a message in that cancels
	}
	return { model: name, trained: model.instructions !== undefined, labels: [...question.labels], items };
}

function itemOf({ variants, cut }: AskedRow, row: Float32Array, labels: readonly string[]) {
	const mass = sumVariants(row, variants);
	const total = mass.reduce((sum, value) => sum + value, 0);
	// Where the model gives none of the answers a chance that float32 can tell, none is likelier than another.
	const shares = mass.map((value) => (total > 0 ? value / total : 1 / labels.length));
	const probabilities = labels.map((label, index) => ({ label, probability: shares[index]! }));
	probabilities.sort((a, b) => b.probability - a.probability);
	return { label: probabilities[0]!.label, probabilities, answered: Math.min(1, total), cut };
}

/** The probability of each answer [labels] under `row` [vocabulary]: that of all tokens that read as it. */
export function sumVariants(row: Float32Array, variants: readonly (readonly number[])[]): number[] {
	return variants.map((ids) => ids.reduce((sum, id) => sum + row[id]!, 0));
}

function askedRow(model: LoadedModel, text: string, { labels, instruction }: ClassifyQuestion): AskedRow {
	const { tokenizer, sequenceLength } = model;
	const learned = model.instructions ?? usualTemplate;
	// Shuffling is for training: in its place the order of the labels is the user's.
	const template = learned.order === "shuffled" ? { ...learned, order: "given" as const } : learned;
	const asked = { text, options: labels, hash: "0", from: "end" as const };
	const written = writeInstruction({ ...asked, ...(instruction === undefined ? {} : { instruction }) }, template, 0);
	const whole = encodeDocument(written, tokenizer);
	const { ids } = fitOrRefuse(written, whole, sequenceLength - 2);
	const { cls, sep, mask } = tokenizer.special;
	const variants = written.answers.map((answer, index) => {
		const found = [answer, ` ${answer}`].flatMap((variant) => {
			const pieces = tokenizer.encode(variant).ids;
			return pieces.length === 1 ? [pieces[0]!] : [];
		});
		if (found.length === 0) refuseLabel(labels[index]!);
		return [...new Set(found)];
	});
	return {
		ids: Int32Array.of(cls, ...ids.subarray(0, -1), mask, sep),
		place: ids.length,
		variants,
		cut: ids.length < whole.ids.length,
	};
}

function fitOrRefuse(written: Parameters<typeof fitRecord>[0], whole: Parameters<typeof fitRecord>[1], room: number) {
	const kept = fitRecord(written, whole, room);
	if (kept !== undefined) return kept;
	throw new MaskwrightError(
		"tooLong",
		`The instruction and its labels alone are longer than the ${room} tokens that the model sees. Give fewer labels or shorter ones.`,
	);
}

function checkLabels(labels: readonly string[]): void {
	if (labels.length < 2) throw new MaskwrightError("usage", "Name two labels at least, with commas between them.");
	if (labels.some((label) => label.trim() === "")) throw new MaskwrightError("usage", "A label is empty. Name each.");
	const twice = labels.find((label, index) => labels.indexOf(label) < index);
	if (twice !== undefined) throw new MaskwrightError("usage", `The label ${twice} stands there twice. Name each once.`);
	if (labels.length > optionLetters.length) {
		throw new MaskwrightError("usage", `${labels.length} labels are more than there are letters for. Name 26 at most.`);
	}
}

function refuseLabel(label: string): never {
	throw new MaskwrightError(
		"usage",
		`The label "${label}" is several tokens for this model, which answers with one. Choose a label of one token, or train with data.reader.template.listing=letters.`,
	);
}

/** The probabilities [vocabulary] of each row's mask. */
async function answerProbabilities(
	model: LoadedModel,
	batch: readonly AskedRow[],
	{ rows, length }: { readonly rows: number; readonly length: number },
): Promise<Float32Array[]> {
	const scorer = await model.scorer({ rows, sequenceLength: length, maskedRows: rows }, "float32");
	const inputIds = new Int32Array(rows * length).fill(model.tokenizer.special.pad);
	const segments = new Int32Array(rows * length).fill(-1);
	const positions = new Int32Array(rows * length);
	const maskedPositions = new Int32Array(rows);
	batch.forEach(({ ids, place }, slot) => {
		const from = slot * length;
		inputIds.set(ids, from);
		segments.fill(0, from, from + ids.length);
		for (let at = 0; at < ids.length; at++) positions[from + at] = at;
		maskedPositions[slot] = from + place;
	});
	const probabilities = await scorer.score({ inputIds, segments, positions, maskedPositions });
	const size = model.config.vocabularySize;
	return batch.map((_, slot) => probabilities.subarray(slot * size, (slot + 1) * size));
}

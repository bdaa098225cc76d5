/** How near a model in 8 bits comes to the same model in float32, and how much faster it is. */
import { collate, maskedCapacity } from "../data/collate.ts";
import { evaluationMasking, evaluationSeed } from "../data/masking/config.ts";
import type { PackedRows } from "../data/packing.ts";
import { embeddedIds } from "../inference/embeddedIds.ts";
import type { EmbeddingSection } from "../inference/embeddingSection.ts";
import type { LoadedModel } from "../inference/loadedModel.ts";
import type { Scorer } from "../inference/scorer.ts";
import { createVectorizer, type Vectorizer } from "../inference/vectorizer.ts";

/** Something of either precision. */
type Both<T> = readonly [float32: T, int8: T];

/** The masked tokens of rows, one row at a time as fills come, for which both precisions find the same one likeliest. */
export async function fillAgreement(model: LoadedModel, rows: PackedRows): Promise<{ same: number; tokens: number }> {
	const { mask: maskId, pad: padId } = model.tokenizer.special;
	const size = model.config.vocabularySize;
	const scorers = await scorersOf(model, rows.sequenceLength);
	let [same, tokens] = [0, 0];
	for (let row = 0; row < rows.count; row++) {
		const options = { masking: evaluationMasking, pieces: model.pieces, maskId, padId, seed: evaluationSeed, epoch: 0 };
		const batch = collate(rows, [row], options);
		const scores = await eachOf(scorers, (scorer) => scorer.score(batch));
		for (let masked = 0; masked < batch.maskedCount; masked++) {
			const [float32, int8] = scores.map((score) => likeliest(score.subarray(masked * size, (masked + 1) * size)));
			if (float32 === int8) same++;
			tokens++;
		}
	}
	return { same, tokens };
}

/** The mean cosine of both vectors of each row's text. */
export async function vectorAgreement(vectorizers: Both<Vectorizer>, texts: readonly Int32Array[]): Promise<number> {
	const [float32, int8] = await eachOf(vectorizers, (vectorizer) => vectorizer.vectors(texts));
	return float32.reduce((sum, unit, at) => sum + unit * int8[at]!, 0) / texts.length; // vectors have length 1
}

/** Texts of the held-out rows as a model embeds them: the first document of each row. */
export function embeddedTexts(model: LoadedModel, rows: PackedRows, section: EmbeddingSection): Int32Array[] {
	const { sequenceLength, tokens, segments } = rows;
	const limit = Math.min(section.codeTokens, model.config.maxPositions);
	return Array.from({ length: rows.count }, (_, row) => {
		const start = row * sequenceLength;
		const isFirst = (at: number): boolean => segments[start + at] === segments[start];
		const ids = tokens.subarray(start, start + sequenceLength).filter((_token, at) => isFirst(at));
		return embeddedIds(model.tokenizer, model.tokenizer.decode([...ids]), { view: section.text, limit });
	}).filter((ids) => ids.length > 0);
}

/** The encoder with its pooling in both precisions, on one core. */
export function vectorizersOf(
	model: LoadedModel,
	section: EmbeddingSection,
	weights: LoadedModel["weights"],
): Both<Vectorizer> {
	const { config } = model;
	const { pooling, repeatDamping } = section;
	const common = { config, weights, pooling, repeatDamping, executionProvider: "cpu", threads: 1 } as const;
	return [createVectorizer({ ...common, precision: "float32" }), createVectorizer({ ...common, precision: "int8" })];
}

/** Masked rows of the model's longest row, for the time of one. */
export async function timedScorers(model: LoadedModel): Promise<Both<() => Promise<unknown>>> {
	const length = model.sequenceLength;
	const inputIds = Int32Array.from({ length }, (_, at) => (31 * at) % model.config.vocabularySize);
	const positions = Int32Array.from({ length }, (_, at) => at);
	const scorers = await scorersOf(model, length);
	const maskedPositions = new Int32Array(scorers[0].shape.maskedRows);
	const inputs = { inputIds, positions, maskedPositions, segments: new Int32Array(length) };
	const [float32, int8] = scorers.map((scorer) => () => scorer.score(inputs));
	return [float32!, int8!];
}

const rounds = 9;
const roundMicroseconds = 80_000; // some systems count a process's time in steps of 16,000

/**
 * How many times as fast the second of two is: the median of ratios of processor time, taken in turn, so that what else
 * the machine does falls on both.
 */
export async function speedup([slow, fast]: Both<() => Promise<unknown>>): Promise<number> {
	for (const run of [slow, fast]) await run(); // the first run allocates
	const time = async (run: () => Promise<unknown>, runs: number): Promise<number> => {
		const before = process.cpuUsage();
		for (let i = 0; i < runs; i++) await run();
		const { user, system } = process.cpuUsage(before);
		return Math.max(1, user + system);
	};
	const runs = Math.ceil(roundMicroseconds / (await time(slow, 2))) * 2;
	const ratios: number[] = [];
	for (let round = 0; round < rounds; round++) ratios.push((await time(slow, runs)) / (await time(fast, runs)));
	return ratios.sort((a, b) => a - b)[rounds >> 1]!;
}

async function scorersOf(model: LoadedModel, sequenceLength: number): Promise<Both<Scorer>> {
	const maskedRows = maskedCapacity(1, sequenceLength, evaluationMasking);
	const shape = { rows: 1, sequenceLength, maskedRows };
	return eachOf(["float32", "int8"] as const, (precision) => model.scorer(shape, precision));
}

async function eachOf<T, R>([a, b]: Both<T>, action: (one: T) => Promise<R>): Promise<Both<R>> {
	const first = await action(a);
	return [first, await action(b)];
}

function likeliest(probabilities: Float32Array): number {
	let best = 0;
	for (let id = 1; id < probabilities.length; id++) if (probabilities[id]! > probabilities[best]!) best = id;
	return best;
}

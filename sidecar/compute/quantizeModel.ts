import { MaskwrightError } from "../base/errors.ts";
import type { PackedRows } from "../data/packing.ts";
import { type EmbeddingSection, embeddingSectionOf } from "../inference/embeddingSection.ts";
import { type LoadedModel, openModel } from "../inference/loadedModel.ts";
import { readWeights } from "../inference/modelWeights.ts";
import { type Int8Measurement, int8Bars, missedBars } from "../inference/precision.ts";
import { headSpecs } from "../inference/predictingHead.ts";
import { embeddingSpecs } from "../inference/vectorizer.ts";
import type { QuantizeReport } from "../protocol/outputs.ts";
import { isAdapter } from "../store/adapters.ts";
import { changeAbout, loadModel, modelName } from "../store/modelFolder.ts";
import { rowsOfData, rowsOfRun } from "./heldOutRows.ts";
import {
	embeddedTexts,
	fillAgreement,
	speedup,
	timedScorers,
	vectorAgreement,
	vectorizersOf,
} from "./int8Agreement.ts";

/** Held-out rows that both precisions answer: some 3,000 masked tokens, a share known to a quarter of a point. */
const measuredRows = 160;

interface QuantizeOptions {
	/** A folder or .jsonl file; by default what the model's run held out. */
	readonly data?: string;
	readonly bars?: typeof int8Bars;
}

/**
 * Measures a model in 8 bits beside itself in float32, on `data` or on the rows that its run held out, and has it serve in
 * 8 bits from then on when no number misses its bar; otherwise it serves in float32. The weights on the disk stay as they
 * are. Throws as `openModel` does, and `usage` when there is neither data nor a run.
 */
export async function quantizeModel(folder: string, options: QuantizeOptions): Promise<QuantizeReport> {
	const { data, bars = int8Bars } = options;
	if (isAdapter(folder)) throw notAlone(folder);
	const model = openModel(folder, { executionProvider: "cpu", threads: 1, precision: "float32" });
	try {
		const rows = data === undefined ? rowsOfRun(folder, measuredRows) : await rowsOfData(model, data, measuredRows);
		const { measured, tokens, texts } = await measure(model, rows, folder);
		const missed = missedBars(measured, bars);
		changeAbout(folder, { int8: missed.length === 0 ? measured : undefined });
		const report = { model: modelName(folder), path: folder, ...measured, tokens, texts, bars };
		return { ...report, missed, precision: missed.length === 0 ? "int8" : "float32" };
	} finally {
		await model.release();
	}
}

function notAlone(adapter: string): MaskwrightError {
	return new MaskwrightError(
		"usage",
		`${modelName(adapter)} is an adapter, which answers in the precision of the model that it is for. Measure that model, or export the two as one first.`,
	);
}

async function measure(
	model: LoadedModel,
	rows: PackedRows,
	folder: string,
): Promise<{ measured: Int8Measurement; tokens: number; texts: number }> {
	const stored = loadModel(folder);
	const section: EmbeddingSection = embeddingSectionOf(stored.about, folder);
	const weights = readWeights(embeddingSpecs(model.config, section.pooling), stored, folder);
	const vectorizers = vectorizersOf(model, section, weights);
	try {
		const predicts = headSpecs(model.config).every(({ name }) => model.weights.has(name));
		const fills = predicts ? await fillAgreement(model, rows) : undefined;
		const texts = embeddedTexts(model, rows, section);
		const row = texts.reduce((longest, text) => (text.length > longest.length ? text : longest), new Int32Array(1));
		const [float32, int8] = vectorizers.map((vectorizer) => () => vectorizer.vectors([row]));
		const measured = {
			agreement: fills === undefined || fills.tokens === 0 ? null : fills.same / fills.tokens,
			cosine: texts.length === 0 ? null : await vectorAgreement(vectorizers, texts),
			speedup: await speedup(predicts ? await timedScorers(model) : [float32!, int8!]),
		};
		return { measured, tokens: fills?.tokens ?? 0, texts: texts.length };
	} finally {
		for (const vectorizer of vectorizers) await vectorizer.release();
	}
}

/**
 * How well a model fills masks in packages that it was not trained on, by language: by the measure of `heldOut` in rows
 * of the model's length, and what `fill` shows for whole identifiers.
 *
 *   node --import tsx bench/boxed.ts MODEL FOLDER OUT.json [COUNTED]
 *
 * FOLDER holds the `held.LANGUAGE.jsonl` of `boxedCorpus.ts`. The baselines are those of the model COUNTED, where MODEL
 * keeps fewer counts than its run had. SITES sets the identifiers that are filled in each language (150).
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evaluateModel, scoredRows } from "../sidecar/compute/evaluateModel.ts";
import { rowsOfData } from "../sidecar/compute/heldOutRows.ts";
import { evaluateBaselines } from "../sidecar/data/baselines.ts";
import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { evaluateFill } from "../sidecar/inference/evaluateFill.ts";
import { type LoadedModel, openModel } from "../sidecar/inference/loadedModel.ts";
import { type BoxedScores, boxedTable, meanOf } from "./boxedScores.ts";

const sites = Number(process.env["SITES"] ?? 150);
const seed = 12;
const [folder, held, out, counted = folder] = process.argv.slice(2);
if (folder === undefined || held === undefined || out === undefined || counted === undefined) {
	throw new Error("Name a model, the folder of what it is scored on, and the file to write.");
}
const open = { executionProvider: "cpu", threads: 1 } as const;
const counting = openModel(counted, open);
const scores: Record<string, BoxedScores> = {};
for (const file of readdirSync(held).sort()) {
	const language = /^held\.(\w+)\.jsonl$/.exec(file)?.[1];
	if (language === undefined) continue;
	scores[language] = await scoresOf(folder, join(held, file));
	console.error(language, scores[language].top1);
}
const all = { ...scores, mean: meanOf(Object.values(scores)) };
writeFileSync(out, `${JSON.stringify(all, undefined, "\t")}\n`);
console.log(boxedTable(all));

async function scoresOf(folder: string, data: string): Promise<BoxedScores> {
	const scores = await evaluateModel(folder, data);
	const rows = await rowsOfData(counting, data, scoredRows);
	const { ngrams: counts, pieces } = counting;
	const baselines = counts === undefined ? scores.baselines : evaluateBaselines(counts, rows, { pieces });
	const texts = (await readCorpus(data)).documents.map(({ text }) => text);
	const model = openModel(folder, open);
	const filled = (asked: LoadedModel) => evaluateFill(asked, texts, { sites, seed });
	try {
		const { ngrams, ...withoutCounts } = model;
		const { rankedTop1, rankedTop5, cacheTop1 } = await filled(withoutCounts);
		const fillWithCounts = ngrams === undefined ? null : (await filled(model)).rankedTop1;
		return { ...scores, baselines, fillTop1: rankedTop1, fillTop5: rankedTop5, fillWithCounts, fillByWords: cacheTop1 };
	} finally {
		await model.release();
	}
}

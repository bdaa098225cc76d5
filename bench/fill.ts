import { availableParallelism } from "node:os";
import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { splitHeldOut } from "../sidecar/data/split.ts";
import { counted } from "../sidecar/inference/countedModel.ts";
import { evaluateFill } from "../sidecar/inference/evaluateFill.ts";
import { fill } from "../sidecar/inference/fill.ts";
import { fillSites } from "../sidecar/inference/fillSites.ts";
import { type LoadedModel, openModel } from "../sidecar/inference/loadedModel.ts";
import { quantile } from "./statistics.ts";

/**
 * The fill of trained models: `node --import tsx bench/fill.ts MODEL DATA [MODEL DATA]...`, where DATA is the corpus
 * that MODEL was trained on. Hides identifiers of its held-out files one at a time, and prints the share that the
 * model alone, the text and n-gram counts alone, and the ranking of both find; then the time of one mask with all
 * the context that the model holds, warm, and how much of it is not the model's.
 * SITES sets the number of identifiers.
 */
const sites = Number(process.env["SITES"] ?? 600);
const timedFills = 100;
const seed = 12;

const pairs: [model: string, data: string][] = [];
for (let at = 2; at + 1 < process.argv.length; at += 2) pairs.push([process.argv[at]!, process.argv[at + 1]!]);
if (pairs.length === 0) {
	console.error("usage: node --import tsx bench/fill.ts MODEL DATA [MODEL DATA]...");
	process.exit(2);
}
for (const [folder, data] of pairs) {
	const { documents } = await readCorpus(data);
	const texts = splitHeldOut(documents).heldOut.map(({ text }) => text);
	const threads = availableParallelism();
	const model = openModel(folder, { executionProvider: "cpu", threads });
	const scores = await evaluateFill(model, texts, { sites, seed });
	const percent = (share: number | null): string => (100 * (share ?? Number.NaN)).toFixed(1).padStart(5);
	console.log(`${folder}: ${scores.sites} identifiers of ${texts.length} held-out files (top-1, top-5, per cent)`);
	console.log(`  model alone ${percent(scores.modelTop1)} ${percent(scores.modelTop5)}`);
	console.log(`  cache alone ${percent(scores.cacheTop1)} ${percent(scores.cacheTop5)}`);
	console.log(`  ranked      ${percent(scores.rankedTop1)} ${percent(scores.rankedTop5)}`);
	const times = await timeFills(model, texts);
	const rest = 1 - times.model / times.all.reduce((sum, time) => sum + time, 0);
	console.log(
		`  one mask in ${model.sequenceLength} tokens, ${threads} threads: p50 ${quantile(times.all, 0.5).toFixed(1)} ms, ` +
			`p95 ${quantile(times.all, 0.95).toFixed(1)} ms; ${(100 * rest).toFixed(0)}% of it outside the model`,
	);
	await model.release();
}

/** Milliseconds of each fill, and of all runs of the model together. */
async function timeFills(model: LoadedModel, texts: readonly string[]): Promise<{ all: number[]; model: number }> {
	const long = texts.filter((text) => text.length > 40 * model.sequenceLength);
	const use = { runs: 0, milliseconds: 0 };
	const timed = counted(model, use);
	const all: number[] = [];
	for (const [at, site] of fillSites(model, long, { kind: "identifier", count: timedFills + 10, seed }).entries()) {
		const text = long[site.text]!;
		const masked = `${text.slice(0, site.start)}[MASK]${text.slice(site.end)}`;
		if (at === 10) use.milliseconds = 0; // the first ones warm up
		const start = performance.now();
		await fill(timed, masked);
		if (at >= 10) all.push(performance.now() - start);
	}
	return { all, model: use.milliseconds };
}

/**
 * How well functions are found by their docstrings: BM25, a model's vectors, and both, for every language of the
 * evaluation files, as is and with the functions' names masked. Prints the table of `bench/README.md`.
 *
 *   node --import tsx bench/codeSearch.ts MODEL [SIZE] [WEIGHT]      (needs MASKWRIGHT_SHARED)
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { readSearchPairs } from "../sidecar/cli/searchPairs.ts";
import { openEmbedder } from "../sidecar/inference/embedder.ts";
import type { SearchScores } from "../sidecar/protocol/search.ts";
import { evaluateSearch } from "../sidecar/search/query/evaluateSearch.ts";
import { untunedWeight } from "../sidecar/search/query/fusion.ts";

const shared = process.env["MASKWRIGHT_SHARED"];
const [model, size, given] = process.argv.slice(2);
if (shared === undefined || model === undefined) throw new Error("Set MASKWRIGHT_SHARED and name a model folder.");

const embedder = await openEmbedder(model, {
	executionProvider: "cpu",
	threads: 1,
	...(size === undefined ? {} : { size }),
});
const weight = given === undefined ? (embedder.fusionWeight ?? untunedWeight) : Number(given);
const folder = join(shared, "data", "codesearch");
console.log(`${embedder.size} layers and units, weight ${weight} beside BM25; MRR as is / names masked`);
console.log("| language | functions | BM25 | encoder | hybrid | gain |\n| --- | --- | --- | --- | --- | --- |");
const gains = new Map<string, readonly [asIs: number, masked: number]>();
for (const name of readdirSync(folder).sort()) {
	const pairs = await readSearchPairs(join(folder, name));
	const score = (maskNames: boolean): Promise<SearchScores> =>
		evaluateSearch({ pairs, maskNames, embed: (kind, texts) => embedder.embed(kind, texts), weight });
	const [asIs, masked] = [await score(false), await score(true)];
	const cell = (of: "bm25" | "encoder" | "hybrid"): string =>
		[asIs, masked].map((scores) => scores[of]!.mrr.toFixed(3)).join(" / ");
	const gain = [asIs, masked].map((scores) => scores.hybrid!.mrr - scores.bm25.mrr) as [number, number];
	const language = basename(name, ".jsonl");
	gains.set(language, gain);
	const signed = gain.map((value) => `${value < 0 ? "" : "+"}${value.toFixed(3)}`).join(" / ");
	console.log(
		`| ${language} | ${pairs.length} | ${cell("bm25")} | ${cell("encoder")} | ${cell("hybrid")} | ${signed} |`,
	);
}
await embedder.release();
const ofTwo = (gains.get("python")![1] + gains.get("javascript")![1]) / 2;
const least = Math.min(...[...gains.values()].flat());
console.log(`names masked, python and javascript: +${ofTwo.toFixed(3)}; the least gain of all: ${least.toFixed(3)}`);

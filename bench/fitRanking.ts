import { writeFileSync } from "node:fs";
import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { splitHeldOut } from "../sidecar/data/split.ts";
import type { Candidate } from "../sidecar/inference/candidates.ts";
import { modelAlone, type OpenedSite, openFillSite } from "../sidecar/inference/evaluateFill.ts";
import { fillSites } from "../sidecar/inference/fillSites.ts";
import { type LoadedModel, openModel } from "../sidecar/inference/loadedModel.ts";
import { featuresOf } from "../sidecar/inference/ranking.ts";
import { cacheFeatures, rankingFeatures, rankingWeights } from "../sidecar/inference/rankingWeights.ts";

/**
 * Fits the weights of the fill's ranking: `node --import tsx bench/fitRanking.ts MODEL DATA [MODEL DATA]...`, where
 * DATA is the corpus that MODEL was trained on. Sites are drawn from its held-out files. Every site is judged by
 * weights fitted on other workspaces, or with one pair alone on other files. Prints the weights of all sites together,
 * those of the ranking and those of the cache alone.
 * SITES sets the number of identifiers of each pair; OUT names a file for the weights of the ranking, as a model of its
 * own may bring them (`ranking` in `maskwright.json`).
 */

/** Candidates' features, and where the truth stands among them (-1: nowhere). */
interface Choice {
	/** Scaled features, one row of `size` for each candidate; the last row is "none of them". */
	readonly rows: Float64Array;
	readonly candidates: number;
	readonly truth: number;
}

interface FittingSite {
	readonly all: Choice;
	/** Of the text's words and the n-gram counts alone. */
	readonly cached: Choice;
	readonly identifier: boolean;
	/** Sites of one fold are never judged by weights that were fitted on it. */
	readonly fold: string;
	readonly modelRank: number;
}

const identifiers = Number(process.env["SITES"] ?? 700);
/** Names are what the ranking is for; the others keep it from proposing names where none can stand. */
const others = Math.round(identifiers * 0.4);
/** Other than the seed of `bench/fill.ts`. */
const seed = 11;
const ridge = 0.01; // of the mean loss: features are correlated, and small weights carry over better
const iterations = 250;
const size = rankingFeatures.length + 1; // the last is "none"
/** About the spread of each feature, so that one step size and one ridge serve them all. */
const scale = Float64Array.from([...rankingFeatures, "none"], (name) =>
	name === "modelSum" || name === "chain" ? 8 : name.startsWith("model") ? 3 : 1,
);

const pairs: [model: string, data: string][] = [];
for (let at = 2; at + 1 < process.argv.length; at += 2) pairs.push([process.argv[at]!, process.argv[at + 1]!]);
if (pairs.length === 0) {
	console.error("usage: node --import tsx bench/fitRanking.ts MODEL DATA [MODEL DATA]...");
	process.exit(2);
}
const sites: FittingSite[] = [];
for (const pair of pairs) sites.push(...(await readSites(...pair)));
const names = [...rankingFeatures, "none"] as const;
const withoutModel = new Set(names.flatMap((name, at) => (name.startsWith("model") ? [at] : [])));
const withoutOthers = new Set(names.flatMap((name, at) => (cacheFeatures.has(name) ? [] : [at])));
const shipped = Float64Array.from(names, (name, at) => rankingWeights[name] * scale[at]!);
const allOf = ({ all }: FittingSite): Choice => all;
const cachedOf = ({ cached }: FittingSite): Choice => cached;
for (const fold of new Set(sites.map((site) => site.fold))) {
	const own = sites.filter((site) => site.fold === fold);
	const rest = sites.filter((site) => site.fold !== fold);
	console.log(`${fold}, judged by weights of the others`);
	report("model alone", own, (site) => site.modelRank);
	const cache = fitWeights(rest.map(cachedOf), withoutOthers);
	report("cache alone", own, (site) => rankOfTruth(site.cached, cache));
	report("ranked as it ships", own, (site) => rankOfTruth(site.all, shipped));
	const fitted = fitWeights(rest.map(allOf));
	report("ranked", own, (site) => rankOfTruth(site.all, fitted));
	const ablated = fitWeights(rest.map(allOf), withoutModel);
	report("ranked without the model", own, (site) => rankOfTruth(site.all, ablated));
}
const weights = fitWeights(sites.map(allOf));
print("rankingWeights", weights);
const out = process.env["OUT"];
if (out !== undefined)
	writeFileSync(out, JSON.stringify(Object.fromEntries(names.map((n, at) => [n, round(weights, at)]))));
print("cacheWeights", fitWeights(sites.map(cachedOf), withoutOthers));

function print(title: string, weights: Float64Array): void {
	console.log(title);
	console.log(names.map((name, at) => `\t${name}: ${round(weights, at)},`).join("\n"));
}

function round(weights: Float64Array, at: number): number {
	return Number((weights[at]! / scale[at]!).toFixed(3));
}

async function readSites(folder: string, data: string): Promise<FittingSite[]> {
	const { documents } = await readCorpus(data);
	const texts = splitHeldOut(documents).heldOut.map(({ text }) => text);
	const model = openModel(folder, { executionProvider: "cpu", threads: 1 });
	const read: FittingSite[] = [];
	for (const kind of ["identifier", "other"] as const) {
		const count = kind === "identifier" ? identifiers : others;
		for (const site of fillSites(model, texts, { kind, count, seed })) {
			const opened = await openFillSite(model, texts, { site });
			read.push({
				all: choiceOf(model, opened, opened.candidates),
				cached: choiceOf(model, opened, opened.cached),
				identifier: kind === "identifier",
				fold: pairs.length > 1 ? data : `${data}, ${site.text % 2 === 0 ? "even" : "odd"} files`,
				modelRank: modelAlone(model, opened).findIndex(({ text }) => text === opened.truth),
			});
		}
	}
	await model.release();
	const known = read.filter((site) => site.identifier && site.all.truth >= 0).length;
	const proposed = read.reduce((sum, site) => sum + site.all.candidates, 0) / read.length;
	console.log(`${data}: ${read.length} sites, ${proposed.toFixed(0)} candidates each; ${known} identifiers among them`);
	return read;
}

function choiceOf(model: LoadedModel, { truth, evidence }: OpenedSite, candidates: readonly Candidate[]): Choice {
	const rows = new Float64Array((candidates.length + 1) * size);
	for (const [row, candidate] of candidates.entries()) {
		const values = featuresOf(model, candidate, evidence);
		for (const [at, value] of values.entries()) rows[row * size + at] = value / scale[at]!;
	}
	rows[rows.length - 1] = 1;
	return { rows, candidates: candidates.length, truth: candidates.findIndex(({ text }) => text === truth) };
}

/**
 * Multinomial logistic regression over the candidates of each site and "none of them", by gradient descent with
 * momentum. Features in `without` keep the weight 0. Deterministic.
 */
function fitWeights(choices: readonly Choice[], without: ReadonlySet<number> = new Set()): Float64Array {
	const fitted = new Float64Array(size);
	const velocity = new Float64Array(size);
	for (let iteration = 0; iteration < iterations; iteration++) {
		const gradient = new Float64Array(size);
		for (const choice of choices) addGradient(choice, fitted, gradient);
		for (let at = 0; at < size; at++) {
			if (without.has(at)) continue;
			velocity[at] = 0.9 * velocity[at]! - 0.1 * (gradient[at]! / choices.length + ridge * fitted[at]!);
			fitted[at]! += velocity[at]!;
		}
	}
	return fitted;
}

function addGradient(choice: Choice, fitted: Float64Array, gradient: Float64Array): void {
	const scores = scoresOf(choice, fitted);
	const highest = scores.reduce((most, score) => Math.max(most, score));
	const parts = scores.map((score) => Math.exp(score - highest));
	const total = parts.reduce((sum, part) => sum + part);
	const truth = choice.truth < 0 ? choice.candidates : choice.truth;
	for (let row = 0; row < parts.length; row++) {
		const error = parts[row]! / total - (row === truth ? 1 : 0);
		if (Math.abs(error) < 1e-7) continue;
		for (let at = 0; at < size; at++) gradient[at]! += error * choice.rows[row * size + at]!;
	}
}

function scoresOf(choice: Choice, fitted: Float64Array): Float64Array {
	const scores = new Float64Array(choice.candidates + 1);
	for (let row = 0; row < scores.length; row++) {
		let score = 0;
		for (let at = 0; at < size; at++) score += choice.rows[row * size + at]! * fitted[at]!;
		scores[row] = score;
	}
	return scores;
}

function rankOfTruth(choice: Choice, fitted: Float64Array): number {
	if (choice.truth < 0) return -1;
	const scores = scoresOf(choice, fitted).subarray(0, choice.candidates);
	return scores.filter((score) => score > scores[choice.truth]!).length;
}

function report(name: string, own: readonly FittingSite[], rankOf: (site: FittingSite) => number): void {
	const shares = [true, false].map((identifier) => {
		const ranks = own.filter((site) => site.identifier === identifier).map(rankOf);
		const share = (limit: number): string =>
			((100 * ranks.filter((rank) => rank >= 0 && rank < limit).length) / Math.max(1, ranks.length)).toFixed(1);
		return `${ranks.length} ${identifier ? "identifiers" : "others"} ${share(1)} / ${share(5)}`;
	});
	console.log(`  ${name.padEnd(25)} ${shares.join("; ")}`);
}

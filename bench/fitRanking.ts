import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { splitHeldOut } from "../sidecar/data/split.ts";
import { cacheAlone, modelAlone, openFillSite } from "../sidecar/inference/evaluateFill.ts";
import { fillSites } from "../sidecar/inference/fillSites.ts";
import { openModel } from "../sidecar/inference/loadedModel.ts";
import { featuresOf } from "../sidecar/inference/ranking.ts";
import { rankingFeatures } from "../sidecar/inference/rankingWeights.ts";

/**
 * Fits the weights of the fill's ranking: `node --import tsx bench/fitRanking.ts MODEL DATA [MODEL DATA]...`, where
 * DATA is the corpus that MODEL was trained on. Sites are drawn from its held-out files. Every site is judged by
 * weights fitted on other workspaces, or with one pair alone on other files. Prints the weights of all sites together.
 * SITES sets the number of identifiers of each pair.
 */

/** One site: its candidates' features, and where the truth stands (-1: nowhere). */
interface FittingSite {
	/** Scaled features, one row of `size` for each candidate; the last row is "none of them". */
	readonly rows: Float64Array;
	readonly candidates: number;
	readonly truth: number;
	readonly identifier: boolean;
	/** Sites of one fold are never judged by weights that were fitted on it. */
	readonly fold: string;
	readonly modelRank: number;
	readonly cacheRank: number;
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
const withoutModel = new Set(rankingFeatures.flatMap((name, at) => (name.startsWith("model") ? [at] : [])));
for (const fold of new Set(sites.map((site) => site.fold))) {
	const own = sites.filter((site) => site.fold === fold);
	const rest = sites.filter((site) => site.fold !== fold);
	console.log(`${fold}, judged by weights of the others`);
	report("model alone", own, (site) => site.modelRank);
	report("cache alone", own, (site) => site.cacheRank);
	const fitted = fitWeights(rest);
	report("ranked", own, (site) => rankOfTruth(site, fitted));
	const ablated = fitWeights(rest, withoutModel);
	report("ranked without the model", own, (site) => rankOfTruth(site, ablated));
}
const weights = fitWeights(sites);
const names = [...rankingFeatures, "none"];
console.log(names.map((name, at) => `\t${name}: ${(weights[at]! / scale[at]!).toFixed(3)},`).join("\n"));

async function readSites(folder: string, data: string): Promise<FittingSite[]> {
	const { documents } = await readCorpus(data);
	const texts = splitHeldOut(documents).heldOut.map(({ text }) => text);
	const model = openModel(folder, { executionProvider: "cpu", threads: 1 });
	const read: FittingSite[] = [];
	for (const kind of ["identifier", "other"] as const) {
		const count = kind === "identifier" ? identifiers : others;
		for (const site of fillSites(model, texts, { kind, count, seed })) {
			const opened = await openFillSite(model, texts, { site });
			const { truth, evidence, candidates } = opened;
			const rows = new Float64Array((candidates.length + 1) * size);
			for (const [row, candidate] of candidates.entries()) {
				const values = featuresOf(model, candidate, evidence);
				for (const [at, value] of values.entries()) rows[row * size + at] = value / scale[at]!;
			}
			rows[rows.length - 1] = 1;
			const isTruth = ({ text }: { readonly text: string }): boolean => text === truth;
			read.push({
				rows,
				candidates: candidates.length,
				truth: candidates.findIndex(isTruth),
				identifier: kind === "identifier",
				fold: pairs.length > 1 ? data : `${data}, ${site.text % 2 === 0 ? "even" : "odd"} files`,
				modelRank: modelAlone(model, opened).findIndex(isTruth),
				cacheRank: cacheAlone(model, opened).findIndex(isTruth),
			});
		}
	}
	await model.release();
	const known = read.filter((site) => site.identifier && site.truth >= 0).length;
	const proposed = read.reduce((sum, site) => sum + site.candidates, 0) / read.length;
	console.log(`${data}: ${read.length} sites, ${proposed.toFixed(0)} candidates each; ${known} identifiers among them`);
	return read;
}

/**
 * Multinomial logistic regression over the candidates of each site and "none of them", by gradient descent with
 * momentum. Features in `without` keep the weight 0. Deterministic.
 */
function fitWeights(own: readonly FittingSite[], without: ReadonlySet<number> = new Set()): Float64Array {
	const fitted = new Float64Array(size);
	const velocity = new Float64Array(size);
	for (let iteration = 0; iteration < iterations; iteration++) {
		const gradient = new Float64Array(size);
		for (const site of own) addGradient(site, fitted, gradient);
		for (let at = 0; at < size; at++) {
			if (without.has(at)) continue;
			velocity[at] = 0.9 * velocity[at]! - 0.1 * (gradient[at]! / own.length + ridge * fitted[at]!);
			fitted[at]! += velocity[at]!;
		}
	}
	return fitted;
}

function addGradient(site: FittingSite, fitted: Float64Array, gradient: Float64Array): void {
	const scores = scoresOf(site, fitted);
	const highest = scores.reduce((most, score) => Math.max(most, score));
	const parts = scores.map((score) => Math.exp(score - highest));
	const total = parts.reduce((sum, part) => sum + part);
	const truth = site.truth < 0 ? site.candidates : site.truth;
	for (let row = 0; row < parts.length; row++) {
		const error = parts[row]! / total - (row === truth ? 1 : 0);
		if (Math.abs(error) < 1e-7) continue;
		for (let at = 0; at < size; at++) gradient[at]! += error * site.rows[row * size + at]!;
	}
}

function scoresOf(site: FittingSite, fitted: Float64Array): Float64Array {
	const scores = new Float64Array(site.candidates + 1);
	for (let row = 0; row < scores.length; row++) {
		let score = 0;
		for (let at = 0; at < size; at++) score += site.rows[row * size + at]! * fitted[at]!;
		scores[row] = score;
	}
	return scores;
}

function rankOfTruth(site: FittingSite, fitted: Float64Array): number {
	if (site.truth < 0) return -1;
	const scores = scoresOf(site, fitted).subarray(0, site.candidates);
	return scores.filter((score) => score > scores[site.truth]!).length;
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

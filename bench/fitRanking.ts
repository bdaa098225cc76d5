import { availableParallelism } from "node:os";
import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { splitHeldOut } from "../sidecar/data/split.ts";
import { openFillSite } from "../sidecar/inference/evaluateFill.ts";
import { fillSites } from "../sidecar/inference/fillSites.ts";
import { openModel } from "../sidecar/inference/loadedModel.ts";
import { featuresOf, rankingFeatures } from "../sidecar/inference/ranking.ts";

/**
 * Fits the weights of the fill's ranking: `node --import tsx bench/fitRanking.ts MODEL DATA [MODEL DATA]...`, where
 * DATA is the corpus that MODEL was trained on. Sites are drawn from its held-out files; with several pairs each is
 * also judged by weights fitted on the others alone. Prints the weights of all pairs together.
 */

/** One site: its candidates' features, and which candidate is the truth (-1: none). */
interface FittingSite {
	readonly features: Float64Array[];
	readonly truth: number;
	readonly identifier: boolean;
}

/** Names are what the ranking is for; the others keep it from proposing names where none can stand. */
const sitesOfKind = { identifier: 700, other: 300 } as const;
/** Other than the seed of `bench/fill.ts`. */
const seed = 11;
const ridge = 0.01; // of the mean loss: features are correlated, and small weights carry over better
const iterations = 400;

const pairs: { model: string; data: string }[] = [];
for (let at = 2; at + 1 < process.argv.length; at += 2) {
	pairs.push({ model: process.argv[at]!, data: process.argv[at + 1]! });
}
if (pairs.length === 0) {
	console.error("usage: node --import tsx bench/fitRanking.ts MODEL DATA [MODEL DATA]...");
	process.exit(2);
}
const sets: FittingSite[][] = [];
for (const { model, data } of pairs) sets.push(await readSites(model, data));
if (sets.length > 1) {
	for (const [left, own] of sets.entries()) {
		const weights = fit(sets.filter((_, at) => at !== left).flat());
		console.log(`${pairs[left]!.data}, fitted on the others: ${accuracy(own, weights)}`);
	}
}
const all = sets.flat();
const weights = fit(all);
console.log(`all, on the sites that were fitted: ${accuracy(all, weights)}`);
const names = [...rankingFeatures, "none"];
console.log(names.map((name, at) => `\t${name}: ${weights[at]!.toFixed(3)},`).join("\n"));

async function readSites(folder: string, data: string): Promise<FittingSite[]> {
	const { documents } = await readCorpus(data);
	const texts = splitHeldOut(documents).heldOut.map(({ text }) => text);
	const model = openModel(folder, { executionProvider: "cpu", threads: availableParallelism() });
	const sites: FittingSite[] = [];
	for (const kind of ["identifier", "other"] as const) {
		for (const site of fillSites(model, texts, { kind, count: sitesOfKind[kind], seed })) {
			const { truth, evidence, candidates } = await openFillSite(model, texts, { site });
			const features = candidates.map((candidate) => Float64Array.from(featuresOf(model, candidate, evidence)));
			sites.push({
				features,
				truth: candidates.findIndex(({ text }) => text === truth),
				identifier: kind === "identifier",
			});
		}
	}
	await model.release();
	const known = sites.filter(({ truth, identifier }) => identifier && truth >= 0).length;
	const proposed = sites.reduce((sum, { features }) => sum + features.length, 0) / sites.length;
	console.log(
		`${data}: ${sites.length} sites, ${proposed.toFixed(0)} candidates each; ${known} identifiers among them`,
	);
	return sites;
}

/**
 * Multinomial logistic regression over the candidates of each site and "none of them", by gradient descent with
 * momentum on scaled features. Deterministic.
 */
function fit(sites: readonly FittingSite[]): number[] {
	const size = rankingFeatures.length + 1; // the last is "none"
	const scale = scales(sites, size);
	const weights = new Float64Array(size);
	const velocity = new Float64Array(size);
	const rate = 0.5;
	for (let iteration = 0; iteration < iterations; iteration++) {
		const gradient = new Float64Array(size);
		for (const site of sites) addGradient(site, { weights, scale, gradient });
		for (let at = 0; at < size; at++) {
			velocity[at] = 0.9 * velocity[at]! - rate * 0.1 * (gradient[at]! / sites.length + ridge * weights[at]!);
			weights[at]! += velocity[at]!;
		}
	}
	return Array.from(weights, (weight, at) => weight / scale[at]!);
}

function scales(sites: readonly FittingSite[], size: number): Float64Array {
	const squares = new Float64Array(size);
	let count = 0;
	for (const { features } of sites) {
		const means = new Float64Array(size);
		for (const values of features) for (let at = 0; at < size - 1; at++) means[at]! += values[at]! / features.length;
		for (const values of features) {
			count++;
			for (let at = 0; at < size - 1; at++) squares[at]! += (values[at]! - means[at]!) ** 2;
		}
	}
	return squares.map((sum, at) => (at === size - 1 ? 1 : Math.sqrt(sum / count) || 1));
}

function addGradient(
	{ features, truth }: FittingSite,
	{ weights, scale, gradient }: { weights: Float64Array; scale: Float64Array; gradient: Float64Array },
): void {
	const none = weights.length - 1;
	const scores = features.map((values) =>
		values.reduce((sum, value, at) => sum + (value / scale[at]!) * weights[at]!, 0),
	);
	const highest = Math.max(weights[none]!, ...scores);
	const parts = scores.map((score) => Math.exp(score - highest));
	const nonePart = Math.exp(weights[none]! - highest);
	const total = parts.reduce((sum, part) => sum + part, nonePart);
	features.forEach((values, candidate) => {
		const error = parts[candidate]! / total - (candidate === truth ? 1 : 0);
		for (let at = 0; at < none; at++) gradient[at]! += (error * values[at]!) / scale[at]!;
	});
	gradient[none]! += nonePart / total - (truth < 0 ? 1 : 0);
}

function accuracy(sites: readonly FittingSite[], weights: readonly number[]): string {
	const shares = [true, false].map((identifier) => {
		const own = sites.filter((site) => site.identifier === identifier);
		const ranks = own.map((site) => rankOfTruth(site, weights));
		const share = (limit: number): string =>
			((100 * ranks.filter((rank) => rank >= 0 && rank < limit).length) / Math.max(1, own.length)).toFixed(1);
		return `${identifier ? "identifiers" : "others"} top-1 ${share(1)}%, top-5 ${share(5)}%`;
	});
	return shares.join("; ");
}

function rankOfTruth({ features, truth }: FittingSite, weights: readonly number[]): number {
	if (truth < 0) return -1;
	const scores = features.map((values) => values.reduce((sum, value, at) => sum + value * weights[at]!, 0));
	return scores.filter((score) => score > scores[truth]!).length;
}

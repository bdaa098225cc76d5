import { createRandom, type Random, shuffle } from "../../../base/random.ts";
import { listAt, type TrainingPairs } from "./columns.ts";
import { type PairKind, pairKinds } from "./pairs.ts";

/** Which pairs a batch holds, and which of them show their code without its name. */
export interface PairBatch {
	readonly pairs: Int32Array;
	readonly nameless: readonly boolean[];
}

export interface PairPlan {
	/** The batch of optimizer step `step`, counted from 0: a pure function of seed and step. */
	at(step: number): PairBatch;
}

export interface PairPlanOptions {
	/** Pairs of a batch. */
	readonly rows: number;
	readonly seed: number;
	/** The share of the pairs of a kind that an epoch takes, drawn anew for each. */
	readonly shares: Readonly<Record<PairKind, number>>;
	/**
	 * So many pairs of a file, at most, stand together: its functions are negatives that are hard to tell apart, and so
	 * are those in `pairs.negatives`, which stand with them.
	 */
	readonly togetherOfFile: number;
	/** How often a documented function stands without its name. */
	readonly namelessShare: number;
}

// Streams of the random numbers.
const orderStream = 21;
const nameStream = 22;

/**
 * Plans the batches: each epoch draws its pairs anew and cuts them into batches of one language, since code of another
 * language would be told apart by its looks; what is left of a language fills mixed batches. No batch holds two pairs
 * of the same query, of which each would be a wrong negative of the other.
 */
export function planPairs(pairs: TrainingPairs, options: PairPlanOptions): PairPlan {
	const { rows, seed } = options;
	const epochs: Int32Array[][] = [];
	const queries = queryNumbers(pairs);
	const batchAt = (step: number): Int32Array => {
		let before = 0;
		for (let epoch = 0; ; epoch++) {
			epochs[epoch] ??= epochBatches(pairs, { ...options, queries, random: createRandom(seed, orderStream, epoch) });
			const batches = epochs[epoch]!;
			if (step < before + batches.length) return batches[step - before]!;
			before += batches.length;
		}
	};
	return {
		at(step) {
			const batch = batchAt(step);
			const random = createRandom(seed, nameStream, step);
			const nameless = Array.from(batch, (pair) => {
				return random.uniform() < options.namelessShare && listAt(pairs.nameless, pair).length > 0;
			});
			return { pairs: batch.slice(0, rows), nameless };
		},
	};
}

/** Pairs that are hard to tell apart in groups: some of a file, and the negatives of each; the groups in a new order. */
function hardGroups(members: readonly number[], pairs: TrainingPairs, together: number, random: Random): number[] {
	const waiting = new Set(members);
	const ofFile = new Map<number, number[]>();
	const order = shuffle([...members], random);
	for (const pair of order) {
		const file = pairs.files[pair]!;
		const mates = ofFile.get(file);
		if (mates === undefined) ofFile.set(file, [pair]);
		else mates.push(pair);
	}
	const groups: number[][] = [];
	for (const first of order) {
		if (!waiting.has(first)) continue;
		const group: number[] = [];
		const take = (pair: number): void => {
			if (waiting.delete(pair)) group.push(pair);
		};
		take(first);
		const mates = ofFile.get(pairs.files[first]!)!;
		while (mates.length > 0 && group.length < together) take(mates.shift()!);
		for (const mate of [...group]) for (const negative of listAt(pairs.negatives, mate)) take(negative);
		groups.push(group);
	}
	return shuffle(groups, random).flat();
}

interface Epoch extends PairPlanOptions {
	readonly queries: Int32Array;
	readonly random: Random;
}

function epochBatches(pairs: TrainingPairs, { rows, shares, togetherOfFile, queries, random }: Epoch): Int32Array[] {
	const ofLanguage = new Map<number, number[]>();
	for (let pair = 0; pair < pairs.count; pair++) {
		if (random.uniform() >= shares[pairKinds[pairs.kinds[pair]!]!]) continue;
		const language = pairs.languages[pair]!;
		const members = ofLanguage.get(language);
		if (members === undefined) ofLanguage.set(language, [pair]);
		else members.push(pair);
	}
	const batches: Int32Array[] = [];
	const left: number[] = [];
	for (const members of [...ofLanguage.values(), left]) {
		const order = hardGroups(members, pairs, togetherOfFile, random);
		const cut = cutIntoBatches(order, rows, queries);
		batches.push(...cut.batches);
		if (members !== left) left.push(...cut.left);
	}
	return shuffle(batches, random);
}

/** Full batches without two pairs of one query: a pair that does not fit waits for the next batch. */
function cutIntoBatches(
	order: readonly number[],
	rows: number,
	queries: Int32Array,
): { batches: Int32Array[]; left: number[] } {
	const batches: Int32Array[] = [];
	let batch: number[] = [];
	let present = new Set<number>();
	let waiting: number[] = [];
	const offer = (pair: number): void => {
		const query = queries[pair]!;
		if (present.has(query)) {
			waiting.push(pair);
			return;
		}
		present.add(query);
		batch.push(pair);
		if (batch.length < rows) return;
		batches.push(Int32Array.from(batch));
		batch = [];
		present = new Set();
		const again = waiting.slice(0, rows);
		waiting = waiting.slice(rows);
		for (const waited of again) offer(waited);
	};
	for (const pair of order) offer(pair);
	return { batches, left: [...batch, ...waiting] };
}

/** A number for each distinct query. */
function queryNumbers(pairs: TrainingPairs): Int32Array {
	const numbers = new Map<string, number>();
	return Int32Array.from({ length: pairs.count }, (_, pair) => {
		const key = listAt(pairs.queries, pair).join();
		const number = numbers.get(key) ?? numbers.size;
		numbers.set(key, number);
		return number;
	});
}

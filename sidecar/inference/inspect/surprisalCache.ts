import type { LoadedModel } from "../loadedModel.ts";
import type { Judgement } from "./judgement.ts";

/** What is kept at most: a file of some ten thousand lines, in about 30 MB. */
const mostKept = 100_000;

/** What a model said of hidden tokens, by their windows; the oldest goes first. */
interface Judgements {
	get(key: string): Judgement | undefined;
	set(key: string, judgement: Judgement): void;
}

const caches = new WeakMap<object, Judgements>();

/**
 * What is known of a model's judgements, for as long as its weights are in memory. A window's content is the key, so
 * that an edit costs the tokens near it alone.
 */
export function judgementsOf({ weights }: LoadedModel): Judgements {
	let cache = caches.get(weights);
	if (cache === undefined) {
		cache = createCache();
		caches.set(weights, cache);
	}
	return cache;
}

function createCache(): Judgements {
	const kept = new Map<string, Judgement>();
	return {
		get: (key) => kept.get(key),
		set(key, judgement) {
			kept.set(key, judgement);
			if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
		},
	};
}

/** Tells a window and the place in it from any other: two 32-bit hashes, the length and the place. */
export function windowKey(ids: Int32Array, place: number): string {
	let first = 0x811c9dc5;
	let second = 0x9e3779b9;
	for (let at = 0; at < ids.length; at++) {
		const id = ids[at]!;
		first = Math.imul(first ^ id, 0x01000193); // FNV-1a
		second = Math.imul(second ^ Math.imul(id, 0x85ebca6b), 0xc2b2ae35);
		second ^= second >>> 15;
	}
	return `${first >>> 0} ${second >>> 0} ${ids.length} ${place}`;
}

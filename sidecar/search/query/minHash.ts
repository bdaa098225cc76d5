/**
 * Likely pairs of similar sets without comparing all: MinHash signatures, cut into bands (Broder, "On the resemblance
 * and containment of documents", 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4). Two
 * sets with Jaccard similarity s share a band with probability 1 - (1 - s^rows)^bands: 99% at 0.7, 8% at 0.3.
 */
const bands = 16;
const rows = 4;

/** A member of more than so many likely pairs is only compared with its neighbours: a content that is everywhere. */
const mostOfBand = 64;

const factors = Uint32Array.from({ length: bands * rows }, (_, place) => mixed(2 * place + 1) | 1);
const offsets = Uint32Array.from({ length: bands * rows }, (_, place) => mixed(2 * place + 2));

/** The hashes of all runs of three sub-tokens, each once; of a shorter text those of its sub-tokens. */
export function shingles(tokens: readonly string[]): Uint32Array {
	const hashes = tokens.map(hashOf);
	const length = Math.min(3, hashes.length);
	const found = new Set<number>();
	for (let at = 0; at + length <= hashes.length && length > 0; at++) {
		let hash = 0;
		for (let next = at; next < at + length; next++) hash = mixed(hash ^ hashes[next]!);
		found.add(hash);
	}
	return Uint32Array.from(found).sort();
}

/** A number for each band of a set; sets that have one in common at the same place are likely to be similar. */
export function bandsOf(shingles: Uint32Array): Uint32Array {
	const least = new Uint32Array(bands * rows).fill(0xffffffff);
	for (const shingle of shingles) {
		for (let place = 0; place < least.length; place++) {
			const value = mixed(Math.imul(shingle, factors[place]!) + offsets[place]!);
			if (value < least[place]!) least[place] = value;
		}
	}
	return Uint32Array.from({ length: bands }, (_, band) => {
		let hash = band;
		for (let row = 0; row < rows; row++) hash = mixed(hash ^ least[band * rows + row]!);
		return hash;
	});
}

/** Pairs of places, the smaller first, each once, that share a band. */
export function* likelyPairs(signatures: readonly Uint32Array[]): Generator<[number, number]> {
	const seen = new Set<number>();
	for (let band = 0; band < bands; band++) {
		const buckets = new Map<number, number[]>();
		for (const [place, signature] of signatures.entries()) {
			const bucket = buckets.get(signature[band]!);
			if (bucket === undefined) buckets.set(signature[band]!, [place]);
			else bucket.push(place);
		}
		for (const bucket of buckets.values()) {
			for (let i = 0; i < bucket.length; i++) {
				const end = bucket.length > mostOfBand ? Math.min(i + 2, bucket.length) : bucket.length;
				for (let j = i + 1; j < end; j++) {
					const pair = bucket[i]! * signatures.length + bucket[j]!;
					if (seen.has(pair)) continue;
					seen.add(pair);
					yield [bucket[i]!, bucket[j]!];
				}
			}
		}
	}
}

/** The share of two ascending sets that they have in common. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
	let shared = 0;
	for (let i = 0, j = 0; i < a.length && j < b.length; ) {
		if (a[i] === b[j]) {
			shared++;
			i++;
			j++;
		} else if (a[i]! < b[j]!) i++;
		else j++;
	}
	const all = a.length + b.length - shared;
	return all === 0 ? 1 : shared / all;
}

function hashOf(token: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < token.length; at++) hash = Math.imul(hash ^ token.charCodeAt(at), 0x01000193);
	return mixed(hash);
}

/** The finalizer of MurmurHash3: each bit of the input reaches each of the output. */
function mixed(value: number): number {
	let hash = value | 0;
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}

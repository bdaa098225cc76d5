/**
 * Counter-based random numbers: Philox-2x32-10 (Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). A number depends only on its seed,
 * stream and position, so a step can be replayed without storing a state.
 */
export interface Random {
	/** The next integer in [0, 2^32). */
	uint32(): number;
	/** The next number in [0, 1) with 32 random bits. */
	uniform(): number;
	/** The next integer in [0, bound); bound at most 2^32. */
	below(bound: number): number;
	/** The next number from the standard normal distribution (Box-Muller). */
	normal(): number;
}

/** A generator for `seed` and a path of stream numbers, such as epoch and row. */
export function createRandom(seed: number, ...streams: number[]): Random {
	let key = mix(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
	for (const stream of streams) key = mix(key, stream >>> 0);
	let counter = 0;
	let spare: number | undefined;
	let spareNormal: number | undefined;
	const uint32 = (): number => {
		if (spare !== undefined) {
			const value = spare;
			spare = undefined;
			return value;
		}
		const [low, high] = philox(counter >>> 0, Math.floor(counter / 2 ** 32) >>> 0, key);
		counter++;
		spare = high;
		return low;
	};
	const uniform = (): number => uint32() / 2 ** 32;
	return {
		uint32,
		uniform,
		below: (bound) => Math.floor(uniform() * bound),
		normal: () => {
			if (spareNormal !== undefined) {
				const value = spareNormal;
				spareNormal = undefined;
				return value;
			}
			const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
			const angle = 2 * Math.PI * uniform();
			spareNormal = radius * Math.sin(angle);
			return radius * Math.cos(angle);
		},
	};
}

/** Shuffles in place (Fisher-Yates) and returns its argument. */
export function shuffle<T extends Int32Array | Uint32Array | unknown[]>(items: T, random: Random): T {
	const array = items as unknown[];
	for (let i = array.length - 1; i > 0; i--) {
		const j = random.below(i + 1);
		const held = array[i];
		array[i] = array[j];
		array[j] = held;
	}
	return items;
}

/** One Philox-2x32-10 block: two 32-bit words from a 64-bit counter and a 32-bit key. */
function philox(low: number, high: number, key: number): [number, number] {
	let left = low;
	let right = high;
	let roundKey = key;
	for (let round = 0; round < 10; round++) {
		const top = multiplyHigh(0xd256d193, left);
		const bottom = Math.imul(0xd256d193, left) >>> 0;
		left = (top ^ roundKey ^ right) >>> 0;
		right = bottom;
		roundKey = (roundKey + 0x9e3779b9) >>> 0;
	}
	return [left, right];
}

/** The upper 32 bits of the 64-bit product of two 32-bit unsigned integers. */
function multiplyHigh(a: number, b: number): number {
	const aLow = a & 0xffff;
	const aHigh = a >>> 16;
	const bLow = b & 0xffff;
	const bHigh = b >>> 16;
	const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
	const cross = aLow * bHigh + (middle & 0xffff);
	return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0;
}

/** Folds a stream number into a key (the finalizer of MurmurHash3). */
function mix(key: number, stream: number): number {
	let hash = (key ^ Math.imul(stream + 0x9e3779b9, 0x85ebca6b)) >>> 0;
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}

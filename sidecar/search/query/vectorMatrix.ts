import { invariant } from "../../base/errors.ts";
import type { ChunkIndex, IndexModel } from "../index/chunkIndex.ts";

/** Units of the query are whole numbers of this share: with int8 units, a sum of products stays below 2^31. */
const queryScale = 2 ** 18;

/** What int8 units are multiples of. */
const unitScale = 127;

/** How many rows are read from the file before others may have their turn. */
const rowsATime = 4_000;

/**
 * The vectors of an index in memory, int8[contents, dimension] in one array: 26 MB for 100,000 of 256 units. A query
 * is compared with each of them, which takes less time than an approximate index would need to be kept fresh.
 */
export class VectorMatrix {
	#model: IndexModel | null = null;
	#rows = new Int8Array();
	#hashes: string[] = [];
	#rowOf = new Map<string, number>();
	#lastId = 0;
	#changes = -1;

	/** Contents that have a vector; some may stand nowhere any more. */
	get size(): number {
		return this.#hashes.length;
	}

	/** The model that the vectors are of; null when there are none. */
	get model(): IndexModel | null {
		return this.#model;
	}

	/** Reads what was written since the last call; all when the model is another one. Yields to others on the way. */
	async refresh(index: ChunkIndex, pause: () => Promise<void>): Promise<void> {
		const changes = index.changes();
		if (changes === this.#changes) return;
		const { model } = index.header;
		if (model?.generation !== this.#model?.generation || model?.identity !== this.#model?.identity) this.#clear(model);
		if (model !== null) await this.#readAfterLast(index, model, pause);
		this.#changes = changes;
	}

	/** Empties it: another index is to be read. */
	forget(): void {
		this.#clear(null);
		this.#changes = -1;
	}

	/** The row of a content, when it has a vector. */
	rowOf(hash: string): number | undefined {
		return this.#rowOf.get(hash);
	}

	hashOf(row: number): string {
		return this.#hashes[row]!;
	}

	/** The vector of a row, of length about 1. */
	vector(row: number): Float32Array {
		const dimension = this.#dimension;
		return Float32Array.from(this.#rows.subarray(row * dimension, (row + 1) * dimension), (unit) => unit / unitScale);
	}

	/** The cosine of `query`, of length 1, with each row. */
	cosines(query: Float32Array): Float32Array {
		const dimension = this.#dimension;
		invariant(query.length === dimension, `a vector of ${query.length} units was compared with some of ${dimension}.`);
		const rows = this.size;
		const cosines = new Float32Array(rows);
		const units = Int32Array.from(query, (unit) => Math.round(unit * queryScale));
		const scale = 1 / (queryScale * unitScale);
		const whole = rows - (rows % 4);
		for (let row = 0; row < whole; row += 4) dotFour(this.#rows, row, units, cosines);
		for (let row = whole; row < rows; row++) cosines[row] = dot(this.#rows, row * dimension, units);
		for (let row = 0; row < rows; row++) cosines[row]! *= scale;
		return cosines;
	}

	get #dimension(): number {
		return this.#model?.dimension ?? 0;
	}

	#clear(model: IndexModel | null): void {
		this.#model = model;
		this.#rows = new Int8Array();
		this.#hashes = [];
		this.#rowOf = new Map();
		this.#lastId = 0;
	}

	async #readAfterLast(index: ChunkIndex, model: IndexModel, pause: () => Promise<void>): Promise<void> {
		const { dimension, generation } = model;
		const next = index.database.prepare<{ id: number; hash: string; vector: ArrayBuffer }>(
			"SELECT id, hash, vector FROM vectors WHERE generation = ? AND id > ? ORDER BY id LIMIT ?",
		);
		for (;;) {
			const found = next.all(generation, this.#lastId, rowsATime);
			if (this.#model !== model && this.#model?.generation !== generation) return;
			this.#reserve(this.size + found.length, dimension);
			for (const { id, hash, vector } of found) {
				// A row of another length was written by no one we know: `verify` names it, and the rest goes on.
				if (vector.byteLength === dimension) this.#add(hash, new Int8Array(vector));
				this.#lastId = id;
			}
			if (found.length < rowsATime) return;
			await pause();
		}
	}

	#add(hash: string, vector: Int8Array): void {
		const known = this.#rowOf.get(hash);
		const row = known ?? this.#hashes.push(hash) - 1;
		this.#rowOf.set(hash, row);
		this.#rows.set(vector, row * vector.length);
	}

	#reserve(rows: number, dimension: number): void {
		if (this.#rows.length >= rows * dimension) return;
		const larger = new Int8Array(Math.ceil(rows * 1.25) * dimension);
		larger.set(this.#rows);
		this.#rows = larger;
	}
}

/** Four rows at a time: each unit of the query is read once for four products. */
function dotFour(rows: Int8Array, row: number, query: Int32Array, sums: Float32Array): void {
	const dimension = query.length;
	const first = row * dimension;
	const second = first + dimension;
	const third = second + dimension;
	const fourth = third + dimension;
	let a = 0;
	let b = 0;
	let c = 0;
	let d = 0;
	for (let unit = 0; unit < dimension; unit++) {
		const factor = query[unit]!;
		a = (a + Math.imul(rows[first + unit]!, factor)) | 0;
		b = (b + Math.imul(rows[second + unit]!, factor)) | 0;
		c = (c + Math.imul(rows[third + unit]!, factor)) | 0;
		d = (d + Math.imul(rows[fourth + unit]!, factor)) | 0;
	}
	sums[row] = a;
	sums[row + 1] = b;
	sums[row + 2] = c;
	sums[row + 3] = d;
}

function dot(rows: Int8Array, start: number, query: Int32Array): number {
	let sum = 0;
	for (let unit = 0; unit < query.length; unit++) sum = (sum + Math.imul(rows[start + unit]!, query[unit]!)) | 0;
	return sum;
}

/** The places of the `count` largest values among those that `allowed` lets through, largest first. */
export function largest(values: Float32Array, count: number, allowed: (place: number) => boolean): number[] {
	const heap: number[] = []; // a binary heap, its smallest value first
	const below = (a: number, b: number): boolean => values[a]! < values[b]! || (values[a] === values[b] && a > b);
	const sink = (from: number): void => {
		for (let at = from; ; ) {
			let least = at;
			for (const child of [2 * at + 1, 2 * at + 2]) {
				if (child < heap.length && below(heap[child]!, heap[least]!)) least = child;
			}
			if (least === at) return;
			[heap[at], heap[least]] = [heap[least]!, heap[at]!];
			at = least;
		}
	};
	for (let place = 0; place < values.length; place++) {
		if (heap.length === count && !below(heap[0]!, place)) continue;
		if (!allowed(place)) continue;
		if (heap.length < count) {
			heap.push(place);
			if (heap.length === count) for (let at = count >> 1; at >= 0; at--) sink(at);
		} else {
			heap[0] = place;
			sink(0);
		}
	}
	return heap.sort((a, b) => (below(a, b) ? 1 : -1));
}

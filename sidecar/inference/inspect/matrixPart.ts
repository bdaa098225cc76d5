/** What of a matrix is told: some of its rows and columns, in cells, and the strongest of each row. */
import { quantized } from "./attention.ts";

/** Tokens [start, end) of the row. */
export interface TokenSpan {
	readonly start: number;
	readonly end: number;
}

export interface MatrixPart {
	readonly queries: TokenSpan;
	readonly keys: TokenSpan;
	/** Tokens to a side of a cell, which has its largest probability. */
	readonly cell: number;
	/** How many keys of each query are told one by one; 0 for none. */
	readonly strongest: number;
}

export interface PartOfMatrix {
	/** [cells of the queries, cells of the keys]. */
	readonly cells: Uint8Array;
	/** Of every query of the whole matrix its strongest keys, best first [n, strongest]. */
	readonly strongest: { readonly keys: Uint16Array; readonly shares: Uint8Array } | null;
}

/** Cuts a part out of a matrix [n, n]. */
export function partOfMatrix(matrix: Float32Array, n: number, part: MatrixPart): PartOfMatrix {
	return {
		cells: quantized(largestOfCells(matrix, n, part)),
		strongest: part.strongest === 0 ? null : strongestKeys(matrix, n, Math.min(n, part.strongest)),
	};
}

function largestOfCells(matrix: Float32Array, n: number, { queries, keys, cell }: MatrixPart): Float32Array {
	const width = Math.ceil((keys.end - keys.start) / cell);
	const height = Math.ceil((queries.end - queries.start) / cell);
	const cells = new Float32Array(height * width);
	for (let query = queries.start; query < queries.end; query++) {
		const row = Math.floor((query - queries.start) / cell) * width;
		for (let key = keys.start; key < keys.end; key++) {
			const at = row + Math.floor((key - keys.start) / cell);
			cells[at] = Math.max(cells[at]!, matrix[query * n + key]!);
		}
	}
	return cells;
}

function strongestKeys(matrix: Float32Array, n: number, count: number): { keys: Uint16Array; shares: Uint8Array } {
	const keys = new Uint16Array(n * count);
	const shares = new Float32Array(n * count);
	for (let query = 0; query < n; query++) {
		const row = matrix.subarray(query * n, (query + 1) * n);
		const first = query * count;
		let kept = 0;
		for (let key = 0; key < n; key++) {
			const share = row[key]!;
			if (kept === count && share <= shares[first + count - 1]!) continue;
			let at = kept < count ? kept++ : count - 1;
			for (; at > 0 && shares[first + at - 1]! < share; at--) {
				keys[first + at] = keys[first + at - 1]!;
				shares[first + at] = shares[first + at - 1]!;
			}
			keys[first + at] = key;
			shares[first + at] = share;
		}
	}
	return { keys, shares: quantized(shares) };
}

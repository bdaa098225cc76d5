import type { AttentionView } from "../../sidecar/protocol/inspect/attention.ts";

type Told = Omit<AttentionView["matrices"][number], "layer" | "head">;

/** Bytes of base64. */
export function bytesOf(base64: string): Uint8Array {
	const characters = atob(base64);
	const bytes = new Uint8Array(characters.length);
	for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
	return bytes;
}

/** One matrix of attention of n tokens, in bytes; a long one is known by cells and by the strongest keys of each query. */
export class Matrix {
	readonly n: number;
	/** Tokens to a side of a cell. */
	readonly cell: number;
	/** [cells, cells]. */
	readonly cells: Uint8Array;
	readonly #strongest: { readonly count: number; readonly keys: Uint16Array; readonly bytes: Uint8Array } | null;

	constructor(n: number, { cell, bytes, strongest }: Pick<Told, "cell" | "bytes" | "strongest">) {
		this.n = n;
		this.cell = cell;
		this.cells = bytesOf(bytes);
		this.#strongest = strongest && {
			count: strongest.count,
			keys: new Uint16Array(bytesOf(strongest.keys).buffer),
			bytes: bytesOf(strongest.bytes),
		};
	}

	/** Cells in a row. */
	get side(): number {
		return Math.ceil(this.n / this.cell);
	}

	/** Whether every share is known, not the strongest alone. */
	get whole(): boolean {
		return this.cell === 1;
	}

	/** The byte of one pair; of a long matrix that of its cell, the largest there. */
	at(query: number, key: number): number {
		return this.cells[Math.floor(query / this.cell) * this.side + Math.floor(key / this.cell)] ?? 0;
	}

	/** Visits what a query gives to its keys, at least `least`. */
	from(query: number, least: number, visit: (key: number, byte: number) => void): void {
		if (this.#strongest === null || this.whole) {
			for (let key = 0; key < this.n; key++) {
				const byte = this.cells[query * this.n + key] as number;
				if (byte >= least) visit(key, byte);
			}
			return;
		}
		const { count, keys, bytes } = this.#strongest;
		for (let at = query * count; at < (query + 1) * count; at++) {
			const byte = bytes[at] as number;
			if (byte >= least) visit(keys[at] as number, byte);
		}
	}

	/** Visits what a key gets from its queries, at least `least`. */
	to(key: number, least: number, visit: (query: number, byte: number) => void): void {
		for (let query = 0; query < this.n; query++) {
			if (this.whole) {
				const byte = this.cells[query * this.n + key] as number;
				if (byte >= least) visit(query, byte);
			} else {
				this.from(query, least, (other, byte) => {
					if (other === key) visit(query, byte);
				});
			}
		}
	}
}

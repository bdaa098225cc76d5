import { createRandom } from "../../../sidecar/base/random.ts";
import type { PackedRows } from "../../../sidecar/data/packing.ts";
import { packDocuments } from "../../../sidecar/data/packing.ts";
import { type PieceSource, pieceTable } from "../../../sidecar/data/pieces.ts";

/** A small vocabulary that looks like byte-level BPE: a word may be several pieces, a space comes before some. */
const texts = [
	...["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
	...["get", "Name", "_id", "x", "self", "count", "Reader", "2", "parse", "File"],
	...[" get", " value", " if", " return", " node", " x", " items", " _tmp", " for"],
	...["(", ")", ".", ":", " =", "\n", "    ", " +", ",", "[", "]", '"', "()", "._"],
];

export const special = { cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 };

const source: PieceSource = {
	kind: "bpe",
	vocabularySize: texts.length,
	specialIds: new Set(Object.values(special)),
	tokenText: (id) => texts[id]!,
	token: (id) => texts[id],
};

/** The table of the small vocabulary. */
export const pieces = pieceTable(source);

/** The ids of pieces written out. */
export function idsOf(...written: string[]): Int32Array {
	return Int32Array.from(written, (text) => {
		const id = texts.indexOf(text);
		if (id < 0) throw new Error(`no piece ${JSON.stringify(text)}`);
		return id;
	});
}

/** Documents of random ordinary pieces with lengths from 0 to `longest`. */
export function randomDocuments(seed: number, count: number, longest: number): Int32Array[] {
	const random = createRandom(seed);
	return Array.from({ length: count }, () =>
		Int32Array.from(
			{ length: random.below(longest + 1) },
			() => pieces.ordinary[random.below(pieces.ordinary.length)]!,
		),
	);
}

/** At least `tokens` tokens of random documents, packed. */
export function randomRows(tokens: number, sequenceLength = 128): PackedRows {
	return packDocuments(randomDocuments(7, Math.ceil(tokens / 100), 220), { sequenceLength, special });
}

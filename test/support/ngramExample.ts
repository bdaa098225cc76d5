/** Three small documents with n-grams, packed into rows, for tests of ERNIE-Gram. */
import { maskingSchema } from "../../sidecar/data/masking/config.ts";
import { collateNgrams } from "../../sidecar/data/ngramMasks/collateNgrams.ts";
import type { NgramLexicon } from "../../sidecar/data/ngramMasks/lexicon.ts";
import { withNgramMarks } from "../../sidecar/data/ngramMasks/matchNgrams.ts";
import { type NgramBatch, ngramShape } from "../../sidecar/data/ngramMasks/ngramBatch.ts";
import { packDocuments } from "../../sidecar/data/packing.ts";
import type { PieceTable } from "../../sidecar/data/pieces.ts";

// Tokens 0 to 19: 0 [CLS], 1 [SEP], 2 [PAD], 3 [MASK], the others ordinary.
export const special = { cls: 0, sep: 1, pad: 2, mask: 3 };
export const vocabularySize = 20;
const pieces: PieceTable = {
	vocabularySize,
	flags: Uint8Array.from({ length: vocabularySize }, (_, id) => (id < 4 ? 1 : 2)),
	texts: Array.from({ length: vocabularySize }, (_, id) => `t${id}`),
	ordinary: Int32Array.from({ length: 16 }, (_, at) => at + 4),
};
export const lexicon: NgramLexicon = {
	tokens: Int32Array.from([4, 5, -1, 6, 7, 8, 7, 8, -1, 9, 10, 11]),
	statistics: Float32Array.of(4, 3, 2, 1),
	count: 4,
};
export const ngrams = 6; // two rows that no n-gram takes
export const textLength = 32;
export const masking = maskingSchema.parse({
	strategies: [{ name: "ngram" }],
	rate: 0.4,
	replacement: { mask: 1, random: 0, keep: 0 },
});
const documents = [
	[4, 5, 12, 6, 7, 8, 13, 9, 10, 11, 4, 5, 14, 7, 8, 15, 6, 7],
	[9, 10, 11, 4, 5, 4, 5, 16, 6, 7, 8, 17, 7, 8, 18, 19, 9, 10, 11, 12, 13, 4, 5, 6],
	[6, 7, 8, 6, 7, 8, 14, 9, 10, 11, 15, 4, 5, 16],
].map((ids) => Int32Array.from(ids));
export const rows = withNgramMarks(packDocuments(documents, { sequenceLength: textLength, special }), lexicon);
export const shape = ngramShape({ rows: rows.count, textLength, hasFine: true }, masking);

/** All rows under the masks of an epoch. */
export function collateExample(epoch: number): NgramBatch {
	return collateNgrams(rows, [...Array(rows.count).keys()], {
		shape,
		vocabularySize,
		ngrams,
		masking,
		pieces,
		maskId: special.mask,
		padId: special.pad,
		seed: 7,
		epoch,
	});
}

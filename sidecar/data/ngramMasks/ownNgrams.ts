import type { NgramConfig } from "../masking/config.ts";
import type { PackedRows } from "../packing.ts";
import type { PieceSource } from "../pieces.ts";
import { buildNgramLexicon, type NgramLexicon, ngramBarriers } from "./lexicon.ts";
import { withNgramMarks } from "./matchNgrams.ts";

/** Rows with the n-grams marked that these rows themselves have more often than chance, and their lexicon. */
export function withOwnNgrams(
	rows: PackedRows,
	config: NgramConfig,
	source: PieceSource,
): { rows: PackedRows; lexicon: NgramLexicon } {
	// Special tokens stand between documents, and no n-gram holds one.
	const { count, sequenceLength: length } = rows;
	const parts = Array.from({ length: count }, (_, row) => rows.tokens.subarray(row * length, (row + 1) * length));
	const lexicon = buildNgramLexicon(parts, { ...config, barriers: ngramBarriers(source) });
	return { rows: withNgramMarks(rows, lexicon), lexicon };
}

import type { PackedRows } from "../data/packing.ts";
import type { PieceTable } from "../data/pieces.ts";
import type { Scorer } from "../inference/scorer.ts";
import type { Tensor } from "../session/tensor.ts";

/** What a score on held-out rows is made from. */
export interface EvaluationOptions {
	readonly scorer: Scorer;
	/** Live parameters, for a scorer without weights of its own. */
	readonly parameters?: ReadonlyMap<string, Tensor>;
	/** The rows to score, all of them; see `evaluationSample`. */
	readonly rows: PackedRows;
	readonly pieces: PieceTable;
	readonly maskId: number;
	readonly padId: number;
}

/** `count` of `total`, or null when there was nothing to count. */
export function share(count: number, total: number): number | null {
	return total === 0 ? null : count / total;
}

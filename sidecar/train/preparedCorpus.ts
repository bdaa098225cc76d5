import type { LeftOut } from "../data/document.ts";
import type { PackedRows } from "../data/packing.ts";
import type { PieceTable } from "../data/pieces.ts";
import type { HostTensor } from "../store/safetensors.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** What a task trains on, beside the tokenizer. */
export interface TrainingExamples {
	/** The training texts as rows: what n-grams are counted on, and what plain masked language modelling trains on. */
	readonly train: PackedRows;
	/** What the task reads beside those rows, as columns that only it knows; saved with the run as they are. */
	readonly examples: ReadonlyMap<string, HostTensor>;
	/** Tokens to train on, padding left out. */
	readonly tokens: number;
	/** All positions of what is trained on in an epoch, and how many of them are padding. */
	readonly positions: number;
	readonly padding: number;
}

/** What a run trains and is judged on: rows of token ids, and the tokenizer that made them. */
export interface PreparedCorpus extends TrainingExamples {
	readonly tokenizer: Tokenizer;
	readonly pieces: PieceTable;
	/** The held-out texts, packed the same way for every recipe, so that scores compare. */
	readonly heldOut: PackedRows;
	readonly files: number;
	readonly heldOutFiles: number;
	readonly leftOut: readonly LeftOut[];
}

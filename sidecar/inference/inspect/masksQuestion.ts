import type { PairPositions } from "../../data/collate.ts";
import type { Structure } from "../../data/graph/collateGraph.ts";
import type { GraphAttention } from "../../data/graph/graphBatch.ts";
import type { GraphRowShape } from "../../data/graph/graphExample.ts";
import type { GraphRows } from "../../data/graph/graphRows.ts";
import type { Masking } from "../../data/masking/config.ts";
import type { PackedRows } from "../../data/packing.ts";
import type { MasksReport } from "../../protocol/inspect/masks.ts";
import type { Span } from "../../protocol/masks.ts";
import type { LoadedModel, OpenOptions } from "../loadedModel.ts";
import type { Packing } from "./documentRows.ts";
import type { ReadRecords } from "./records.ts";

/** What is masked in a text, and how. */
export interface MasksQuestion {
	readonly text: string;
	/** Of the file; its end tells the language, for masking by syntax and by data flow. */
	readonly path?: string | undefined;
	/** The part whose tokens are told; its rows are those of the whole text. */
	readonly range?: Span | undefined;
	readonly recipe: string;
	/** Null for a recipe that masks nothing, such as that of code search. */
	readonly masking: Masking | null;
	/** The recipe's objective: what is done with the masks. */
	readonly objective: MasksReport["objective"];
	/** Of a run's budget: what phases take that mask nothing. */
	readonly causalShare: number;
	readonly packing: Packing;
	readonly pairPositions?: PairPositions | undefined;
	readonly sequenceLength: number;
	/** Of a recipe whose rows are functions with their data flow. */
	readonly graph?: GraphQuestion | undefined;
	readonly seed: number;
	readonly epoch: number;
	readonly top: number;
}

/** A model by the name that the report gives it. */
export interface NamedModel {
	readonly name: string;
	readonly model: LoadedModel;
}

export interface MasksOptions {
	/** Its tokenizer cuts the text. */
	readonly model: LoadedModel;
	/** Whose predictions are told: one, or two to compare. */
	readonly asked: readonly NamedModel[];
	/** Of a recipe that reads records: those of the text. */
	readonly records?: ReadRecords | undefined;
	/** Why the recipe reads nothing of the text. */
	readonly unread?: string | undefined;
	/** The rows of the model's run: where the text is among them, they are what is masked. */
	readonly runRows?: PackedRows | undefined;
	/** The same of a recipe with `graph`. */
	readonly runGraphRows?: GraphRows | undefined;
	/** How further sessions of the asked models open; needed with `graph`. */
	readonly open?: OpenOptions;
	readonly signal?: AbortSignal;
}

/** The rows of a recipe of GraphCodeBERT. */
export interface GraphQuestion {
	readonly shape: GraphRowShape;
	readonly attention: GraphAttention;
	/** What the tasks on the structure draw; where a run takes turns, both are told. */
	readonly structure: Structure;
}

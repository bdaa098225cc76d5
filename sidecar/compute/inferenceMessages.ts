import type { ErrorName } from "../protocol/errors.ts";
import type { Span } from "../protocol/masks.ts";
import type { FillResult } from "../protocol/outputs.ts";
import type { ExecutionProvider } from "../session/session.ts";

/** A model folder, and what tells its content from that of a later model in the same folder. */
export interface ModelVersion {
	readonly folder: string;
	readonly version: string;
}

/** A text to fill; with `around`, only the mask there and what helps to fill it. */
export interface FillRequest {
	readonly text: string;
	readonly top: number;
	readonly around?: Span;
	readonly model: ModelVersion;
}

/** What the model cost a request. */
export interface ModelUse {
	/** Runs of the model. */
	readonly runs: number;
	/** Milliseconds inside of them. */
	readonly milliseconds: number;
}

export type ToInference =
	| { readonly type: "load"; readonly model: ModelVersion }
	| { readonly type: "fill"; readonly id: number; readonly request: FillRequest }
	| { readonly type: "cancel"; readonly id: number };

/** What the process tells once a model is in its memory. */
export interface LoadedNotice {
	readonly folder: string;
	readonly executionProvider: ExecutionProvider;
	readonly maskToken: string;
}

/** How a request ended. */
export type Outcome =
	| { readonly type: "filled"; readonly result: FillResult }
	| { readonly type: "failed"; readonly name: ErrorName; readonly message: string; readonly stack: string };

export type FromInference =
	| { readonly type: "loaded"; readonly notice: LoadedNotice; readonly memoryBytes: number }
	| {
			readonly type: "settled";
			readonly id: number;
			readonly outcome: Outcome;
			readonly model: ModelUse;
			readonly memoryBytes: number;
	  };

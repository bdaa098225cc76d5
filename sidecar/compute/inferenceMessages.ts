import type { ReaderConfig } from "../data/readers/config.ts";
import type { ClassifyQuestion } from "../inference/classify.ts";
import type { EmbeddedKind } from "../inference/embedder.ts";
import type { SaliencyQuestion, ViewQuestion } from "../inference/inspect/attentionReport.ts";
import type { MasksQuestion } from "../inference/inspect/masksQuestion.ts";
import type { PageQuestion } from "../inference/inspect/surprisalReport.ts";
import type { SuspicionQuestion } from "../inference/inspect/suspicion.ts";
import type { ClassifyReport } from "../protocol/classify.ts";
import type { ErrorName } from "../protocol/errors.ts";
import type { GenerateQuestion, Generation } from "../protocol/generate.ts";
import type { AttentionView } from "../protocol/inspect/attention.ts";
import type { MasksReport } from "../protocol/inspect/masks.ts";
import type { SaliencyReport } from "../protocol/inspect/saliency.ts";
import type { SurprisalPage } from "../protocol/inspect/surprisal.ts";
import type { SuspicionReport } from "../protocol/inspect/suspicion.ts";
import type { Span } from "../protocol/masks.ts";
import type { FillResult } from "../protocol/outputs.ts";
import type { ExecutionProvider } from "../session/session.ts";

/** A folder of a model or of an adapter, and what tells its content from that of a later model in the same folder. */
export interface ModelVersion {
	readonly folder: string;
	readonly version: string;
	/** The model that an adapter is for. */
	readonly base?: { readonly folder: string; readonly version: string };
}

/** A text to fill; with `around`, only the mask there and what helps to fill it. */
export interface FillRequest {
	readonly text: string;
	readonly top: number;
	readonly around?: Span;
}

/** Texts to embed. */
export interface EmbedRequest {
	readonly texts: readonly string[];
	readonly as: EmbeddedKind;
	/** A size that the model offers, see `sizeNamed`; by default the largest. */
	readonly size?: string;
}

/** Vectors of length 1, [texts, dimension], and which model made them. */
export interface EmbedResult {
	readonly vectors: Float32Array;
	readonly dimension: number;
	readonly identity: string;
}

/** What is masked in a text, and who is asked about it. */
export interface MasksRequest extends MasksQuestion {
	/** How the recipe reads records or pairs; undefined where it reads texts as they are. */
	readonly reader: ReaderConfig | undefined;
	/** Whether the model is asked for what it expects. */
	readonly predict: boolean;
	/** Another model to ask beside it. */
	readonly compare: ModelVersion | null;
	/** The run among whose rows the text is looked for. */
	readonly run: string | null;
}

/** What the process can be asked, by kind. */
export interface InferenceTasks {
	readonly fill: { readonly request: FillRequest; readonly result: FillResult };
	readonly embed: { readonly request: EmbedRequest; readonly result: EmbedResult };
	readonly masks: { readonly request: MasksRequest; readonly result: MasksReport };
	readonly surprisal: { readonly request: PageQuestion; readonly result: SurprisalPage };
	readonly suspicion: { readonly request: SuspicionQuestion; readonly result: SuspicionReport };
	readonly attention: { readonly request: ViewQuestion; readonly result: AttentionView };
	readonly generate: { readonly request: GenerateQuestion; readonly result: Generation };
	readonly classify: { readonly request: ClassifyQuestion; readonly result: ClassifyReport };
	readonly saliency: { readonly request: SaliencyQuestion; readonly result: SaliencyReport };
}

export type InferenceKind = keyof InferenceTasks;
export type RequestOf<Kind extends InferenceKind> = InferenceTasks[Kind]["request"];
export type InferenceResult<Kind extends InferenceKind = InferenceKind> = InferenceTasks[Kind]["result"];

/** One request of any kind, and the model that it is for. */
export type InferenceRequest = {
	readonly [Kind in InferenceKind]: {
		readonly kind: Kind;
		readonly request: RequestOf<Kind>;
		readonly model: ModelVersion;
	};
}[InferenceKind];

/** What the model cost a request. */
export interface ModelUse {
	/** Runs of the model. */
	readonly runs: number;
	/** Milliseconds inside of them. */
	readonly milliseconds: number;
}

export type ToInference =
	| { readonly type: "load"; readonly model: ModelVersion }
	| { readonly type: "ask"; readonly id: number; readonly asked: InferenceRequest }
	| { readonly type: "cancel"; readonly id: number };

/** What the process tells once a model is in its memory. */
export interface LoadedNotice {
	readonly folder: string;
	readonly executionProvider: ExecutionProvider;
	readonly maskToken: string;
}

/** How a request ended. */
export type Outcome =
	| { readonly type: "answered"; readonly result: InferenceResult }
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

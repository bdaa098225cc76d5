import type { Graph } from "../../autodiff/graph.ts";
import type { Value } from "../../autodiff/value.ts";
import type { Document } from "../../data/document.ts";
import type { EncoderConfig } from "../../model/config.ts";
import type { ParameterSpec } from "../../model/parameters.ts";
import type { HeldOut } from "../../protocol/scores.ts";
import type { Tensor } from "../../session/tensor.ts";
import type { ModelAbout } from "../../store/modelFolder.ts";
import type { HostTensor } from "../../store/safetensors.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { Evaluator, EvaluatorOptions } from "../evaluator.ts";
import type { PreparedCorpus, TrainingExamples } from "../preparedCorpus.ts";

/**
 * What the objective of one recipe trains: how its texts become examples, its loss as a graph, its batches and its
 * scores. Everything else of a run (budget, optimizer, checkpoints, guard) is the same for all tasks.
 */
export interface TrainingTask {
	/** What the trained model is good for. */
	readonly roles: ModelAbout["roles"];
	/** Makes the examples of a run; they are saved in its folder, and a resumed run reads them from there. */
	prepare(documents: SplitDocuments, tools: PreparationTools): Promise<TrainingExamples>;
	/** Parameters beyond the encoder's and the masked-LM head's; trained, checkpointed and saved with them. */
	extraParameters(config: EncoderConfig): readonly ParameterSpec[];
	/** Whether the encoder's masked-LM head is trained and saved; it is unless this is false. */
	readonly maskedLmHead?: boolean;
	/** Parameters that help in training alone: trained and checkpointed with the others, and in no model. */
	helperParameters?(config: EncoderConfig): readonly ParameterSpec[];
	/** The optimizer steps over a prepared corpus. */
	steps(config: EncoderConfig, corpus: PreparedCorpus): TaskSteps;
	/** What its tokenizer is trained on in place of a text; the text itself by default. */
	readonly tokenizerText?: (text: string) => string;
	/** Whether the scores before the first step are a result: of a task that changes what a model does already. */
	readonly scoresStart?: boolean;
	/** What `maskwright.json` says of its models beside what it says of all. */
	readonly about?: (heldOut: HeldOut) => Readonly<Record<string, unknown>>;
	/**
	 * Further files of the model's folder, by their names without the ending, such as a head that serves one use alone;
	 * `trained` gives the values of the helper parameters.
	 */
	readonly files?: (
		corpus: PreparedCorpus,
		trained: (name: string) => Float32Array,
		config: EncoderConfig,
	) => ReadonlyMap<string, ReadonlyMap<string, HostTensor>>;
	/** Scores during the run and at its end. */
	evaluator(options: EvaluatorOptions): Evaluator;
}

/** Documents on either side of the line that was drawn before anything was learned. */
export interface SplitDocuments {
	readonly train: readonly Document[];
	readonly heldOut: readonly Document[];
}

/** What the examples of a task are made with. */
export interface PreparationTools {
	readonly tokenizer: Tokenizer;
	/** The folder or file of the texts; where a file that the recipe names is looked for, and above it. */
	readonly corpus: string;
	readonly signal: AbortSignal | undefined;
	/** Told of the documents done. */
	readonly onEncoded: (done: number) => void;
	/** The model that is trained on from. */
	readonly start: StartingWeights | undefined;
}

export interface StartingWeights {
	readonly config: EncoderConfig;
	readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** The steps of one run. */
export interface TaskSteps {
	/** Rows of a batch: it may be divided into as many equal parts as divide them evenly. 1 where it must stay whole. */
	readonly rows: number;
	/**
	 * The scalar loss of one of `parts` equal parts of a batch; the losses of all parts sum to the batch's, and so do
	 * their gradients. `parameters` are the graph values of all parameters by name.
	 */
	readonly loss: (graph: Graph, parameters: ReadonlyMap<string, Value>, parts: number) => Value;
	/** The batch of optimizer step `step`, counted from 0: a pure function of the run's seed and the step. */
	batch(step: number): TaskBatch;
}

/** One batch; only its task knows what is in it. */
export interface TaskBatch {
	/** The inputs of part `part` of `parts` equal parts, by graph input. */
	feeds(part: number, parts: number): Record<string, Tensor>;
}

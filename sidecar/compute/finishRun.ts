import { type NgramModel, ngramArrays } from "../data/ngrams.ts";
import type { EncoderConfig } from "../model/config.ts";
import { toHuggingFaceConfig } from "../model/huggingFace.ts";
import { parameterSpecs } from "../model/parameters.ts";
import type { HeldOut } from "../protocol/scores.ts";
import { download } from "../session/download.ts";
import { floats } from "../session/tensor.ts";
import { runLayout } from "../store/layout.ts";
import { saveModel } from "../store/models.ts";
import type { HostTensor } from "../store/safetensors.ts";
import type { TrainingState } from "../train/checkpointing.ts";
import type { PreparedCorpus } from "../train/prepare.ts";
import type { Recipe } from "../train/recipe.ts";
import type { ModelState } from "../train/stepper.ts";
import { modelCard } from "./modelCard.ts";

/** A run whose budget is spent, with its final scores. */
export interface FinishedRun {
	readonly recipe: Recipe;
	readonly folder: string;
	readonly corpus: PreparedCorpus;
	readonly config: EncoderConfig;
	readonly ngrams: NgramModel;
	readonly heldOut: HeldOut;
	readonly model: ModelState;
	readonly state: TrainingState;
}

/** Writes the trained model in Hugging Face's layout with its card and n-gram counts; returns its folder. */
export async function finishRun(run: FinishedRun): Promise<string> {
	const { recipe, corpus, config, heldOut } = run;
	const tensors = new Map<string, HostTensor>();
	for (const { name, shape } of parameterSpecs(config)) {
		tensors.set(name, { data: floats(await download(run.model.get(name)!)), shape });
	}
	const ngrams = new Map<string, HostTensor>();
	for (const [name, data] of Object.entries(ngramArrays(run.ngrams))) ngrams.set(name, { data, shape: [data.length] });
	const folder = runLayout(run.folder).model;
	saveModel(folder, {
		config: toHuggingFaceConfig(config, corpus.tokenizer.special),
		tensors,
		tokenizer: corpus.tokenizer.toJSON(),
		card: modelCard(run),
		about: { roles: ["completion"], scores: heldOut, recipe: recipe.name, sequenceLength: recipe.data.sequenceLength },
		extra: new Map([["ngrams", ngrams]]),
	});
	return folder;
}

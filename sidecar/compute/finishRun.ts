import { ngramArrays } from "../data/ngrams.ts";
import { toHuggingFaceConfig } from "../model/huggingFace.ts";
import { parameterSpecs } from "../model/parameters.ts";
import { download } from "../session/download.ts";
import { floats } from "../session/tensor.ts";
import { runLayout } from "../store/layout.ts";
import { saveModel } from "../store/models.ts";
import type { HostTensor } from "../store/safetensors.ts";
import type { FinishedRun } from "./finishedRun.ts";
import { modelCard } from "./modelCard.ts";

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

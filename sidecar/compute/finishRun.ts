import { ngramArrays } from "../data/ngrams.ts";
import { type ModelPart, toHuggingFaceConfig } from "../model/huggingFace.ts";
import { download } from "../session/download.ts";
import { floats } from "../session/tensor.ts";
import { runLayout } from "../store/layout.ts";
import { saveModel } from "../store/modelFolder.ts";
import type { HostTensor } from "../store/safetensors.ts";
import { savedParameters, taskOf } from "../train/tasks/tasks.ts";
import type { TrainingTask } from "../train/tasks/trainingTask.ts";
import { finishAdapter } from "./finishAdapter.ts";
import type { FinishedRun } from "./finishedRun.ts";
import { modelCard } from "./modelCard.ts";

/** Writes the trained model in Hugging Face's layout with its card and n-gram counts, or the adapter; returns its folder. */
export async function finishRun(run: FinishedRun): Promise<string> {
	const { recipe, corpus, config, heldOut } = run;
	const tensors = new Map<string, HostTensor>();
	for (const { name, shape } of savedParameters(recipe, config)) {
		tensors.set(name, { data: floats(await download(run.model.get(name)!)), shape });
	}
	const folder = runLayout(run.folder).model;
	const about = {
		roles: taskOf(recipe).roles,
		scores: heldOut,
		recipe: recipe.name,
		sequenceLength: recipe.data.sequenceLength,
		...taskOf(recipe).about?.(heldOut),
	};
	if (run.base !== undefined) {
		finishAdapter(folder, { ...run, base: run.base }, { tensors, about });
		return folder;
	}
	const ngrams = new Map<string, HostTensor>();
	for (const [name, data] of Object.entries(ngramArrays(run.ngrams))) ngrams.set(name, { data, shape: [data.length] });
	const task = taskOf(recipe);
	const helping = new Map<string, Float32Array>();
	for (const { name } of task.files === undefined ? [] : (task.helperParameters?.(config) ?? [])) {
		helping.set(name, floats(await download(run.model.get(name)!)));
	}
	const files = task.files?.(corpus, (name) => helping.get(name)!, config) ?? [];
	saveModel(folder, {
		config: toHuggingFaceConfig(config, corpus.tokenizer.special, partOf(taskOf(recipe))),
		tensors,
		tokenizer: corpus.tokenizer.toJSON(),
		card: modelCard(run),
		about,
		extra: new Map([["ngrams", ngrams], ...files]),
	});
	return folder;
}

/** The part of transformers' classes that a task's model is. */
function partOf({ maskedLmHead = true, roles }: TrainingTask): ModelPart {
	if (roles.includes("detection")) return "detector";
	return maskedLmHead ? "maskedLm" : "encoder";
}

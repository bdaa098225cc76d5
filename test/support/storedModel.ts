import { join } from "node:path";
import { ngramArrays } from "../../sidecar/data/ngrams.ts";
import type { ModelParts } from "../../sidecar/inference/loadedModel.ts";
import { toHuggingFaceConfig } from "../../sidecar/model/huggingFace.ts";
import { parameterSpecs } from "../../sidecar/model/parameters.ts";
import { homeLayout } from "../../sidecar/store/layout.ts";
import { type StoredModel, saveModel } from "../../sidecar/store/modelFolder.ts";
import type { HostTensor } from "../../sidecar/store/safetensors.ts";

/** The parts of a model as they are written to disk. */
export function storedModel(parts: ModelParts, change: Partial<StoredModel> = {}): StoredModel {
	const tensors = new Map<string, HostTensor>();
	for (const { name, shape } of parameterSpecs(parts.config))
		tensors.set(name, { data: parts.weights.get(name)!, shape });
	const ngrams = new Map<string, HostTensor>();
	for (const [name, data] of Object.entries(ngramArrays(parts.ngrams!)))
		ngrams.set(name, { data, shape: [data.length] });
	return {
		config: toHuggingFaceConfig(parts.config, parts.tokenizer.special),
		tensors,
		tokenizer: parts.tokenizer.toJSON(),
		about: { roles: ["completion"], scores: null },
		extra: new Map([["ngrams", ngrams]]),
		...change,
	};
}

/** Writes a model to a user's folder under a name; gives its folder. */
export function saveInHome(home: string, name: string, parts: ModelParts, change: Partial<StoredModel> = {}): string {
	const folder = join(homeLayout(home).models, name);
	saveModel(folder, storedModel(parts, change));
	return folder;
}

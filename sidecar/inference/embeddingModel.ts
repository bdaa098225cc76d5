import type { EncoderConfig } from "../model/config.ts";
import { fromHuggingFaceConfig } from "../model/huggingFace.ts";
import { baseFolder, isAdapter, loadAdapter } from "../store/adapters.ts";
import { loadModel, type StoredModel } from "../store/modelFolder.ts";
import { openAdapter } from "./adapters.ts";

/** A stored model with the configuration that its vectors are computed by. */
export interface EmbeddingModel {
	readonly config: EncoderConfig;
	readonly stored: StoredModel;
}

/**
 * Reads a model folder, or an adapter's with the model that it is for: what the adapter was trained with stands beside
 * that model's tensors, and what it says of its vectors in place of what that says. Throws as `loadModel`, `baseFolder`
 * and `openAdapter` do.
 */
export function loadEmbeddingModel(folder: string): EmbeddingModel {
	const stored = loadModel(isAdapter(folder) ? baseFolder(folder) : folder);
	const config = fromHuggingFaceConfig(stored.config);
	if (!isAdapter(folder)) return { config, stored };
	const { config: adapter } = openAdapter(folder, config);
	const { tensors, about } = loadAdapter(folder);
	const { roles, scores } = about;
	const embedding = about["embedding"] ?? stored.about?.["embedding"];
	return {
		config: { ...config, adapter },
		stored: {
			...stored,
			tensors: new Map([...stored.tensors, ...tensors]),
			// Its 8 bits were measured without the adapter.
			about: { ...stored.about, roles, scores, embedding, int8: undefined },
		},
	};
}

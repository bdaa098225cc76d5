/** A sub-model that a model was trained to hold, as a model of its own. */
import { MaskwrightError } from "../../base/errors.ts";
import { sizeName, sizeNamed, sizesOf } from "../../inference/modelSizes.ts";
import { headSpecs } from "../../inference/predictingHead.ts";
import { embeddingSpecs } from "../../inference/vectorizer.ts";
import { encoderConfigSchema } from "../../model/config.ts";
import { toHuggingFaceConfig } from "../../model/huggingFace.ts";
import { headNames } from "../../model/names.ts";
import { parameterSpecs } from "../../model/parameters.ts";
import type { SubModel } from "../../model/subModels.ts";
import { loadModel, saveModel } from "../../store/modelFolder.ts";
import type { HostTensor } from "../../store/safetensors.ts";
import type { ModelToExport } from "./modelToExport.ts";

/** Layers and units that are asked for; where one is left out, the size of the model that has the other. */
export interface WantedSize {
	readonly layers?: number | undefined;
	readonly units?: number | undefined;
}

/** Throws `modelInvalid` for a size that the model was not trained for. */
export function wantedSize({ config, embedding, name }: ModelToExport, { layers, units }: WantedSize): SubModel {
	const sizes = sizesOf(config, embedding);
	const [largest] = sizes;
	const found = sizes.find((size) => size.layers === (layers ?? size.layers) && size.units === (units ?? size.units));
	return (
		found ?? sizeNamed(sizeName({ layers: layers ?? largest!.layers, units: units ?? largest!.units }), sizes, name)
	);
}

/**
 * The first layers of a model, its vector the first units of theirs. The head reads these units alone: its other columns
 * become 0, which is what the sub-model's loss had in their place.
 */
export function subModel(model: ModelToExport, size: SubModel): ModelToExport {
	const { embedding, predicts, tokenizer } = model;
	const config = encoderConfigSchema.parse({ ...model.config, layers: size.layers });
	const inHead = new Set(headSpecs(config).map(({ name }) => name));
	const specs = parameterSpecs(config).filter(({ name }) => predicts || !inHead.has(name));
	const weights = new Map(
		[...specs, ...embeddingSpecs(config, embedding.pooling)].map(({ name }) => [name, model.weights.get(name)!]),
	);
	const dense = `${headNames[config.architecture].dense}.weight`;
	const full = weights.get(dense);
	if (full !== undefined) {
		weights.set(
			dense,
			full.map((weight, at) => (at % config.hiddenSize < size.units ? weight : 0)),
		);
	}
	const within = sizesOf(model.config, embedding).filter(({ layers, units }) => {
		return layers <= size.layers && units <= size.units;
	});
	return {
		...model,
		name: `${model.name}-${size.layers}x${size.units}`,
		config,
		configFile: toHuggingFaceConfig(config, tokenizer.special, predicts ? "maskedLm" : "encoder"),
		specs,
		weights,
		detector: undefined, // it reads the whole
		embedding: { ...embedding, sizes: within.map(({ layers, units }) => [layers, units]) },
	};
}

/** Writes it as a model folder of ours, beside what `maskwright.json` of the model it is part of says. */
export function saveSubModel(folder: string, { path, part }: { path: string; part: ModelToExport }): void {
	const { about, tokenizer, extra, card } = loadModel(path);
	if (about === undefined) throw new MaskwrightError("modelInvalid", `${path} has no maskwright.json. Train it again.`);
	const shapes = [...part.specs, ...embeddingSpecs(part.config, part.embedding.pooling)];
	const tensors = new Map<string, HostTensor>(
		shapes.map(({ name, shape }) => [name, { data: part.weights.get(name)!, shape }]),
	);
	saveModel(folder, {
		config: toHuggingFaceConfig(part.config, part.tokenizer.special),
		tensors,
		tokenizer,
		// Its scores were never taken, and the weight beside BM25 was tuned for the whole.
		about: { ...about, scores: null, embedding: part.embedding },
		...(card === undefined ? {} : { card }),
		...(extra === undefined ? {} : { extra }),
	});
}

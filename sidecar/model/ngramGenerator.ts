/**
 * The generator of ERNIE-Gram's enhanced relation modelling (Xiao et al. 2021, section 3.4): a small encoder that says
 * which n-gram or token could stand at a mask. It shares the embeddings of tokens and of n-grams with the encoder.
 */
import type { Value } from "../autodiff/value.ts";
import { attentionBias } from "./attention.ts";
import type { EncoderConfig } from "./config.ts";
import { encoder } from "./encoder.ts";
import {
	type GeneratorSizes,
	generatorConfig,
	generatorParameters,
	generatorPrefix,
	generatorSpecs,
} from "./generator.ts";
import { coarseLogits, ngramBiasSpec, ngramNames } from "./ngramHead.ts";
import type { ParameterSpec } from "./parameters.ts";

/** What it has of its own, for `ngrams` n-grams: everything but the embeddings. */
export function ngramGeneratorSpecs(config: EncoderConfig, sizes: GeneratorSizes, ngrams: number): ParameterSpec[] {
	return [...generatorSpecs(config, sizes), ngramBiasSpec(generatorPrefix + ngramNames.bias, ngrams)];
}

/** What a generator reads: B rows of T tokens with n-grams under single masks. */
export interface NgramGeneratorInputs {
	/** [B, T] int32 each, as the encoder reads them. */
	readonly inputIds: Value;
	readonly positions: Value;
	readonly segments: Value;
	/** The masks, b * T + t, [M] int32. */
	readonly masks: Value;
}

/** Its logits [M, vocabulary + ngrams] at the masks. `parameters` are those of both models, by name. */
export function ngramGeneratorLogits(
	parameters: ReadonlyMap<string, Value>,
	{ config, sizes }: { readonly config: EncoderConfig; readonly sizes: GeneratorSizes },
	{ inputIds, positions, segments, masks }: NgramGeneratorInputs,
): Value {
	const own = generatorConfig(config, sizes);
	const values = new Map(generatorParameters(config, sizes, parameters));
	values.set(ngramNames.embedding, parameters.get(ngramNames.embedding)!);
	return masks.graph.scope("generator", () => {
		const bias = attentionBias(own, segments);
		return coarseLogits(own, values, encoder(own, values, { inputIds, positions, bias, at: masks }));
	});
}

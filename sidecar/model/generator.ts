/**
 * A small masked language model beside an encoder, which proposes what could stand at masked positions (ELECTRA, Clark
 * et al. 2020, section 3.2). It is narrower than the encoder, as deep unless its sizes say otherwise, and shares the encoder's embeddings: those of
 * tokens, positions and types with their norm, as in the released code (`model/modeling.py`).
 */
import type { Value } from "../autodiff/value.ts";
import { type EncoderConfig, embeddingWidth, encoderConfigSchema } from "./config.ts";
import { encoderPrefix } from "./names.ts";
import { type ParameterSpec, parameterSpecs } from "./parameters.ts";

/** Units of a generator's layers, where they are other than the encoder's. */
export interface GeneratorSizes {
	/** As many as the encoder's by default. */
	readonly layers?: number | undefined;
	readonly hiddenSize: number;
	readonly heads: number;
	readonly intermediateSize: number;
}

/** Its parameters bear the names that they would have alone, behind this. */
export const generatorPrefix = "generator.";

/** The generator of an encoder as an encoder with a tied masked-LM head. Throws `ZodError` where heads do not divide. */
export function generatorConfig(config: EncoderConfig, sizes: GeneratorSizes): EncoderConfig {
	const { ownDecoder: _, ...tied } = config;
	const { layers = config.layers, hiddenSize, heads, intermediateSize } = sizes;
	const embeddingSize = embeddingWidth(config);
	return encoderConfigSchema.parse({ ...tied, layers, hiddenSize, heads, intermediateSize, embeddingSize });
}

/** What a generator has of its own: everything but the embeddings. */
export function generatorSpecs(config: EncoderConfig, sizes: GeneratorSizes): ParameterSpec[] {
	const shared = sharedNames(config, sizes);
	return parameterSpecs(generatorConfig(config, sizes))
		.filter(({ name }) => !shared.has(name))
		.map((spec) => ({ ...spec, name: generatorPrefix + spec.name }));
}

/** The parameters of a generator by the names that `encoder` and `maskedLmHead` ask for, from those of both models. */
export function generatorParameters(
	config: EncoderConfig,
	sizes: GeneratorSizes,
	parameters: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
	const own = new Map<string, Value>();
	for (const name of sharedNames(config, sizes)) own.set(name, parameters.get(name)!);
	for (const [name, value] of parameters) {
		if (name.startsWith(generatorPrefix)) own.set(name.slice(generatorPrefix.length), value);
	}
	return own;
}

/** Embeddings that are of one shape in both: DeBERTa widens before its norm, which then is the generator's own. */
function sharedNames(config: EncoderConfig, sizes: GeneratorSizes): ReadonlySet<string> {
	const embeddings = `${encoderPrefix(config)}.embeddings.`;
	const shapes = new Map(parameterSpecs(config).map(({ name, shape }) => [name, shape.join()]));
	const alike = parameterSpecs(generatorConfig(config, sizes)).filter(
		({ name, shape }) => name.startsWith(embeddings) && shapes.get(name) === shape.join(),
	);
	return new Set(alike.map(({ name }) => name));
}

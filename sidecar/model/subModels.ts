/**
 * Sub-models of an encoder (2D Matryoshka, Li et al. 2024; Starbucks, Zhuang et al. 2024, section 3.1): its first
 * layers, and of what these yield the first units. All share one set of weights.
 */
import { slice } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { EncoderConfig } from "./config.ts";
import { encoder } from "./encoder.ts";
import type { EncoderInputs } from "./inputs.ts";
import { layerNorm } from "./layers.ts";
import { rootModule } from "./module.ts";
import { encoderPrefix, layerOutputName } from "./names.ts";

/** The first `layers` layers of an encoder, and of their output the first `units`. */
export interface SubModel {
	readonly layers: number;
	readonly units: number;
}

/** A sub-model as recipes, models and options name it: layers and units, or units of all layers. */
export type NamedSize = number | readonly [layers: number, units: number];

/** The whole encoder and the sub-models that are named, the whole one first, then the larger before the smaller. */
export function subModelsOf(
	{ layers, hiddenSize }: Pick<EncoderConfig, "layers" | "hiddenSize">,
	named: readonly NamedSize[],
): SubModel[] {
	const whole = { layers, units: hiddenSize };
	const smaller = named.map((size) => (typeof size === "number" ? { layers, units: size } : pairOf(size)));
	const others = smaller.filter((size) => !isSame(size, whole));
	return [whole, ...others.sort((a, b) => b.layers - a.layers || b.units - a.units)];
}

/** What is wrong with the sizes of an encoder of this shape, as the end of a sentence. */
export function sizeContradiction(
	{ layers, hiddenSize }: Pick<EncoderConfig, "layers" | "hiddenSize">,
	named: readonly NamedSize[],
	key: string,
): string | undefined {
	const [fault] = subModelsOf({ layers, hiddenSize }, named).filter((size) => {
		return size.layers > layers || size.units > hiddenSize;
	});
	if (fault === undefined) return undefined;
	return `${key} asks for ${fault.units} units of ${fault.layers} layers, and the model has ${hiddenSize} of ${layers}.`;
}

/**
 * The outputs [batch * length, units] of several sub-models, in their order, in one pass: what each would yield by
 * itself, its final norm included where the architecture has one.
 */
export function subModelRows(
	config: EncoderConfig,
	parameters: ReadonlyMap<string, Value>,
	{ inputs, sizes }: { readonly inputs: Omit<EncoderInputs, "at">; readonly sizes: readonly SubModel[] },
): Value[] {
	const seen = new Map<string, Value>();
	const observe = (name: string, value: Value): void => {
		seen.set(name, value);
		inputs.observe?.(name, value);
	};
	const last = encoder(config, parameters, { ...inputs, observe });
	const outputs = new Map([[config.layers, last]]);
	const outputOf = (layers: number): Value => {
		const known = outputs.get(layers);
		if (known !== undefined) return known;
		const raw = layers === 0 ? undefined : seen.get(layerOutputName(config, layers - 1));
		// Without layers an encoder is its embeddings, which no layer tells of.
		const made =
			raw === undefined
				? encoder({ ...config, layers } as EncoderConfig, parameters, inputs)
				: finished(config, parameters, raw);
		outputs.set(layers, made);
		return made;
	};
	return sizes.map(({ layers, units }) => firstUnits(outputOf(layers), units));
}

/** The first `units` of rows [rows, width]. */
export function firstUnits(rows: Value, units: number): Value {
	return units === rows.shape[1] ? rows : slice(rows, 1, 0, units);
}

/** What an encoder does behind its last layer. */
function finished(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, rows: Value): Value {
	if (config.architecture !== "modernbert") return rows;
	const root = rootModule(rows.graph, parameters);
	return root.within(encoderPrefix(config), (module) => layerNorm(module, "final_norm", rows, config));
}

function pairOf([layers, units]: readonly [number, number]): SubModel {
	return { layers, units };
}

function isSame(one: SubModel, other: SubModel): boolean {
	return one.layers === other.layers && one.units === other.units;
}

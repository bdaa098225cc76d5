/** The tensors of an adapter: names, shapes and how each starts. */
import type { AdapterConfig, AdapterKind, LoraConfig, LoraTarget } from "./config.ts";
import { halves, invertibleModule } from "./layers.ts";

/** A projection of a layer. */
export interface Projection {
	/** What it does; several where one matrix does them all. */
	readonly targets: readonly LoraTarget[];
	/** Its module path. */
	readonly path: string;
	/** Of its weight: outputs and inputs. */
	readonly shape: readonly [number, number];
	/** How many matrices are stacked in it. */
	readonly blocks: number;
}

/** Where an encoder takes adapters. */
export interface AdapterPlaces {
	readonly projections: readonly Projection[];
	/** The modules of the bottlenecks, one a layer. */
	readonly bottlenecks: readonly string[];
	readonly hiddenSize: number;
	/** The prefix of the encoder, and the units of its embeddings. */
	readonly encoder: string;
	readonly embeddingWidth: number;
}

/** A tensor of an adapter, as a parameter of a model is described. */
export interface AdapterSpec {
	readonly name: string;
	readonly shape: readonly number[];
	readonly init: { readonly kind: "normal"; readonly std: number } | { readonly kind: "zeros" };
	readonly decay: boolean;
	readonly matrix: boolean;
	readonly blocks: number;
}

/** Every kind of adapter: its tensors, in the order of the forward pass. */
const kinds: {
	readonly [Kind in AdapterKind]: (
		config: AdapterConfig & { readonly kind: Kind },
		places: AdapterPlaces,
	) => AdapterSpec[];
} = {
	lora: (config, { projections }) =>
		projections
			.filter(({ targets }) => targets.some((target) => config.targets.includes(target)))
			.flatMap((projection) => loraSpecs(config, projection)),
	sequentialBottleneck: bottleneckSpecs,
	sequentialBottleneckInvertible: (config, places) => {
		const { encoder, embeddingWidth } = places;
		const [first, second] = halves(embeddingWidth);
		const path = `${encoder}.${invertibleModule}`;
		const inner = (width: number): number => unitsOf(width, config.invertibleReductionFactor);
		return [
			...twoLayerSpecs([`${path}.F.0`, `${path}.F.2`], { from: second, inner: inner(second), to: first }),
			...twoLayerSpecs([`${path}.G.0`, `${path}.G.2`], { from: first, inner: inner(first), to: second }),
			...bottleneckSpecs(config, places),
		];
	},
};

/** The tensors of an adapter of `config` in an encoder with these places. */
export function adapterSpecsAt(config: AdapterConfig, places: AdapterPlaces): AdapterSpec[] {
	return (kinds[config.kind] as (config: AdapterConfig, places: AdapterPlaces) => AdapterSpec[])(config, places);
}

/** A starts as LoRA's does, Gaussian, and B at zero, so that the adapter changes nothing at first (Hu et al. 2021, section 4.1). */
function loraSpecs({ rank }: LoraConfig, { path, shape: [outputs, inputs], blocks }: Projection): AdapterSpec[] {
	return [
		weight(`${path}.lora_A.weight`, [rank, inputs], { kind: "normal", std: inputs ** -0.5 }),
		{ ...weight(`${path}.lora_B.weight`, [outputs, rank], { kind: "zeros" }), blocks },
	];
}

function bottleneckSpecs(
	{ reductionFactor }: { readonly reductionFactor: number },
	{ bottlenecks, hiddenSize }: AdapterPlaces,
): AdapterSpec[] {
	const inner = unitsOf(hiddenSize, reductionFactor);
	return bottlenecks.flatMap((module) => {
		return twoLayerSpecs([`${module}.adapter_down.0`, `${module}.adapter_up`], {
			from: hiddenSize,
			inner,
			to: hiddenSize,
		});
	});
}

/** Two layers of which the second starts at zero: the model is at first what it was. */
function twoLayerSpecs(
	[first, second]: readonly [string, string],
	{ from, inner, to }: { readonly from: number; readonly inner: number; readonly to: number },
): AdapterSpec[] {
	return [
		weight(`${first}.weight`, [inner, from], { kind: "normal", std: from ** -0.5 }),
		bias(`${first}.bias`, inner),
		weight(`${second}.weight`, [to, inner], { kind: "zeros" }),
		bias(`${second}.bias`, to),
	];
}

function unitsOf(width: number, factor: number): number {
	return Math.max(1, Math.floor(width / factor));
}

function weight(name: string, shape: [number, number], init: AdapterSpec["init"]): AdapterSpec {
	return { name, shape, init, decay: true, matrix: true, blocks: 1 };
}

function bias(name: string, length: number): AdapterSpec {
	return { name, shape: [length], init: { kind: "zeros" }, decay: false, matrix: false, blocks: 1 };
}

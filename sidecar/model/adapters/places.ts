/** Where the encoders of the table take adapters. */
import { type EncoderConfig, embeddingWidth } from "../config.ts";
import { encoderPrefix, layerNames, modernBertAdapters } from "../names.ts";
import type { AdapterPlaces, Projection } from "./parameters.ts";

/** The projections, bottlenecks and embeddings of an encoder. */
export function adapterPlaces(config: EncoderConfig): AdapterPlaces {
	const places = config.architecture === "modernbert" ? modernBertPlaces : postNormPlaces;
	const layers = Array.from({ length: config.layers }, (_, layer) => places(config, layer));
	return {
		projections: layers.flatMap(({ projections }) => projections),
		bottlenecks: layers.map(({ bottleneck }) => bottleneck),
		hiddenSize: config.hiddenSize,
		encoder: encoderPrefix(config),
		embeddingWidth: embeddingWidth(config),
	};
}

interface LayerPlaces {
	readonly projections: readonly Projection[];
	readonly bottleneck: string;
}

function postNormPlaces(config: EncoderConfig, layer: number): LayerPlaces {
	if (config.architecture === "modernbert") return modernBertPlaces(config, layer);
	const names = layerNames[config.architecture];
	const path = `${encoderPrefix(config)}.${names.layers}.${layer}`;
	const attention = `${path}.${names.attention}`;
	const square: [number, number] = [config.hiddenSize, config.hiddenSize];
	const one = (target: Projection["targets"][number], module: string): Projection => {
		return { targets: [target], path: module, shape: square, blocks: 1 };
	};
	return {
		projections: [
			one("query", `${attention}.${names.query}`),
			one("key", `${attention}.${names.key}`),
			one("value", `${attention}.${names.value}`),
			one("attentionOutput", `${path}.${names.mixed}`),
			...feedForward(config, `${path}.${names.expand}`, `${path}.${names.contract}`),
		],
		bottleneck: `${path}.${names.adapters}`,
	};
}

function modernBertPlaces(config: EncoderConfig, layer: number): LayerPlaces {
	const { hiddenSize: hidden } = config;
	const path = `model.layers.${layer}`;
	return {
		projections: [
			{ targets: ["query", "key", "value"], path: `${path}.attn.Wqkv`, shape: [3 * hidden, hidden], blocks: 3 },
			{ targets: ["attentionOutput"], path: `${path}.attn.Wo`, shape: [hidden, hidden], blocks: 1 },
			...feedForward(config, `${path}.mlp.Wi`, `${path}.mlp.Wo`),
		],
		bottleneck: `${path}.${modernBertAdapters}`,
	};
}

function feedForward(config: EncoderConfig, expand: string, contract: string): Projection[] {
	const { hiddenSize: hidden, intermediateSize: inner } = config;
	const gated = config.feedForward === "geglu" ? 2 : 1;
	return [
		{ targets: ["expand"], path: expand, shape: [gated * inner, hidden], blocks: gated },
		{ targets: ["contract"], path: contract, shape: [hidden, inner], blocks: 1 },
	];
}

import { MaskwrightError } from "../../base/errors.ts";
import { type EncoderConfig, isGlobalLayer } from "../../model/config.ts";
import type { ModelToExport } from "./modelToExport.ts";

/**
 * `config.json` for the class of transformers that computes the model: the masked-LM class, or the encoder alone where
 * the model has no head. Throws `modelInvalid` with the reason where there is no such class.
 */
export function transformersConfig(model: ModelToExport): Record<string, unknown> {
	const reason = whyNone(model);
	if (reason === undefined) return exportedConfig(model);
	throw new MaskwrightError(
		"modelInvalid",
		`No class of transformers computes ${model.name}: ${reason}. Export it with --format onnx, which holds the computation itself.`,
	);
}

/**
 * The same for a folder whose graph computes by itself, where the configuration only names the kind of model: of one
 * that transformers has no class for, the nearest one's.
 */
export function graphConfig(model: ModelToExport): Record<string, unknown> {
	if (model.configFile["model_type"] !== "maskwright") return exportedConfig(model);
	const { maskwright: _, ...common } = model.configFile;
	const max_position_embeddings = model.config.maxPositions;
	return { ...common, max_position_embeddings, model_type: model.config.architecture };
}

function exportedConfig({ config, configFile }: ModelToExport): Record<string, unknown> {
	return { ...configFile, ...(config.architecture === "modernbert" ? newerKeys(config) : {}) };
}

/**
 * transformers 5 says by layer what the older keys say by a period and two wavelengths (`ModernBertConfig`); both stand
 * in the file, since older releases read the older ones alone.
 */
function newerKeys(config: EncoderConfig): Record<string, unknown> {
	const rope = (theta: number): object => ({ rope_type: "default", rope_theta: theta });
	return {
		layer_types: Array.from({ length: config.layers }, (_, layer) =>
			isGlobalLayer(config, layer) ? "full_attention" : "sliding_attention",
		),
		rope_parameters: {
			full_attention: rope(config.globalRopeTheta),
			sliding_attention: rope(config.localRopeTheta),
		},
	};
}

/** Why no class of transformers computes a model, or undefined where one does. */
function whyNone({ config, configFile }: ModelToExport): string | undefined {
	// ModernBertPreTrainedModel._init_weights divides by the number of layers.
	if (config.layers === 0) return "it has no layers, a bag of tokens, and transformers' encoders have one at least";
	if (configFile["model_type"] !== "maskwright") return undefined;
	const { architecture, positionEmbedding, feedForward, globalAttentionEveryNLayers } = config;
	return `transformers has no ${architecture} with ${positionEmbedding} positions, ${feedForward} feed-forward layers and every ${globalAttentionEveryNLayers === 1 ? "" : `${globalAttentionEveryNLayers}. `}layer seeing the whole text`;
}

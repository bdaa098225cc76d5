import type { Value } from "../autodiff/value.ts";
import type { AttentionBias, AttentionContext } from "./attention.ts";
import { type EncoderConfig, isGlobalLayer } from "./config.ts";
import type { Observer } from "./module.ts";

/** What every encoder reads. */
export interface EncoderInputs {
	/** [batch, length] int32. */
	readonly inputIds: Value;
	/** The position within the document, [batch, length] int32; read by absolute position embeddings only. */
	readonly positions: Value;
	readonly bias: AttentionBias;
	/** Told of inner values by module path: attention probabilities and the output of every layer. */
	readonly observe?: Observer;
}

/** How layer `layer` (from 0) attends. */
export function attentionContext(inputs: EncoderInputs, config: EncoderConfig, layer: number): AttentionContext {
	const [batch, length] = inputs.inputIds.shape as [number, number];
	const isGlobal = isGlobalLayer(config, layer);
	const theta = isGlobal ? config.globalRopeTheta : config.localRopeTheta;
	return {
		batch,
		length,
		bias: isGlobal ? inputs.bias.global : inputs.bias.local,
		ropeTheta: config.positionEmbedding === "rope" ? theta : undefined,
	};
}

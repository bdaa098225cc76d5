import { type EncoderConfig, isGlobalLayer } from "../../model/config.ts";

/** How many tokens to either side a layer sees; null where it sees the whole row. */
export function attentionReach(config: EncoderConfig, layer: number): number | null {
	return isGlobalLayer(config, layer) ? null : Math.floor(config.localAttention / 2);
}

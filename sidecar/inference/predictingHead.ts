import { MaskwrightError } from "../base/errors.ts";
import type { EncoderConfig } from "../model/config.ts";
import { encoderPrefix } from "../model/names.ts";
import { baseSpecs, type ParameterSpec } from "../model/parameters.ts";

/** The tensors of the masked-language-model head: what stands beside the encoder. */
export function headSpecs(config: EncoderConfig): ParameterSpec[] {
	return baseSpecs(config).filter(({ name }) => !name.startsWith(`${encoderPrefix(config)}.`));
}

/** Throws `modelInvalid` for a model that has its encoder alone: it cannot predict tokens. */
export function requireHead(config: EncoderConfig, weights: { has(name: string): boolean }): void {
	const missing = headSpecs(config).find(({ name }) => !weights.has(name));
	if (missing === undefined) return;
	throw new MaskwrightError(
		"modelInvalid",
		`This model has no head for masked language modelling that was trained, so it predicts no tokens. Choose one that was trained to, see maskwright models, or train this one on: maskwright train FOLDER --recipe code-mlm-small --from MODEL.`,
		{ data: { tensor: missing.name } },
	);
}

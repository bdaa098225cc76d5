/** What `maskwright.json` says of a model's detector of replaced tokens. */
import { z } from "zod";
import type { EncoderConfig } from "../model/config.ts";
import { detectorSpecs } from "../model/detector.ts";
import type { StoredModel } from "../store/modelFolder.ts";

export interface DetectorSection {
	/** The probability above which a token is suspicious; one half where the model does not say. */
	readonly threshold: number;
}

const detectorSectionSchema = z.object({ threshold: z.number().min(0).max(1) });

/** The detector of a stored model whose tensors are all there; undefined of a model without one. */
export function detectorSectionOf(config: EncoderConfig, { about, tensors }: StoredModel): DetectorSection | undefined {
	if (!detectorSpecs(config).every(({ name }) => tensors.has(name))) return undefined;
	return { threshold: detectorSectionSchema.safeParse(about?.["detector"]).data?.threshold ?? 0.5 };
}

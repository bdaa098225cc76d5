import { z } from "zod";

/** The sizes of a generator, in a recipe. */
export const generatorSizes = {
	layers: z
		.int()
		.min(1)
		.optional()
		.describe("layers of attention and feed-forward network; by default as many as the encoder has"),
	hiddenSize: z.int().min(2).describe("units of its layers: a quarter to a half of the encoder's (section 3.2)"),
	heads: z.int().min(1).describe("attention heads; must divide hiddenSize"),
	intermediateSize: z.int().min(1).describe("units of its feed-forward layers"),
} as const;

/** The generator's heads share its units evenly, and rotary positions turn pairs of them. `key` is its place in a recipe. */
export function generatorContradiction(
	key: string,
	{ hiddenSize, heads }: { readonly hiddenSize: number; readonly heads: number },
	model: { readonly positionEmbedding: string },
): string | undefined {
	if (hiddenSize % heads !== 0) return `${key}.heads (${heads}) must divide ${key}.hiddenSize (${hiddenSize}).`;
	if (model.positionEmbedding !== "rope" || (hiddenSize / heads) % 2 === 0) return undefined;
	return `${key}.hiddenSize / ${key}.heads (${hiddenSize / heads}) must be even, because rotary positions turn pairs of units.`;
}

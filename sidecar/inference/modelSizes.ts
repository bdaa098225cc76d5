/** The sizes in which one model makes vectors, and how they are named. */
import { MaskwrightError } from "../base/errors.ts";
import type { EncoderConfig } from "../model/config.ts";
import type { SubModel } from "../model/subModels.ts";
import type { EmbeddingSection } from "./embeddingSection.ts";

/** The sizes of a model, the largest first; of one that was trained for no other, its own alone. */
export function sizesOf({ layers, hiddenSize }: EncoderConfig, { sizes }: EmbeddingSection): SubModel[] {
	return sizes?.map(([layers, units]) => ({ layers, units })) ?? [{ layers, units: hiddenSize }];
}

/** How a size is written: layers, comma, units. */
export function sizeName({ layers, units }: SubModel): string {
	return `${layers},${units}`;
}

/**
 * The size that `wanted` names: "large", "small", or layers and units as "2,64". Throws `modelInvalid` for one that the
 * model was not trained for, and `usage` for what names none.
 */
export function sizeNamed(wanted: string, sizes: readonly SubModel[], folder: string): SubModel {
	if (wanted === "large") return sizes[0]!;
	if (wanted === "small" && sizes.length > 1) return sizes.at(-1)!;
	requireSizeName(wanted);
	const found = sizes.find((size) => sizeName(size) === wanted);
	if (found !== undefined) return found;
	const trained =
		sizes.length === 1
			? `it was trained for one alone (${sizeName(sizes[0]!)}). Train a model for several with objective.smallerSizes, as the recipe starbucks-search has them.`
			: `it was trained for ${sizes.map(sizeName).join(" and ")} (layers,units). Ask for one of these.`;
	const asked = wanted === "small" ? "small vectors" : `vectors of the size ${wanted}`;
	throw new MaskwrightError("modelInvalid", `The model in ${folder} has no ${asked}: ${trained}`);
}

/** Throws `usage` for what is not the name of a size. */
export function requireSizeName(wanted: string): void {
	if (/^(small|large|\d+,\d+)$/.test(wanted)) return;
	throw new MaskwrightError(
		"usage",
		`${JSON.stringify(wanted)} is no size. Write small, large, or layers,units as 2,64.`,
	);
}

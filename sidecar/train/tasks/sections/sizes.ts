import { z } from "zod";

/** A sub-model: layers and units, or a number of units of all layers. */
const sizeSchema = z.union([
	z.int().positive().describe("Units of the vector of all layers"),
	z
		.tuple([z.int().min(0).describe("The first layers"), z.int().positive().describe("The first units")])
		.describe("The first layers, and the first units of what they yield"),
]);

/** Sub-models beside the whole encoder. */
export const sizesSchema = z.array(sizeSchema).max(12);

import { z } from "zod";
import { pairPositions } from "../../../data/collate.ts";
import { readerSchema } from "../../../data/readers/config.ts";

/** What the `data` section of every recipe says. */
export const dataSection = {
	sequenceLength: z.int().min(8).max(8192).describe("Tokens of a row, special tokens counted"),
	heldOutShare: z
		.number()
		.gt(0)
		.max(0.5)
		.describe("The share of the documents, chosen by their content, that is never trained on and scores the model"),
	maxFileBytes: z.int().min(1).describe("Larger files are left out, in bytes"),
	reader: readerSchema.optional().describe("How the file or folder is read; as source code where nothing is said"),
};

/** The same where rows are packed with documents. */
export const packedDataSchema = z
	.strictObject({
		...dataSection,
		packing: z
			.enum(["isolated", "padded"])
			.describe(
				"isolated: documents stand in a row one behind the other and don't see each other; padded: each has rows of its own",
			),
		pairPositions: z
			.enum(pairPositions)
			.optional()
			.describe(
				"Of pairs: one count of positions (the default), or one for each text, as translation language modelling has it (Lample and Conneau 2019, section 3.3)",
			),
	})
	.describe("The rows that the corpus is cut into");

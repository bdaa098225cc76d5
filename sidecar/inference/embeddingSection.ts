import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";

/** What `maskwright.json` says of a model's vectors; a model without the section has its tokens averaged. */
const embeddingSchema = z.object({
	/** How tokens become a vector, see the model room's `Pooling`. */
	pooling: z.enum(["mean", "first", "weighted"]).default("mean"),
	/** How much less a token counts each time that it comes again, see `tokenWeights`. */
	repeatDamping: z.number().nonnegative().default(0),
	/** What the tokenizer reads of a text, see the tokenizer room's `TextView`. */
	text: z.enum(["source", "words"]).default("source"),
	/** Longest rows in tokens, the two special ones included; what is longer is cut. */
	queryTokens: z.int().min(3).default(64),
	codeTokens: z.int().min(3).default(256),
	/**
	 * The sub-models that were trained to serve, as [layers, units], the largest first: that is what the model's vector
	 * is. Without them it is all units of all layers.
	 */
	sizes: z
		.array(z.tuple([z.int().min(0), z.int().positive()]))
		.min(1)
		.optional(),
	/** The weight of the encoder's score beside that of BM25, tuned on held-out files; null where it was not. */
	fusionWeight: z.number().nonnegative().nullable().default(null),
});

export type EmbeddingSection = z.output<typeof embeddingSchema>;

/** Reads the section of `maskwright.json`; throws `modelInvalid` when it is not one. */
export function embeddingSectionOf(
	about: Readonly<Record<string, unknown>> | undefined,
	folder: string,
): EmbeddingSection {
	const section = embeddingSchema.safeParse(about?.["embedding"] ?? {});
	if (section.success) return section.data;
	const [issue] = section.error.issues;
	throw new MaskwrightError(
		"modelInvalid",
		`The model in ${folder} cannot embed: in the embedding section of its maskwright.json, ${issue!.path.join(".")} is wrong (${issue!.message}). Train it again.`,
	);
}

import * as z from "zod";

const count = z.number().int().nonnegative();

/** How text is generated, see the inference room's `continueText` and `infillText`. */
export const generateModes = ["sap", "infill"] as const;

/** What stands in a template for the two halves of a demonstration. */
export const templateFields = { input: "{input}", output: "{output}" } as const;

/** One demonstration a line: what goes in, what comes out. */
export const defaultTemplate = `${templateFields.input} -> ${templateFields.output}\n`;

/** Mask tokens that are appended at each step: the room that the model sees for what is to come. */
export const defaultMasks = 4;

const exampleSchema = z.object({
	input: z.string().min(1),
	output: z.string().min(1).optional().describe("Left out, the model makes one up first (bootstrapping)"),
});

export type Example = z.infer<typeof exampleSchema>;

export const generateParams = z.object({
	before: z.string().describe("The text to go on with; with examples, the input of the last one"),
	after: z.string().default("").describe("The text behind the place"),
	mode: z.enum(generateModes).default("sap"),
	tokens: z.number().int().min(1).max(1024).default(16).describe("At most; of `infill` exactly"),
	masks: z.number().int().min(1).max(64).default(defaultMasks).describe("Appended at each step of `sap`"),
	stop: z.string().min(1).optional().describe("`sap` ends before this text; two line breaks mean a blank line"),
	candidates: z.number().int().min(1).max(64).default(1),
	topK: z.number().int().min(1).max(1000).optional().describe("By default 1 of one `sap` candidate, else 3"),
	temperature: z.number().min(0).max(10).default(1),
	seed: count.default(1),
	whole: z.boolean().default(false).describe("`infill`: refuse a text that does not fit whole, as a protein's"),
	letters: z.boolean().default(false).describe("Refuse a model without a token for each letter, as a protein's needs"),
	examples: z.array(exampleSchema).max(1000).default([]).describe("Demonstrations before the text"),
	template: z.string().default(defaultTemplate).describe("Of a demonstration, with {input} and {output}"),
	prompts: z
		.number()
		.int()
		.min(1)
		.max(16)
		.default(1)
		.describe("Orders of the demonstrations whose distributions are averaged"),
	emitted: z.array(count).default([]).describe("`emitted` of the answer before, to go on from it"),
	milliseconds: z.number().positive().max(60_000).optional().describe("Answer after the token that passes it"),
	model: z.string().optional(),
});

export const generationSchema = z
	.object({
		mode: z.enum(generateModes),
		text: z.string().describe("The best candidate"),
		candidates: z
			.array(
				z.object({
					text: z.string(),
					tokens: count,
					pseudoPerplexity: z
						.number()
						.nullable()
						.describe("Each of its tokens masked alone; null without tokens, or where only one candidate was wanted"),
					stopped: z
						.enum(["stop", "end", "limit"])
						.nullable()
						.describe("The stop text, the end of a text, or the number of tokens; null where more is to come"),
				}),
			)
			.describe("Best first"),
		runs: count.describe("Of the model, those for demonstrations and for ranking left out"),
		examples: z
			.array(
				z.object({
					input: z.string(),
					output: z.string(),
					pseudoPerplexity: z.number().nullable().describe("Of an output that the model made up"),
				}),
			)
			.describe("The demonstrations that were used"),
		emitted: z.array(count).describe("Token ids of the first candidate"),
		done: z.boolean(),
		model: z.string(),
	})
	.describe("maskwright generate: text from a masked language model");

export type Generation = z.infer<typeof generationSchema>;
export type GenerateQuestion = z.infer<typeof generateParams>;

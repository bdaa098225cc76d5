import * as z from "zod";

const share = z.number().min(0).max(1);

const classifiedSchema = z.object({
	label: z.string().describe("The likeliest"),
	probabilities: z
		.array(z.object({ label: z.string(), probability: share }))
		.describe("Of every label, likeliest first; they sum to 1"),
	answered: share.describe("What the model gave to all labels together before they were made to sum to 1"),
	cut: z.boolean().describe("Whether the text was too long for the model and lost its end"),
});

export const classifySchema = z
	.object({
		model: z.string(),
		trained: z.boolean().describe("Whether the model learned to answer with a label; one that did not guesses"),
		labels: z.array(z.string()),
		items: z.array(classifiedSchema).describe("One for each text, in their order"),
	})
	.describe("maskwright classify: which label fits each text");

export type ClassifyReport = z.infer<typeof classifySchema>;

export const classifyParams = z.object({
	texts: z.array(z.string()).max(10_000),
	labels: z.array(z.string()).min(1).max(100),
	instruction: z.string().optional().describe("By default the one that the model was trained with"),
	model: z
		.string()
		.optional()
		.describe("Its name or path; by default one that was trained on labels, else the one in use"),
});

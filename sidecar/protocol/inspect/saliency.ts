import * as z from "zod";
import { attentionTokenSchema } from "./attention.ts";
import { around, count, expected, inspected, share } from "./parts.ts";

export const saliencySchema = z
	.object({
		tokens: z.array(attentionTokenSchema),
		model: z.string(),
		position: count.describe("Index of the token that is masked and predicted"),
		target: z.object({ id: count, text: z.string(), probability: share }),
		expected,
		inputTimesGradient: z.array(z.number()).describe("By token, nats"),
		integratedGradients: z.array(z.number()).describe("By token, nats; they sum to `difference`"),
		difference: z
			.number()
			.describe("log p of the target in the text, less that with every other token masked (the baseline): nats"),
		missing: z.number().describe("The share of `difference` by which the sum misses it: completeness"),
		points: count.describe("Of the quadrature"),
	})
	.describe("What a prediction is owed to, token by token");

export type SaliencyReport = z.infer<typeof saliencySchema>;

export const saliencyParams = z.object({
	...inspected,
	path: z.string().optional().describe("Of the file; its end tells the language, for the classes of tokens"),
	around,
	at: count.describe("A UTF-16 code unit of the token that is masked and predicted"),
	target: count.optional().describe("The id that is explained; by default the true token's"),
});

export type SaliencyParams = z.infer<typeof saliencyParams>;

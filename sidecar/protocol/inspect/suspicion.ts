import * as z from "zod";
import { count, inspected, share, span } from "./parts.ts";

export const suspicionSchema = z
	.object({
		tokens: z
			.array(
				z.object({
					...span,
					text: z.string(),
					line: z.number().int().positive().describe("From 1"),
					probability: share.describe("That another token stood there"),
				}),
			)
			.describe("Those above the threshold, most suspicious first; tokens of blanks alone are left out"),
		lines: z
			.array(
				z.object({
					line: z.number().int().positive().describe("From 1"),
					probability: share.describe("Of its most suspicious token"),
					tokens: count.describe("Suspicious tokens in it"),
				}),
			)
			.describe("Most suspicious first"),
		threshold: share,
		judged: count.describe("Tokens that the model looked at"),
		model: z.string(),
	})
	.describe("maskwright suspicious: the tokens of a file that look replaced");

export type SuspicionReport = z.infer<typeof suspicionSchema>;

export const suspicionParams = z.object({
	...inspected,
	threshold: share.optional().describe("By default the model's own: 1 in 100 tokens of held-out files exceeds it"),
});

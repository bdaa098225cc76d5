import * as z from "zod";

/** What the page of a recipe says of its paper and of what stands here. */
export const recipePageSchema = z.object({
	says: z.string().describe("What the paper proposes"),
	headline: z.string().describe("Its headline number, with what it was measured on"),
	here: z.string().describe("What the recipe does here, and what it leaves out"),
	use: z.string().describe("What its model is good for in the editor, and by which command"),
	interpretation: z.array(z.string()).describe("What the paper leaves open and is a named parameter here"),
});

export type RecipePage = z.infer<typeof recipePageSchema>;

const arm = z.object({
	value: z.number(),
	tokens: z.number().nonnegative().describe("Processed in training, those of helping models counted"),
	seconds: z.number().nonnegative(),
});

/** How a recipe did beside a baseline that shares everything but its mechanism: written by `npm run recipes`. */
export const recipeCardSchema = z.object({
	recipe: z.string(),
	metric: z.string(),
	better: z.enum(["higher", "lower"]),
	baseline: z.string(),
	margin: z.number().describe("A smaller mean difference does not count"),
	seeds: z.array(z.object({ seed: z.number().int(), recipe: arm, baseline: arm })),
	difference: z
		.object({ mean: z.number(), low: z.number(), high: z.number() })
		.describe(
			"Of recipe and baseline in pairs, positive where the recipe is better, with its 95% interval (Student's t)",
		),
	verdict: z
		.enum(["better", "no difference", "worse"])
		.describe("Better or worse: the mean is beyond the margin, and two of three seeds agree"),
	also: z.record(z.string(), z.number()).describe("Further means, such as an ablation"),
	claim: z.string().describe("What the paper claims at its scale"),
	reproduced: z.string().describe("Whether that is reproduced here, plainly"),
	executionProvider: z.string(),
});

export type RecipeCard = z.infer<typeof recipeCardSchema>;

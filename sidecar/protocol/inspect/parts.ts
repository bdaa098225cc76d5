/** What the reports on a text have in common. */
import * as z from "zod";

export const count = z.number().int().nonnegative();

export const share = z.number().min(0).max(1);

/** Where a token stands; both are UTF-16 code units of the text as given, a byte order mark counted. */
export const span = { start: count.describe("UTF-16 code unit of the text as given"), end: count };

export const expected = z.array(z.object({ text: z.string(), probability: share }));

const range = z.object(span).optional().describe("The part of the text that is meant; by default all of it");

/** What is asked about: a text or a part of it, and by which model. */
export const inspected = {
	text: z.string(),
	range,
	model: z.string().optional().describe("By default the model in use"),
};

export const around = count
	.optional()
	.describe("Where the part has more tokens than the model sees: the UTF-16 code unit around which they are taken");

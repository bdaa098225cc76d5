import { z } from "zod";

const annotatorSchema = z.discriminatedUnion("name", [
	z.strictObject({
		name: z
			.literal("treeSitter")
			.describe("The grammar of a file of code: identifiers, calls, types, strings and so on"),
	}),
	z.strictObject({
		name: z
			.literal("partsOfSpeech")
			.describe("Names, nouns and verbs of English: in comments and docstrings, and in files of prose"),
	}),
	z.strictObject({
		name: z.literal("file").describe("Spans that you tagged"),
		path: z
			.string()
			.min(1)
			.describe(
				"JSON lines {path, start, end, tag}, places in UTF-16 code units; looked for in the folder of the corpus and those above it",
			),
	}),
]);

/** Who says what the spans of a text are. */
export const annotatorsSchema = z
	.array(annotatorSchema)
	.min(1)
	.describe("Who tags the spans that maskings choose from; a later one has its way where two tag a token");

export type AnnotatorConfig = z.infer<typeof annotatorSchema>;
export type AnnotatorName = AnnotatorConfig["name"];

/** What a masking without annotators of its own has. */
export const usualAnnotators: readonly AnnotatorConfig[] = [{ name: "treeSitter" }];

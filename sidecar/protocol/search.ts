import * as z from "zod";

const count = z.number().int().nonnegative();
const line = z.number().int().positive().describe("Counted from 1");
const rank = z.number().int().positive().nullable();

/** What a chunk of code is. A block is whole lines of a text that has no functions or classes there. */
export const chunkKinds = ["function", "method", "class", "block"] as const;
const kind = z.enum(chunkKinds);

const place = {
	path: z.string().describe("From the folder that was searched, with `/`"),
	startLine: line,
	endLine: line.describe("The last line of the chunk itself"),
	symbol: z.string().nullable().describe("Such as `Server.listen`; null for a block"),
	kind,
};

/** How the index of a folder stands. */
export const indexStatusSchema = z.object({
	folder: z.string(),
	state: z
		.enum(["none", "scanning", "indexing", "embedding", "ready", "failed"])
		.describe("What is indexed so far can be searched in every state but none"),
	files: count.describe("Files that are in the index"),
	of: count.describe("Files that belong into it, as far as the folder has been read"),
	chunks: count,
	embedded: count.describe("Chunks that have a vector of the model"),
	bytes: count.describe("On disk"),
	secondsLeft: z.number().nonnegative().nullable().describe("Null while it cannot be told"),
	model: z.string().nullable().describe("Name of the model of the vectors; null: words alone are searched"),
	message: z.string().nullable().describe("Of a failure, or what the user should know: what happened and what to do"),
	watching: z.boolean().describe("Whether a change of a file is taken up by itself"),
});

export type IndexStatus = z.infer<typeof indexStatusSchema>;

export const searchResultsSchema = z
	.object({
		results: z
			.array(
				z.object({
					...place,
					start: count.describe("UTF-16 code unit of the file's text"),
					end: count,
					language: z.string().nullable().describe("Null for a file whose language is not known"),
					score: z.number().describe("Of the fusion; of use only to compare results of one query"),
					lexicalRank: rank.describe("By the words; null when none of them stands there"),
					vectorRank: rank.describe("By the meaning; null when it is not among the nearest"),
					matchedTerms: z.array(z.string()).describe("Parts of names and words of the query that stand there"),
					preview: z.string().describe("Lines of the file, from startLine on"),
					stale: z.boolean().optional().describe("The file was changed since and will be read again"),
				}),
			)
			.describe("Best first"),
		indexed: z.object({ files: count, of: count }).describe("What the results come from"),
		rough: z
			.literal(true)
			.optional()
			.describe(
				"Ranked by small vectors alone, and the model has larger ones: asked again without haste, these rank too",
			),
		notice: z.string().optional().describe("Why words alone were searched, though the index has vectors"),
	})
	.describe("maskwright search: code by words, by meaning or by name");

export type SearchResults = z.infer<typeof searchResultsSchema>;
export type SearchResult = SearchResults["results"][number];

/** Whether a file is in the index, and the rule that decides it. */
export const fileExplanationSchema = z.object({
	indexed: z.boolean(),
	why: z.string().describe("One sentence"),
	rule: z.string().nullable().describe("The pattern or rule that decides; null when none does"),
	source: z.string().nullable().describe("Path of the file that holds the rule; null for one of ours"),
	line: line.nullable(),
});

export type FileExplanation = z.infer<typeof fileExplanationSchema>;

export const duplicatesSchema = z.object({
	clusters: z.array(
		z.object({
			distance: z.number().nonnegative().describe("The largest cosine distance of two neighbours in it"),
			members: z.array(z.object(place)).min(2),
		}),
	),
});

export type Duplicates = z.infer<typeof duplicatesSchema>;

/** What `maskwright index` says while it works, one JSON object a line. */
export const indexEventSchema = z
	.discriminatedUnion("event", [
		indexStatusSchema
			.pick({ state: true, files: true, of: true, chunks: true, embedded: true, secondsLeft: true })
			.extend({ event: z.literal("progress") })
			.describe("Some times a second"),
		z
			.object({
				event: z.literal("done"),
				files: count.describe("Files that are in the index"),
				chunks: count,
				embedded: count.describe("Vectors that were made by this call"),
				reused: count.describe("Chunks whose vector was there, or is that of the same content elsewhere"),
				bytes: count.describe("Of the index on disk"),
				seconds: z.number().nonnegative(),
				model: z.string().nullable().describe("Of the vectors; null: words alone are searched"),
				message: z.string().nullable().describe("What the user should know"),
			})
			.describe("Last event"),
	])
	.describe("maskwright index: one event a line");

export type IndexEvent = z.infer<typeof indexEventSchema>;

const share = z.number().min(0).max(1);
export const rankScoresSchema = z.object({
	mrr: share.describe("Mean of one over the rank; 0 where it was not found"),
	recall1: share,
	recall5: share,
	recall10: share,
});

export const searchScoresSchema = z
	.object({
		queries: count,
		pool: count.describe("Functions that are ranked for each query"),
		weight: z.number().nullable().describe("Of the encoder in the hybrid; null without a model"),
		bm25: rankScoresSchema,
		encoder: rankScoresSchema.nullable().describe("Null without a model"),
		hybrid: rankScoresSchema.nullable(),
		closer: rankScoresSchema
			.optional()
			.describe(
				"The hybrid, its first candidates ranked by the model's largest vectors too; where smaller ones were scored",
			),
	})
	.describe("maskwright eval search: for each docstring the rank of its own function among all of the file");

export type RankScores = z.infer<typeof rankScoresSchema>;
export type SearchScores = z.infer<typeof searchScoresSchema>;

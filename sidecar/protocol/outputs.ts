import * as z from "zod";
import { recipeCardSchema, recipePageSchema } from "./recipeCards.ts";
import { heldOutSchema } from "./scores.ts";

const count = z.number().int().nonnegative();

export const corpusReportSchema = z
	.object({
		files: count.describe("Files that would be used, those held out included"),
		bytes: count,
		tokens: count.describe("Of the files that would be used; of a large corpus an estimate from a sample"),
		languages: z.record(z.string(), count).describe("Files by language"),
		heldOutFiles: count,
		leftOut: z.array(z.object({ path: z.string(), why: z.string() })),
		estimate: z
			.object({ seconds: z.number().nonnegative(), bytes: count })
			.describe("Time of a run with the default recipe, and memory at its peak, both roughly"),
	})
	.describe("maskwright corpus: what a folder gives to train on");

export type CorpusReport = z.infer<typeof corpusReportSchema>;

export const fillResultSchema = z
	.object({
		masks: z.array(
			z.object({
				start: count.describe("UTF-16 code unit of the text as given"),
				end: count,
				candidates: z
					.array(z.object({ text: z.string(), probability: z.number().min(0).max(1) }))
					.describe("Best first"),
			}),
		),
		text: z.string().describe("The text with the first candidates in place; of several masks the joint choice"),
	})
	.describe("maskwright fill: what stands under each mask");

export type FillResult = z.infer<typeof fillResultSchema>;

export const dataflowSchema = z
	.object({
		language: z.string(),
		tokens: z.array(z.string()).describe("Of the text without comments; a line break within a token is left out"),
		dataflow: z.array(
			z
				.tuple([
					z.string().describe("Name of the variable"),
					count.describe("Index of its token"),
					z.enum(["comesFrom", "computedFrom"]),
					z.array(z.string()).describe("Names of the sources, in no order"),
					z.array(count).describe("Indices of the sources' tokens"),
				])
				.describe("By token index; a source may be named once though several tokens bear its name"),
		),
	})
	.describe("maskwright dataflow: where the values in a file come from");

export type DataflowReport = z.infer<typeof dataflowSchema>;

export const recipesSchema = z
	.array(
		z.object({
			name: z.string(),
			summary: z.string(),
			paper: z.string().nullable(),
			state: z.string(),
			page: recipePageSchema.nullable(),
			card: recipeCardSchema.nullable().describe("Its last measurement beside its baseline"),
			parameters: z.array(
				z.object({
					key: z.string().describe("Dotted, as --set takes it"),
					type: z.string(),
					default: z.json(),
					reason: z.string(),
				}),
			),
		}),
	)
	.describe("maskwright recipes: what can be trained");

export type RecipeDescriptions = z.infer<typeof recipesSchema>;

export const runsSchema = z
	.array(
		z.object({
			run: z.string(),
			path: z.string(),
			recipe: z.string(),
			state: z.enum(["running", "done", "paused", "diverged", "interrupted", "new"]),
			step: count,
			loss: z.number().nullable().describe("Of the last step"),
			heldOut: heldOutSchema.nullable().describe("The last evaluation"),
		}),
	)
	.describe("maskwright runs: every run that is known here");

export type RunDescriptions = z.infer<typeof runsSchema>;

/** What a model is good for: filling masks, search, finding tokens that look replaced, or choosing between labels. */
export const modelRoles = ["completion", "search", "detection", "classification"] as const;

export type ModelRole = (typeof modelRoles)[number];

export const modelsSchema = z
	.array(
		z.object({
			name: z.string(),
			path: z.string(),
			architecture: z.string(),
			parameters: count,
			bytes: count,
			boxed: z.boolean().describe("Whether it came with Maskwright"),
			roles: z.array(z.enum(modelRoles)),
			scores: z.record(z.string(), z.json()).nullable(),
			adapter: z
				.object({ kind: z.string(), base: z.string().describe("The name of the model that it is for") })
				.nullable()
				.describe("Of an adapter, whose parameters and bytes are its own alone; null of a model"),
		}),
	)
	.describe("maskwright models: every model that is known here");

export type ModelDescriptions = z.infer<typeof modelsSchema>;

/** What a model can be exported as; `maskwright` copies its folder as it is. */
export const exportFormats = ["maskwright", "huggingface", "onnx", "pytorch"] as const;

export type ExportFormat = (typeof exportFormats)[number];

export const exportReportSchema = z
	.object({
		format: z.enum(exportFormats),
		path: z.string().describe("The folder that was made"),
		files: z.array(z.object({ path: z.string().describe("Relative to the folder"), bytes: count })),
		bytes: count.describe("Of all files"),
		notes: z.array(z.string()).describe("What differs from what the model does in Maskwright, a sentence each"),
	})
	.describe("maskwright export: what was written");

export type ExportReport = z.infer<typeof exportReportSchema>;

const int8Numbers = z.enum(["agreement", "cosine", "speedup"]);

export const quantizeReportSchema = z
	.object({
		model: z.string(),
		path: z.string(),
		agreement: z
			.number()
			.nullable()
			.describe("Share of masked tokens for which both find the same one likeliest; null without a head"),
		cosine: z.number().nullable().describe("Mean cosine of the vectors that both make of a text"),
		speedup: z.number().describe("Times as fast on one core, one row at a time, by processor time"),
		tokens: count.describe("Masked tokens that were compared"),
		texts: count.describe("Texts whose vectors were compared"),
		bars: z
			.object({ agreement: z.number(), cosine: z.number(), speedup: z.number() })
			.describe("What each number must reach"),
		missed: z.array(int8Numbers),
		precision: z.enum(["int8", "float32"]).describe("In which the model serves on the CPU from now on"),
	})
	.describe("maskwright quantize: a model in 8 bits beside itself in float32");

export type QuantizeReport = z.infer<typeof quantizeReportSchema>;

export const importReportSchema = z
	.object({
		name: z.string(),
		path: z.string(),
		architecture: z.string(),
		parameters: count,
		bytes: count.describe("Of all files"),
		tokenizer: z.object({ kind: z.string(), vocabularySize: count, maskToken: z.string().nullable() }),
		maxTokens: count.describe("The longest text at once"),
		maskedLmHead: z.boolean().describe("Whether it has a trained head for masked language modelling"),
		roles: z.array(z.enum(modelRoles)),
		notes: z.array(z.string()).describe("What was left out or counts for its use, a sentence each"),
	})
	.describe("maskwright import: the model that was made of a folder");

export type ImportReport = z.infer<typeof importReportSchema>;

export const doctorReportSchema = z
	.object({
		device: z.string().describe("The device that `auto` takes; none where no model can run"),
		executionProvider: z.string(),
		missing: z.array(z.string()).describe("What does not work here for want of a build, a sentence each"),
		candidates: z.array(
			z.object({
				device: z.string(),
				available: z.boolean().describe("Whether it ran a probe step"),
				reason: z.string().nullable().describe("Why it was not taken; null for the one that was"),
				adapter: z.string().nullable(),
			}),
		),
		versions: z.record(z.string(), z.string()),
	})
	.describe("maskwright doctor: which device is taken, and why each other is not");

export type DoctorReport = z.infer<typeof doctorReportSchema>;

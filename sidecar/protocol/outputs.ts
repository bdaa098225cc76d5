import * as z from "zod";
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

export const modelsSchema = z
	.array(
		z.object({
			name: z.string(),
			path: z.string(),
			architecture: z.string(),
			parameters: count,
			bytes: count,
			boxed: z.boolean().describe("Whether it came with Maskwright"),
			roles: z.array(z.enum(["completion", "search"])),
			scores: z.record(z.string(), z.json()).nullable(),
		}),
	)
	.describe("maskwright models: every model that is known here");

export type ModelDescriptions = z.infer<typeof modelsSchema>;

export const doctorReportSchema = z
	.object({
		device: z.string().describe("The device that `auto` takes"),
		executionProvider: z.string(),
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

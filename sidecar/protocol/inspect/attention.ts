import * as z from "zod";
import { around, count, inspected, share, span } from "./parts.ts";

export const attentionTokenSchema = z.object({
	...span,
	text: z.string(),
	special: z.boolean().describe("Put there by the tokenizer, such as [CLS]"),
	syntaxClass: z
		.enum(["identifier", "call", "type", "parameter", "string", "number", "comment", "keyword", "operator"])
		.nullable()
		.describe("What it is in the grammar of the file; null for brackets and separators, and without a grammar"),
});

const headShareSchema = z.object({
	layer: count,
	head: count,
	share: share.describe("Of the attention of tokens that an edge leaves, what goes along the edges"),
	chance: share.describe("What would, if each looked at all that it can see alike"),
	lift: z.number().nullable().describe("share / chance; null where no edge can be seen"),
});

const dataflowAttentionSchema = z.object({
	language: z.string(),
	edges: z
		.array(
			z.object({
				from: z.object(span).describe("The use: the value there"),
				to: z.object(span).describe("comes from there"),
				relation: z.enum(["comesFrom", "computedFrom"]),
				name: z.string(),
			}),
		)
		.describe("The edges whose ends both lie in the selection"),
	toSource: z.array(headShareSchema).describe("Attention of uses to their sources; largest lift first"),
	fromSource: z.array(headShareSchema).describe("Attention of sources to their uses; largest lift first"),
});

export type DataflowAttention = z.infer<typeof dataflowAttentionSchema>;

export type HeadShare = z.infer<typeof headShareSchema>;

const attentionShape = {
	tokens: z.array(attentionTokenSchema),
	model: z.string(),
	layerCount: count,
	headCount: count,
	windows: z
		.array(count.nullable())
		.describe("By layer: how many tokens to either side it sees; null for all of the row"),
	dataflow: dataflowAttentionSchema.nullable(),
	noDataflow: z.string().nullable().describe("Why there is no data flow"),
};

export const attentionSchema = z
	.object({
		...attentionShape,
		layers: z
			.array(z.array(z.array(z.array(share))))
			.describe("[layer][head][query][key]; rows sum to 1. With --layer or --head only what they name"),
		firstLayer: count.describe("Number of the first layer told, from 0 as in the names of the model's tensors"),
		firstHead: count,
		rollout: z.array(z.array(share)).nullable().describe("[query][key] up to the last layer told; null unless asked"),
	})
	.describe("maskwright attention: where each head of a model looks");

export type AttentionReport = z.infer<typeof attentionSchema>;

export type AttentionToken = z.infer<typeof attentionTokenSchema>;

const bytes = z.string().describe("Base64 of one byte q for each probability p = (q/255)^2, row by row");

/** Tokens of a row by their indices. */
const tokenSpan = z.object({ start: count, end: count });

/** The part of a matrix that was asked for. */
const matrixPart = {
	queries: tokenSpan,
	keys: tokenSpan,
	cell: z.number().int().positive().describe("Tokens to a side of a cell, which has its largest probability"),
	bytes: bytes.describe("[cells of the queries][cells of the keys]"),
	strongest: z
		.object({
			count: count.describe("Of each query"),
			keys: z.string().describe("Base64 of little-endian 16-bit numbers [query][count], strongest first"),
			bytes: bytes.describe("[query][count]"),
		})
		.nullable()
		.describe("Of every query of the row, whatever part was asked for; null unless asked"),
};

/** What a panel draws: only the matrices that it asked for. */
export const attentionViewSchema = z.object({
	...attentionShape,
	matrices: z.array(z.object({ layer: count, head: count, ...matrixPart })),
	rollouts: z.array(z.object({ layer: count, ...matrixPart })),
	thumbnails: z
		.object({
			size: count.describe("Cells in a row"),
			tokensPerCell: count,
			bytes: bytes.describe("[layer][head][cell][cell], the largest probability of each cell"),
		})
		.nullable(),
});

export type AttentionView = z.infer<typeof attentionViewSchema>;

export const attentionParams = z.object({
	...inspected,
	path: z.string().optional().describe("Of the file; its end tells the language, for the data flow"),
	matrices: z.array(z.object({ layer: count, head: count })).default([]),
	rollouts: z.array(count).default([]).describe("Layers up to which attention is rolled out"),
	thumbnails: z.boolean().default(false),
	dataflow: z.boolean().default(false),
	around,
	queries: tokenSpan.optional().describe("The rows of matrices and rollouts that are told; by default all"),
	keys: tokenSpan.optional(),
	cell: z.number().int().min(1).max(64).default(1).describe("Tokens to a side of a cell of matrices and rollouts"),
	strongest: z.number().int().min(0).max(64).default(0).describe("Keys of each query that are told one by one"),
});

export type AttentionParams = z.infer<typeof attentionParams>;

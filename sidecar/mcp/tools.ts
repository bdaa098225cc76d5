import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import { isError } from "../base/errors.ts";
import type { Searching } from "../compute/startSearch.ts";
import type { SearchResults } from "../protocol/search.ts";

export interface ToolContext {
	/** The real path of the folder. */
	readonly folder: string;
	readonly searching: Searching;
}

const top = z.number().int().min(1).max(50).default(10).describe("Results at most");
const line = z.number().int().positive();

const found = {
	results: z.array(
		z.object({
			location: z.string().describe("path:start-end, the path from the folder, lines counted from 1"),
			symbol: z.string().nullable(),
			kind: z.string(),
			language: z.string().nullable(),
			snippet: z.string().describe("The first lines"),
			stale: z.boolean().optional().describe("The file was changed since it was indexed: lines may have moved"),
		}),
	),
	notice: z.string().optional(),
};

const readOnly = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

/** What agents may do: search, look for similar code, read. Nothing is written. */
export function addTools(server: McpServer, { folder, searching }: ToolContext): void {
	server.registerTool(
		"search_code",
		{
			title: "Search code",
			description:
				"Find functions, classes and blocks of code of this folder by what they do (in words), by a name, or by a piece " +
				"of code. The query may hold filters, each with - before it for what is not wanted: lang:python, " +
				'path:src/**/*.ts or path:"two words", symbol:Server, kind:function (or method, class, block).',
			inputSchema: { query: z.string().describe("Words, code or a name, with filters"), top },
			outputSchema: found,
			annotations: readOnly,
		},
		({ query, top }, { signal }) =>
			answered(async () => {
				const request = { folder, query, top, typing: false };
				return foundResult(await searching.ask("search", request, signal));
			}),
	);
	server.registerTool(
		"similar_code",
		{
			title: "Find similar code",
			description:
				"Find code of this folder that is like a piece of code: given as text, or by the path and lines of a file in it.",
			inputSchema: {
				code: z.string().optional().describe("The code itself"),
				language: z.string().optional().describe("Its language, such as python"),
				path: z.string().optional().describe("Instead of code: a file, its path from the folder"),
				startLine: line.optional(),
				endLine: line.optional(),
				top,
			},
			outputSchema: found,
			annotations: readOnly,
		},
		({ code, language, path, startLine = 1, endLine, top }, { signal }) =>
			answered(async () => {
				if (code !== undefined) {
					return foundResult(await searching.ask("like", { folder, text: code, language, top }, signal));
				}
				if (path === undefined) return refusal("Give code, or the path and lines of a file.");
				const lines = await searching.ask("read", { folder, path, startLine, endLine }, signal);
				const like = { folder, text: lines.text, language: lines.language ?? undefined, exclude: lines, top };
				return foundResult(await searching.ask("like", like, signal));
			}),
	);
	server.registerTool(
		"read_code",
		{
			title: "Read code",
			description: "Read lines of a file of this folder, 500 at most at once. Only files that are indexed can be read.",
			inputSchema: {
				path: z.string().describe("From the folder, as results have it"),
				startLine: line.default(1),
				endLine: line.optional(),
			},
			annotations: readOnly,
		},
		({ path, startLine, endLine }, { signal }) =>
			answered(async () => {
				const lines = await searching.ask("read", { folder, path, startLine, endLine }, signal);
				return text(`${lines.path}:${lines.startLine}-${lines.endLine} of ${lines.of} lines\n\n${lines.text}`);
			}),
	);
}

function foundResult({ results, notice }: SearchResults): CallToolResult {
	const places = results.map(({ path, startLine, endLine, symbol, kind, language, preview, stale }) => ({
		location: `${path}:${startLine}-${endLine}`,
		symbol,
		kind,
		language,
		snippet: preview,
		...(stale === undefined ? {} : { stale }),
	}));
	const shown = places.map(
		({ location, symbol, kind, snippet, stale }) =>
			`${location}  ${symbol ?? ""} (${kind}${stale ? ", changed since it was indexed" : ""})\n${snippet}`,
	);
	const lines = shown.length === 0 ? ["Nothing was found."] : shown;
	const structuredContent = { results: places, ...(notice === undefined ? {} : { notice }) };
	return { ...text([...(notice === undefined ? [] : [notice]), ...lines].join("\n\n")), structuredContent };
}

/** What is wrong is told to the agent, in a sentence that says what to do. */
async function answered(action: () => Promise<CallToolResult>): Promise<CallToolResult> {
	try {
		return await action();
	} catch (error) {
		if (isError(error)) return refusal(error.message);
		throw error;
	}
}

function refusal(sentence: string): CallToolResult {
	return { ...text(sentence), isError: true };
}

function text(content: string): CallToolResult {
	return { content: [{ type: "text", text: content }] };
}

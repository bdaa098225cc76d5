import { bareCode, type Chunk, chunksOf } from "../../syntax/chunks.ts";
import { type Dataflow, dataflowOf } from "../../syntax/dataflow.ts";
import { syntaxLanguageOf } from "../../syntax/languages.ts";
import { loadParser, type SyntaxParser } from "../../syntax/parser.ts";
import type { Document } from "../document.ts";

/** A function or method by itself, with its data flow. */
export interface SourceFunction {
	/** Its documentation as plain prose, "" when it has none. */
	readonly comment: string;
	/** Without comments. */
	readonly code: string;
	readonly kind: Chunk["kind"];
	/** The variables of the code, in the order in which they stand. */
	readonly variables: readonly Variable[];
}

/** A function with its place in a file. */
export interface FunctionInFile extends SourceFunction {
	readonly chunk: Chunk;
}

/** A variable at one place of a function's code. */
export interface Variable {
	/** UTF-16 range of the code. */
	readonly start: number;
	readonly end: number;
	/** The variables, by index, that its value comes from. */
	readonly sources: readonly number[];
}

/** The functions and methods of a file; none where no grammar reads its language. */
export async function functionsOf(document: Pick<Document, "path" | "text">): Promise<FunctionInFile[]> {
	const language = syntaxLanguageOf(document.path);
	if (language === undefined) return [];
	const parser = await loadParser(language);
	const { text } = document;
	const functions: FunctionInFile[] = [];
	for (const chunk of chunksOf(parser.parse(text), language)) {
		if (chunk.kind !== "function" && chunk.kind !== "method") continue;
		const code = bareCode(text, chunk);
		functions.push({
			comment: chunk.docstring,
			code,
			kind: chunk.kind,
			variables: variablesOf(code, { parser, kind: chunk.kind }),
			chunk,
		});
	}
	return functions;
}

/**
 * The variables of a function's code and where their values come from, within the function alone, as GraphCodeBERT's
 * extractor has it (Guo et al. 2021, section 3). PHP parses behind its mark only, a method of JavaScript in a class.
 */
export function variablesOf(code: string, { parser, kind }: { parser: SyntaxParser; kind: Chunk["kind"] }): Variable[] {
	const { language } = parser;
	const isMember = kind === "method" && ["javascript", "typescript", "tsx"].includes(language);
	const [before, behind] = language === "php" ? ["<?php ", ""] : isMember ? ["class _ {\n", "\n}"] : ["", ""];
	const flow = dataflowOf(parser.parse(before + code + behind), language);
	return flowVariables(flow, { shift: before.length, end: code.length });
}

/** One variable for each token that gives or takes a value; a token under both relations has the sources of both. */
function flowVariables({ starts, ends, edges }: Dataflow, { shift, end }: { shift: number; end: number }): Variable[] {
	const sources = new Map<number, Set<number>>();
	for (const edge of edges) {
		const own = sources.get(edge.index) ?? new Set();
		for (const source of edge.sourceIndices) if (source !== edge.index) own.add(source);
		sources.set(edge.index, own);
	}
	const isThere = (token: number): boolean =>
		starts[token]! >= shift && ends[token]! <= shift + end && ends[token]! > starts[token]!;
	const tokens = [...sources.keys()].filter(isThere).sort((one, other) => one - other);
	const variableOf = new Map(tokens.map((token, variable) => [token, variable]));
	return tokens.map((token) => ({
		start: starts[token]! - shift,
		end: ends[token]! - shift,
		sources: [...sources.get(token)!]
			.flatMap((source) => variableOf.get(source) ?? [])
			.sort((one, other) => one - other),
	}));
}

import { dataflowOf } from "./dataflow.ts";
import { dataflowRules } from "./dataflowRules.ts";
import { tokensOf } from "./dataflowTokens.ts";
import type { SyntaxLanguage } from "./languages.ts";
import type { SyntaxTree } from "./syntaxTree.ts";

/** A variable in the text, in UTF-16 code units, that an edge of the data flow begins or ends at. */
export interface DataflowSpan {
	readonly start: number;
	readonly end: number;
	/** Whether it gets its value from another variable or place. */
	readonly uses: boolean;
	/** Whether another gets its value from it. */
	readonly gives: boolean;
}

/** The ends of all edges of `dataflowOf`, ascending. Never throws; linear. */
export function dataflowSpans(tree: SyntaxTree, language: SyntaxLanguage): DataflowSpan[] {
	const { edges } = dataflowOf(tree, language);
	const using = new Set<number>();
	const giving = new Set<number>();
	for (const { index, sourceIndices } of edges) {
		if (sourceIndices.length > 0) using.add(index);
		for (const source of sourceIndices) giving.add(source);
	}
	const { begins, isToken, indices } = tokensOf(tree, dataflowRules[language].comments ?? []);
	const spans: DataflowSpan[] = [];
	for (let node = 0; node < tree.types.length; node++) {
		const start = tree.starts[node]!;
		const end = tree.ends[node]!;
		if (!isToken[node] || start === end) continue;
		const index = indices[begins[node]!]!;
		const [uses, gives] = [using.has(index), giving.has(index)];
		if (uses || gives) spans.push({ start, end, uses, gives });
	}
	return spans;
}

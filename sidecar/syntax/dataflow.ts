import type { DataflowEdge } from "./dataflowEdge.ts";
import { dataflowRules } from "./dataflowRules.ts";
import { tokensOf } from "./dataflowTokens.ts";
import { DataflowWalk } from "./dataflowWalk.ts";
import type { SyntaxLanguage } from "./languages.ts";
import type { SyntaxTree } from "./syntaxTree.ts";

export interface Dataflow {
	readonly tokens: readonly string[];
	/** Where each token begins and ends in the text, in UTF-16 code units. */
	readonly starts: readonly number[];
	readonly ends: readonly number[];
	/** By index; a variable that gives and takes nothing has none. */
	readonly edges: readonly DataflowEdge[];
	/** Nodes visited and sources written down: the work done. */
	readonly steps: number;
}

/**
 * The flow of data through a tree, as GraphCodeBERT's extractor draws it. Never throws; time and memory are linear in
 * the tree, and past 32 steps for each node loops are walked once and joins and sources are cut short.
 */
export function dataflowOf(tree: SyntaxTree, language: SyntaxLanguage): Dataflow {
	const rules = dataflowRules[language];
	const tokens = tokensOf(tree, rules.comments ?? []);
	const walk = new DataflowWalk(tree, tokens, rules);
	walk.run();
	return {
		tokens: tokens.texts,
		starts: tokens.nodes.map((node) => tree.starts[node]!),
		ends: tokens.nodes.map((node) => tree.ends[node]!),
		edges: connected(walk.edges),
		steps: walk.steps,
	};
}

/** Leaves out what neither has a source nor is one. */
function connected(edges: readonly DataflowEdge[]): DataflowEdge[] {
	const used = new Set<number>();
	for (const { index, sourceIndices } of edges) {
		if (sourceIndices.length > 0) used.add(index);
		for (const source of sourceIndices) used.add(source);
	}
	return edges.filter(({ index }) => used.has(index)).sort((one, other) => one.index - other.index);
}

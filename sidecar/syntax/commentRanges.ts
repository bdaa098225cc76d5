import { chunkRules } from "./chunkRules.ts";
import { docstringOf, trimmedEnd } from "./definitions.ts";
import type { SyntaxLanguage } from "./languages.ts";
import type { Range } from "./lineBlocks.ts";
import type { SyntaxTree } from "./syntaxTree.ts";

/** Every comment and docstring of a text, ascending. */
export function commentsOf(tree: SyntaxTree, language: SyntaxLanguage): Range[] {
	const { docstring, comments } = chunkRules[language];
	const types = new Set(comments);
	const ranges: Range[] = [];
	const docstrings = new Set<number>();
	for (let node = 0; node < tree.types.length; ) {
		const type = tree.types[node]!;
		if (docstring !== undefined && (type === "block" || type === "module")) {
			const first = docstringOf(tree, node, docstring);
			if (first !== undefined) docstrings.add(first);
		}
		if ((types.has(type) && tree.named[node]) || docstrings.has(node)) {
			ranges.push([tree.starts[node]!, trimmedEnd(tree.text, tree.ends[node]!)]);
			node = tree.after[node]!;
		} else {
			node++;
		}
	}
	return ranges;
}

import type { Tree } from "web-tree-sitter";
import { type ChunkRules, chunkRules } from "./chunkRules.ts";
import type { SyntaxLanguage } from "./languages.ts";
import { type EntersNode, flatten, type SyntaxTree } from "./syntaxTree.ts";

/** Functions near to the size from which what stands in them is cut apart are read whole; see `definitionsOf`. */
const shortFunction = { lines: 140, characters: 9000 };

/**
 * A tree without what stands within short functions, but for comments and docstrings: all that chunks need, in a
 * fraction of the time. `chunksOf` and `commentsOf` give the same for it as for the whole tree.
 */
export function outlineOf(tree: Tree, text: string, language: SyntaxLanguage): SyntaxTree {
	const rules = chunkRules[language];
	return flatten(tree, text, entersOutline(rules, keptPlaces(tree, rules)));
}

/** Where comments begin, and blocks that may begin with a docstring, ascending. */
function keptPlaces(tree: Tree, { comments, docstring }: ChunkRules): Int32Array {
	const types = docstring === undefined ? comments : [...comments, "block"];
	const places = tree.rootNode.descendantsOfType([...types]).map((node) => node?.startIndex ?? 0);
	return Int32Array.from(places).sort();
}

function entersOutline(rules: ChunkRules, kept: Int32Array): EntersNode {
	let next = 0;
	/** The end of the body that is left out, while the walk is in it. */
	let leftOutTo = -1;
	return (tree, ancestors) => {
		const node = tree.types.length - 1;
		const [start, end] = [tree.starts[node]!, tree.ends[node]!];
		if (start >= leftOutTo) {
			if (!isShortBody(tree, ancestors, rules)) return true;
			leftOutTo = end;
			if (rules.docstring !== undefined) return true; // its first statement may be one
		}
		while (next < kept.length && kept[next]! < start) next++;
		if (next < kept.length && kept[next]! < end) return true;
		return rules.docstring !== undefined && tree.types[node] === "expression_statement";
	};
}

/** Whether the last of the nodes is the body of a function that is a chunk as a whole. */
function isShortBody(tree: SyntaxTree, ancestors: readonly number[], { definitions, values }: ChunkRules): boolean {
	const node = ancestors.at(-1)!;
	if (tree.fields[node] !== "body") return false;
	let holder = ancestors.at(-2)!;
	const isValue = Object.hasOwn(values, tree.types[holder]!) && values[tree.types[holder]!] === "function";
	const value = isValue ? tree.fields[holder] : undefined;
	if (isValue) holder = ancestors.at(-3) ?? holder;
	const type = tree.types[holder]!;
	const definition = Object.hasOwn(definitions, type) ? definitions[type]! : undefined;
	if (definition === undefined || definition.kind === "class" || definition.value !== value) return false;
	// One that has no name is no chunk, and what it holds may be.
	if (!tree.fields.slice(holder + 1, node).includes(definition.name)) return false;
	return isShort(tree.text, [tree.starts[holder]!, tree.ends[node]!], definition.minimumLines ?? 1);
}

function isShort(text: string, [start, end]: readonly [number, number], minimumLines: number): boolean {
	if (end - start > shortFunction.characters) return false;
	let lines = 1;
	for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
	return lines >= minimumLines && lines <= shortFunction.lines;
}

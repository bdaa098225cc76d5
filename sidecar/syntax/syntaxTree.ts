import type { Tree } from "web-tree-sitter";

/**
 * A parsed text as columns, one entry for each node in the order in which the nodes begin. The children of node `n`
 * start at `n + 1`; the node after its whole subtree is `after[n]`. Positions are UTF-16 code units of `text`.
 */
export interface SyntaxTree {
	readonly text: string;
	readonly types: readonly string[];
	/** The name of the field that the node fills in its parent. */
	readonly fields: readonly (string | null)[];
	/** Whether the grammar names the node: false for keywords and punctuation. */
	readonly named: readonly boolean[];
	readonly starts: readonly number[];
	readonly ends: readonly number[];
	readonly after: readonly number[];
}

/** Of a tree while it is copied: whether what stands below its last node, the last of `ancestors`, is wanted. */
export type EntersNode = (tree: SyntaxTree, ancestors: readonly number[]) => boolean;

/**
 * Copies a tree out of the parser's memory, a call into WebAssembly for each column of each node; what stands below a
 * node that is not entered is left out. Deep trees take no stack.
 */
export function flatten(tree: Tree, text: string, enters: EntersNode = () => true): SyntaxTree {
	const types: string[] = [];
	const fields: (string | null)[] = [];
	const named: boolean[] = [];
	const starts: number[] = [];
	const ends: number[] = [];
	const after: number[] = [];
	const flat = { text, types, fields, named, starts, ends, after };
	const open: number[] = [];
	const cursor = tree.walk();
	for (;;) {
		open.push(types.length);
		types.push(cursor.nodeType);
		fields.push(cursor.currentFieldName);
		named.push(cursor.nodeIsNamed);
		starts.push(cursor.startIndex);
		ends.push(cursor.endIndex);
		after.push(0);
		if (enters(flat, open) && cursor.gotoFirstChild()) continue;
		for (;;) {
			after[open.pop()!] = types.length;
			if (cursor.gotoNextSibling()) break;
			if (!cursor.gotoParent()) {
				cursor.delete();
				return flat;
			}
		}
	}
}

/** The children of a node, in order. */
export function childrenOf(tree: SyntaxTree, node: number): number[] {
	const children: number[] = [];
	for (let child = node + 1; child < tree.after[node]!; child = tree.after[child]!) children.push(child);
	return children;
}

/** The first child that fills a field of the node. */
export function childOfField(tree: SyntaxTree, node: number, field: string): number | undefined {
	for (let child = node + 1; child < tree.after[node]!; child = tree.after[child]!) {
		if (tree.fields[child] === field) return child;
	}
	return undefined;
}

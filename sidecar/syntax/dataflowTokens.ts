import type { SyntaxTree } from "./syntaxTree.ts";

/** The tokens of a tree as data flow counts them: its leaves without comments, and each string as one. */
export interface DataflowTokens {
	/** Without the line breaks that a token has within. */
	readonly texts: readonly string[];
	/** Of each token, whether it is a variable or a literal: not a keyword or punctuation. */
	readonly variables: readonly boolean[];
	/** The tokens that are variables or literals. */
	readonly variableTokens: readonly number[];
	/** Of each token, the index that names it: of several empty ones at one place the last. */
	readonly indices: readonly number[];
	/** Of each node, how many variables stand before it. */
	readonly variableBegins: readonly number[];
	/** Of each node, its first token. */
	readonly begins: readonly number[];
	/** Of each node, whether it is a token. */
	readonly isToken: readonly boolean[];
	/** The node of each token. */
	readonly nodes: readonly number[];
}

/** Counts the tokens of a tree; `comments` are types whose subtrees hold none. */
export function tokensOf(tree: SyntaxTree, comments: readonly string[]): DataflowTokens {
	const texts: string[] = [];
	const variables: boolean[] = [];
	const variableTokens: number[] = [];
	const variableBegins: number[] = [];
	const starts: number[] = [];
	const begins: number[] = [];
	const isToken: boolean[] = [];
	const nodes: number[] = [];
	let opaqueUntil = 0;
	for (let node = 0; node < tree.types.length; node++) {
		begins.push(texts.length);
		variableBegins.push(variableTokens.length);
		isToken.push(false);
		const type = tree.types[node]!;
		const after = tree.after[node]!;
		if (node < opaqueUntil) continue;
		if (comments.includes(type)) opaqueUntil = after;
		if (type === "comment" || (after !== node + 1 && type !== "string") || opaqueUntil === after) continue;
		const text = tree.text.slice(tree.starts[node], tree.ends[node]).replaceAll("\n", "");
		isToken[node] = true;
		nodes.push(node);
		opaqueUntil = after;
		if (text !== type) variableTokens.push(texts.length);
		variables.push(text !== type);
		starts.push(tree.starts[node] === tree.ends[node] ? tree.starts[node]! : -1);
		texts.push(text);
	}
	variableBegins.push(variableTokens.length);
	return { texts, variables, variableTokens, indices: namingIndices(starts), begins, variableBegins, isToken, nodes };
}

/** `emptyAt` holds the place of each empty token and -1 for others. */
function namingIndices(emptyAt: readonly number[]): number[] {
	const last = new Map(emptyAt.map((place, index) => [place, index]));
	return emptyAt.map((place, index) => (place < 0 ? index : last.get(place)!));
}

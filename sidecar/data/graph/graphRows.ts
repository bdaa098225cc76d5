import type { GraphExample, GraphRowShape } from "./graphExample.ts";

/** Many examples as columns; arrays are row-major. */
export interface GraphRows {
	readonly count: number;
	/** C, the tokens of a row's text, and N, its variables. */
	readonly textLength: number;
	readonly nodes: number;
	/** Token ids [count, C]; padding holds -1. */
	readonly tokens: Int32Array;
	/** The first position of the code in each row [count]. */
	readonly codeStarts: Int32Array;
	/** The positions [start, end) that each variable was identified from [count, N, 2]; -1 where there is none. */
	readonly nodeTokens: Int32Array;
	/** Pairs (node, source) of all rows in order [edges, 2]. */
	readonly edges: Int32Array;
	/** Where the pairs of each row begin in `edges`, and after the last row their number [count + 1]. */
	readonly edgeStarts: Int32Array;
}

/** Lays examples out as columns. */
export function graphRowsOf(examples: readonly GraphExample[], shape: GraphRowShape): GraphRows {
	const { textLength, nodes } = shape;
	const count = examples.length;
	const tokens = new Int32Array(count * textLength).fill(-1);
	const nodeTokens = new Int32Array(count * nodes * 2).fill(-1);
	const edges = new Int32Array(2 * examples.reduce((sum, example) => sum + example.edges.length, 0));
	const edgeStarts = new Int32Array(count + 1);
	let edge = 0;
	examples.forEach((example, row) => {
		tokens.set(example.text, row * textLength);
		nodeTokens.set(example.nodes.flat(), row * nodes * 2);
		edges.set(example.edges.flat(), 2 * edge);
		edge += example.edges.length;
		edgeStarts[row + 1] = edge;
	});
	return {
		count,
		textLength,
		nodes,
		tokens,
		codeStarts: Int32Array.from(examples, ({ codeStart }) => codeStart),
		nodeTokens,
		edges,
		edgeStarts,
	};
}

/** One example of the columns. */
export function graphExampleAt(rows: GraphRows, row: number): GraphExample {
	const { textLength } = rows;
	const padded = rows.tokens.subarray(row * textLength, (row + 1) * textLength);
	const length = padded.indexOf(-1);
	const nodes: [number, number][] = [];
	for (let node = 0; node < rows.nodes; node++) {
		const at = 2 * (row * rows.nodes + node);
		if (rows.nodeTokens[at]! < 0) break;
		nodes.push([rows.nodeTokens[at]!, rows.nodeTokens[at + 1]!]);
	}
	const edges: [number, number][] = [];
	for (let edge = rows.edgeStarts[row]!; edge < rows.edgeStarts[row + 1]!; edge++) {
		edges.push([rows.edges[2 * edge]!, rows.edges[2 * edge + 1]!]);
	}
	return { text: length < 0 ? padded : padded.subarray(0, length), codeStart: rows.codeStarts[row]!, nodes, edges };
}

/** Positions that hold a token or a variable: the rest is padding. */
export function usedPositions({ tokens, nodeTokens }: GraphRows): number {
	let used = 0;
	for (const token of tokens) if (token >= 0) used++;
	for (let at = 0; at < nodeTokens.length; at += 2) if (nodeTokens[at]! >= 0) used++;
	return used;
}

import type { SourceFunction } from "./functions.ts";

/** Token ids for one function and the graph of its variables. */
export interface GraphExample {
	/** `[cls] comment [sep] code [sep]`, or `[cls] code [sep]` without a comment; not padded. */
	readonly text: Int32Array;
	/** The first position of the code in `text`. */
	readonly codeStart: number;
	/** The positions [start, end) of `text` that each variable was identified from. */
	readonly nodes: readonly (readonly [start: number, end: number])[];
	/** Pairs of nodes: the first takes its value from the second. */
	readonly edges: readonly (readonly [node: number, source: number])[];
}

/** What fixes the shape of a row: B rows of C text tokens with N variables behind them. */
export interface GraphRowShape {
	readonly textLength: number;
	/** Variables at most; later ones are left out. */
	readonly nodes: number;
	/** Tokens of the comment at most. */
	readonly commentTokens: number;
}

/** What the examples are made with; the tokenizer room's `Tokenizer` is one. */
export interface ExampleTokenizer {
	readonly special: { readonly cls: number; readonly sep: number };
	encode(text: string): { readonly ids: Int32Array; readonly starts: Int32Array; readonly ends: Int32Array };
}

/**
 * The input of GraphCodeBERT for one function (Guo et al. 2021, section 4.1). Comment and code are cut to what a row
 * holds; a variable that is not whole in it is left out with its edges.
 */
export function graphExampleOf(
	source: SourceFunction,
	{ tokenizer, shape }: { readonly tokenizer: ExampleTokenizer; readonly shape: GraphRowShape },
): GraphExample {
	const { cls, sep } = tokenizer.special;
	const comment =
		source.comment === "" ? [] : [...tokenizer.encode(source.comment).ids.subarray(0, shape.commentTokens)];
	const head = comment.length === 0 ? [cls] : [cls, ...comment, sep];
	const code = tokenizer.encode(source.code);
	const room = shape.textLength - head.length - 1;
	const text = Int32Array.from([...head, ...code.ids.subarray(0, room), sep]);
	const length = text.length - head.length - 1;
	const nodeOf = new Map<number, number>();
	const nodes: [number, number][] = [];
	source.variables.forEach(({ start, end }, variable) => {
		const range = tokensOf(code, { start, end });
		if (nodes.length === shape.nodes || range === undefined || range[1] > length) return;
		nodeOf.set(variable, nodes.length);
		nodes.push([head.length + range[0], head.length + range[1]]);
	});
	const edges = source.variables.flatMap(({ sources }, variable) => {
		const node = nodeOf.get(variable);
		if (node === undefined) return [];
		return sources.flatMap((from): [number, number][] => {
			const other = nodeOf.get(from);
			return other === undefined ? [] : [[node, other]];
		});
	});
	return { text, codeStart: head.length, nodes, edges };
}

/** The tokens that cover a range of the text, or undefined where none does; tokens come in the order of the text. */
function tokensOf(
	{ starts, ends }: { readonly starts: Int32Array; readonly ends: Int32Array },
	range: { readonly start: number; readonly end: number },
): [number, number] | undefined {
	let [low, high] = [0, starts.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (ends[middle]! <= range.start) low = middle + 1;
		else high = middle;
	}
	let end = low;
	while (end < starts.length && starts[end]! < range.end) end++;
	return end === low ? undefined : [low, end];
}

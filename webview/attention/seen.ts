import type { AttentionView, HeadShare } from "../../sidecar/protocol/inspect/attention.ts";
import type { AttentionDocument } from "../../sidecar/protocol/panels/attention.ts";
import { bytesOf } from "./matrix.ts";

/** An edge of the data flow between tokens: each of a use, each of its source. */
export interface TokenEdge {
	readonly uses: readonly number[];
	readonly sources: readonly number[];
	readonly name: string;
}

/** What is known of a part of a document, besides matrices. */
export interface Seen {
	readonly document: AttentionDocument;
	readonly view: AttentionView;
	readonly tokens: AttentionView["tokens"];
	/** [layers, heads, size, size], bytes. */
	readonly thumbnails: { readonly size: number; readonly bytes: Uint8Array } | null;
	readonly edges: readonly TokenEdge[];
	/** query * n + key of every pair that an edge joins, from the use to its source. */
	readonly edgePairs: ReadonlySet<number>;
}

export function seenFrom(document: AttentionDocument, view: AttentionView): Seen {
	const { tokens, thumbnails, dataflow } = view;
	const edges = (dataflow?.edges ?? []).map(({ from, to, name }) => {
		return { uses: tokensAt(tokens, from), sources: tokensAt(tokens, to), name };
	});
	const pairs = edges.flatMap(({ uses, sources }) =>
		uses.flatMap((use) => sources.map((source) => use * tokens.length + source)),
	);
	return {
		document,
		view,
		tokens,
		thumbnails: thumbnails && { size: thumbnails.size, bytes: bytesOf(thumbnails.bytes) },
		edges,
		edgePairs: new Set(pairs),
	};
}

/** The tokens of the text that touch a span. */
export function tokensAt(tokens: Seen["tokens"], span: { readonly start: number; readonly end: number }): number[] {
	return tokens.flatMap(({ start, end, special }, at) =>
		!special && start < span.end && end > span.start ? [at] : [],
	);
}

/** The token of the text in which a code unit stands. */
export function tokenAt(tokens: Seen["tokens"], unit: number): number | null {
	const found = tokens.findIndex(({ start, end, special }) => !special && start <= unit && unit < end);
	return found < 0 ? null : found;
}

/** A head's share of attention on data-flow edges. */
export function shareOfHead(
	{ view: { dataflow } }: Seen,
	{ layer, head, direction }: { layer: number; head: number; direction: "from" | "to" },
): HeadShare | undefined {
	const shares = direction === "from" ? dataflow?.toSource : dataflow?.fromSource;
	return shares?.find((share) => share.layer === layer && share.head === head);
}

/** A token as a line of text names it: blanks at its ends do not count, line ends and tabs are shown. */
export function tokenName(text: string): string {
	const shown = text
		.replaceAll("\r\n", "↵")
		.replaceAll(/[\r\n]/g, "↵")
		.replaceAll("\t", "→");
	return shown.trim() === "" ? shown.replaceAll(" ", "·") : shown.trim();
}

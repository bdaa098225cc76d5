import { type TextView, viewed } from "../tokenizer/textView.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/**
 * What each token of a row counts before anything is learned: the n-th of the same kind n to the power of `-damping`,
 * as a word's frequency counts less and less in BM25; 1 for all when `damping` is 0.
 */
export function tokenWeights(ids: Int32Array, damping: number): Float32Array {
	const seen = new Map<number, number>();
	return Float32Array.from(ids, (id) => {
		const times = (seen.get(id) ?? 0) + 1;
		seen.set(id, times);
		return times ** -damping;
	});
}

/**
 * The ids that stand for a text, `limit` at most, in training as in use: its source between the special tokens that
 * the tokenizer has for its ends, or the words alone.
 */
export function embeddedIds(
	tokenizer: Tokenizer,
	text: string,
	{ view, limit }: { readonly view: TextView; readonly limit: number },
): Int32Array {
	const { ids } = tokenizer.encode(viewed(text, view));
	if (view === "words") return ids.slice(0, limit);
	const start = tokenizer.specialId("cls");
	const end = tokenizer.specialId("sep");
	const room = limit - (start === undefined ? 0 : 1) - (end === undefined ? 0 : 1);
	const ends = [start, end].map((id) => (id === undefined ? [] : [id]));
	return Int32Array.from([...ends[0]!, ...ids.subarray(0, room), ...ends[1]!]);
}

import { longestNgram, type NgramLexicon } from "../../data/ngramMasks/lexicon.ts";
import type { HostTensor } from "../../store/safetensors.ts";

const columnNames = { tokens: "ngramLexicon.tokens", statistics: "ngramLexicon.statistics" } as const;

/** A lexicon as examples of a corpus. */
export function lexiconColumns({ tokens, statistics, count }: NgramLexicon): Map<string, HostTensor> {
	return new Map<string, HostTensor>([
		[columnNames.tokens, { data: tokens, shape: [count, longestNgram] }],
		[columnNames.statistics, { data: statistics, shape: [count] }],
	]);
}

/** The lexicon among the examples of a corpus, if a masking made one. */
export function lexiconFrom(examples: ReadonlyMap<string, HostTensor>): NgramLexicon | undefined {
	const tokens = examples.get(columnNames.tokens)?.data;
	const statistics = examples.get(columnNames.statistics)?.data;
	if (!(tokens instanceof Int32Array) || !(statistics instanceof Float32Array)) return undefined;
	return { tokens, statistics, count: statistics.length };
}

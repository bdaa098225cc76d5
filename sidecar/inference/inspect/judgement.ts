import { ngramTokens } from "../../data/ngramMasks/lexicon.ts";
import type { LoadedModel } from "../loadedModel.ts";

/** What a model says of a place where a token is hidden. */
export interface Judgement {
	/** Of the true token. */
	readonly probability: number;
	/** Of the true token among the vocabulary, from 1. */
	readonly rank: number;
	/** The likeliest ordinary tokens, best first. */
	readonly ids: Int32Array;
	readonly probabilities: Float32Array;
}

/** The smallest normal float32: what a softmax in float32 makes of anything less likely is not exact any more. */
export const leastProbability = 2 ** -126;

/** Reads one row [vocabulary] of a model's probabilities. */
export function judge(
	model: LoadedModel,
	row: Float32Array,
	{ truth, top }: { readonly truth: number; readonly top: number },
): Judgement {
	const { specialIds } = model.tokenizer;
	const probability = row[truth]!;
	const ids = new Int32Array(top).fill(-1);
	const probabilities = new Float32Array(top).fill(-1);
	let rank = 1;
	for (let id = 0; id < row.length; id++) {
		const value = row[id]!;
		if (value > probability) rank++;
		if (value <= probabilities[top - 1]! || specialIds.has(id)) continue;
		let at = top - 1;
		for (; at > 0 && probabilities[at - 1]! < value; at--) {
			probabilities[at] = probabilities[at - 1]!;
			ids[at] = ids[at - 1]!;
		}
		probabilities[at] = value;
		ids[at] = id;
	}
	const found = ids.indexOf(-1);
	const count = found < 0 ? top : found;
	return { probability, rank, ids: ids.slice(0, count), probabilities: probabilities.slice(0, count) };
}

/** The likeliest tokens, or n-grams behind the vocabulary, as they read. */
export function expectedTexts(
	model: LoadedModel,
	{ ids, probabilities }: Pick<Judgement, "ids" | "probabilities">,
): { text: string; probability: number }[] {
	return Array.from(ids, (id, at) => ({ text: textOf(model, id), probability: probabilities[at]! }));
}

function textOf({ tokenizer, config, ngramHead }: LoadedModel, id: number): string {
	const ngram = id - config.vocabularySize;
	if (ngram < 0 || ngramHead === undefined) return tokenizer.tokenText(id);
	return Array.from(ngramTokens(ngramHead.lexicon, ngram), (token) => tokenizer.tokenText(token)).join("");
}

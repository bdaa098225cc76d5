import { createRandom } from "../../base/random.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { scoreRows } from "../scoreLengths.ts";
import { allowedTokens, blankFirst } from "./allowedTokens.ts";
import { generatedText } from "./generatedText.ts";
import { generationContext, type Surroundings } from "./generationContext.ts";
import { regionPerplexity } from "./regionPerplexity.ts";
import { drawToken, type Sampling } from "./sampling.ts";

export interface InfillQuestion extends Surroundings {
	/** Tokens of each candidate, exactly. */
	readonly tokens: number;
	readonly candidates: number;
	readonly sampling: Sampling;
	readonly seed: number;
	/** Whether the text must fit into the model whole, as a protein must. */
	readonly whole?: boolean | undefined;
}

export interface InfillCandidate {
	readonly text: string;
	readonly ids: readonly number[];
	/** Of its tokens, each masked alone; 1 is certainty. */
	readonly pseudoPerplexity: number;
}

/** Keeps these draws apart from those of other uses of a seed. */
const stream = 0x696e6600;

/**
 * Texts for a place, the most natural first (PepMLM, Chen et al. 2023, generation): `tokens` masks stand there, one run
 * of the model gives a distribution at each, every position is drawn by itself, as often as candidates are wanted, and
 * the candidates are ranked by pseudo-perplexity. Equal ones are told once. Throws `tooLong` where they do not fit, and
 * `interrupted`.
 */
export async function infillText(
	model: LoadedModel,
	question: InfillQuestion,
	{ signal }: { readonly signal?: AbortSignal } = {},
): Promise<InfillCandidate[]> {
	const { tokens, candidates, sampling, seed, whole = false } = question;
	const abort = signal === undefined ? {} : { signal };
	const context = generationContext(model, question, { reserve: tokens, whole });
	const anywhere = allowedTokens(model, { whole: true });
	const first = context.lead === " " ? blankFirst(model, anywhere) : anywhere;
	const pieces = new Array<number>(tokens).fill(model.tokenizer.special.mask);
	const [positions] = await scoreRows(model, [{ context, pieces }], { rowsPerRun: 1, masksPerRow: tokens, ...abort });
	const drawn = new Map<string, number[]>();
	for (let candidate = 0; candidate < candidates; candidate++) {
		const ids = positions!.map((probabilities, at) =>
			drawToken(probabilities, {
				...sampling,
				allowed: at === 0 ? first : anywhere,
				random: createRandom(seed, stream, candidate, at),
			}),
		);
		drawn.set(ids.join(), ids);
	}
	const ranked: InfillCandidate[] = [];
	for (const ids of drawn.values()) {
		const pseudoPerplexity = (await regionPerplexity(model, context, { ids, ...abort }))!;
		ranked.push({ text: generatedText(model, context, ids), ids, pseudoPerplexity });
	}
	return ranked.sort((a, b) => a.pseudoPerplexity - b.pseudoPerplexity);
}

import * as z from "zod";

const share = z.number().min(0).max(1);

/** Null when the held-out documents have nothing of the kind. */
const measuredShare = share.nullable();

/**
 * Scores on the documents that were held out by content hash before training: 15% of their tokens, chosen by a
 * fixed evaluation seed, all replaced by the mask token. The same measure for every recipe.
 */
export const heldOutSchema = z
	.object({
		loss: z.number().nullable().describe("Mean cross-entropy of the masked tokens, in nats"),
		top1: measuredShare.describe("Share of the masked tokens predicted exactly"),
		top5: measuredShare.describe("Share whose token is among the first five"),
		identifierTop1: measuredShare.describe("Whole identifiers of one to six pieces, all pieces right"),
		identifierTop5: measuredShare,
		pseudoPerplexity: z.number().nullable().describe("exp(loss)"),
		tokens: z.number().int().nonnegative().describe("Masked tokens that were scored"),
		wordTop1: measuredShare.describe("Only the masked pieces that are letters or digits"),
		wordTop5: measuredShare,
		baselines: z
			.object({
				unigramTop1: measuredShare,
				bigramTop1: measuredShare,
				cacheTop1: measuredShare.describe("A trigram of both neighbours with a cache of the window"),
				cacheTop5: measuredShare,
				cacheWordTop1: measuredShare,
			})
			.describe("Counted on the same training data, scored on the same masks"),
	})
	.describe("Scores on held-out documents; shares are between 0 and 1");

export type HeldOut = z.infer<typeof heldOutSchema>;

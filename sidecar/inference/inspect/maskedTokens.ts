/** What is told of chosen tokens, whatever rows they stand in. */
import type { MaskedToken, MasksReport, TokenPrediction } from "../../protocol/inspect/masks.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { expectedTexts, type Judgement, leastProbability } from "./judgement.ts";

/** A judgement as it is told. */
export function predictionOf(model: LoadedModel, judgement: Judgement): TokenPrediction {
	return {
		probability: judgement.probability,
		loss: lossOf(judgement),
		rank: judgement.rank,
		right: judgement.rank === 1,
		expected: expectedTexts(model, judgement),
	};
}

function lossOf({ probability }: Judgement): number {
	return Math.max(0, -Math.log(Math.max(probability, leastProbability)));
}

/** The mean loss of the first or second model over the tokens told of, nats; null where none was chosen. */
export function meanLoss(tokens: readonly MaskedToken[], of: "prediction" | "compared"): number | null {
	const losses = tokens.flatMap((token) => token[of]?.loss ?? []);
	return losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** What was chosen among tokens of which `maskable` may be: special ones may not. */
export function countActions(tokens: readonly MaskedToken[], maskable: number): MasksReport["counts"] {
	const actions = { keep: 0, mask: 0, random: 0, same: 0 };
	const strategies = new Map<string, number>();
	const classes = new Map<string, number>();
	const readsSpans = tokens.some(({ spanClass }) => spanClass !== undefined);
	for (const { action, strategy, spanClass } of tokens) {
		actions[action]++;
		if (strategy !== null && spanClass) classes.set(spanClass, (classes.get(spanClass) ?? 0) + 1);
		if (strategy !== null) strategies.set(strategy, (strategies.get(strategy) ?? 0) + 1);
	}
	const { mask, random, same } = actions;
	return {
		maskable,
		chosen: mask + random + same,
		mask,
		random,
		same,
		strategies: Object.fromEntries(strategies),
		...(readsSpans ? { classes: Object.fromEntries(classes) } : {}),
	};
}

import { compile } from "../../../autodiff/compile.ts";
import { Graph } from "../../../autodiff/graph.ts";
import { causalCapacity, collateCausal } from "../../../data/collateCausal.ts";
import { evaluationSeed } from "../../../data/masking/config.ts";
import { parameterSpecs } from "../../../model/parameters.ts";
import { openSession, type Session } from "../../../session/session.ts";
import { floats } from "../../../session/tensor.ts";
import { evaluationSample } from "../../evaluation.ts";
import { createEvaluator, type Evaluator, type EvaluatorOptions } from "../../evaluator.ts";
import type { ModelState } from "../../modelState.ts";
import type { RecipeOf } from "../../recipe.ts";
import { lossFeeds, maskedLmLoss } from "../maskedLm.ts";

/** Rows that the evaluation takes at a time: the logits of all their tokens are in memory. */
const evaluationRows = 4;

/** The measure that is the same for every recipe, and the loss of the next token on the same held-out rows. */
export function createCausalEvaluator(recipe: RecipeOf<"causalLm">, options: EvaluatorOptions): Evaluator {
	const usual = createEvaluator(recipe, options);
	const causal = createCausalLoss(recipe, options);
	return {
		async evaluate(model, when) {
			const scores = await usual.evaluate(model, when);
			const { rows, finalRows } = recipe.evaluation;
			return { ...scores, causalLoss: await causal.evaluate(model, when === "during" ? rows : finalRows) };
		},
		async release() {
			await usual.release();
			await causal.release();
		},
	};
}

function createCausalLoss(recipe: RecipeOf<"causalLm">, options: EvaluatorOptions) {
	const { config, corpus, executionProvider, threads } = options;
	const { sequenceLength } = recipe.data;
	const { attention } = recipe.objective;
	const collation = { share: 1, padId: corpus.tokenizer.special.pad, seed: evaluationSeed, epoch: 0 };
	const maskedRows = causalCapacity(evaluationRows, sequenceLength, 1);
	const shape = { config, attention, headRows: "masked", rows: evaluationRows, sequenceLength, maskedRows } as const;
	let session: Promise<Session> | undefined;
	const open = (): Promise<Session> => {
		const graph = new Graph();
		const values = new Map(parameterSpecs(config).map(({ name, shape: size }) => [name, graph.input(name, size)]));
		return openSession(compile({ loss: maskedLmLoss(graph, values, shape) }).model, { executionProvider, threads });
	};
	return {
		/** The mean cross-entropy of the next token in nats, on at most `maximumRows` rows; null without a token. */
		async evaluate(model: ModelState, maximumRows: number): Promise<number | null> {
			session ??= open();
			const rows = evaluationSample(corpus.heldOut, maximumRows);
			let [sum, tokens] = [0, 0];
			for (let start = 0; start < rows.count; start += evaluationRows) {
				const indices = Array.from({ length: evaluationRows }, (_, slot) => start + slot);
				const inside = indices.map((row) => (row < rows.count ? row : -1));
				const batch = collateCausal(rows, inside, collation);
				const { loss } = await (await session).run({ ...Object.fromEntries(model), ...lossFeeds(batch, shape) });
				sum += floats(loss!)[0]! * batch.maskedCount;
				tokens += batch.maskedCount;
			}
			return tokens === 0 ? null : sum / tokens;
		},
		async release(): Promise<void> {
			await (await session)?.release();
			session = undefined;
		},
	};
}

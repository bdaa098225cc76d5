import type { Example } from "../../protocol/generate.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { continueText } from "./continueText.ts";
import { type Demonstration, fitting, promptOf, type Template } from "./demonstrations.ts";
import { generationContext } from "./generationContext.ts";
import { regionPerplexity } from "./regionPerplexity.ts";
import type { Sampling } from "./sampling.ts";

/** The paper says that demonstrations are generated and filtered, not how many or by which share: interpretation. */
const bootstrapDefaults = {
	/** Outputs that are drawn for each input; the one of the lowest pseudo-perplexity stays. */
	candidates: 4,
	/** The share of the inputs whose outputs are kept, the lowest pseudo-perplexity first. */
	keptShare: 0.5,
	sampling: { topK: 3, temperature: 1 } satisfies Sampling,
} as const;

export interface BootstrapOptions {
	readonly template: Template;
	readonly masks: number;
	readonly tokens: number;
	readonly seed: number;
	readonly candidates?: number;
	readonly keptShare?: number;
	readonly sampling?: Sampling;
	readonly signal?: AbortSignal;
}

/**
 * Demonstrations in the order of the examples. The output of an example that has none is generated after those that
 * have one, several times; of each the likeliest is a demonstration if it is among the best share (bootstrapping, Patel
 * et al. 2022, section 3.3). The score is the pseudo-perplexity of the output behind its prompt.
 */
export async function bootstrap(
	model: LoadedModel,
	examples: readonly Example[],
	options: BootstrapOptions,
): Promise<Demonstration[]> {
	const { keptShare = bootstrapDefaults.keptShare } = options;
	const given = examples.flatMap(({ input, output }) =>
		output === undefined ? [] : [{ input, output, pseudoPerplexity: null }],
	);
	const made = new Map<Example, Demonstration & { readonly pseudoPerplexity: number }>();
	for (const example of examples) {
		if (example.output !== undefined) continue;
		const best = await likeliestOutput(model, example.input, { ...options, given });
		if (best !== undefined) made.set(example, best);
	}
	const byScore = [...made.values()].sort((a, b) => a.pseudoPerplexity - b.pseudoPerplexity);
	const kept = new Set(byScore.slice(0, Math.ceil(byScore.length * keptShare)));
	return examples.flatMap((example): readonly Demonstration[] => {
		const { input, output } = example;
		if (output !== undefined) return [{ input, output, pseudoPerplexity: null }];
		const demonstration = made.get(example);
		return demonstration !== undefined && kept.has(demonstration) ? [demonstration] : [];
	});
}

async function likeliestOutput(
	model: LoadedModel,
	input: string,
	options: BootstrapOptions & { readonly given: readonly Demonstration[] },
): Promise<(Demonstration & { readonly pseudoPerplexity: number }) | undefined> {
	const { template, masks, tokens, seed, given, signal } = options;
	const { candidates = bootstrapDefaults.candidates, sampling = bootstrapDefaults.sampling } = options;
	const abort = signal === undefined ? {} : { signal };
	const before = promptOf(template, fitting(model, given, { template, input, reserve: masks + tokens }), input);
	const prompts = [{ before, after: "" }];
	let best: { input: string; output: string; pseudoPerplexity: number } | undefined;
	const seen = new Set<string>();
	for (let candidate = 0; candidate < candidates; candidate++) {
		const question = { prompts, masks, tokens, stop: template.end, sampling, seed, candidate };
		const { text, ids, stopped } = await continueText(model, question, abort);
		if (stopped === "limit" || text.trim() === "" || seen.has(text)) continue; // no output, or one without an end
		seen.add(text);
		const context = generationContext(model, prompts[0]!, { reserve: ids.length });
		const pseudoPerplexity = await regionPerplexity(model, context, { ids, ...abort });
		if (pseudoPerplexity === undefined || pseudoPerplexity >= (best?.pseudoPerplexity ?? Infinity)) continue;
		best = { input, output: text, pseudoPerplexity };
	}
	return best;
}

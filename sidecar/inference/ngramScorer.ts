import { compile } from "../autodiff/compile.ts";
import { softmax } from "../autodiff/functions.ts";
import { Graph } from "../autodiff/graph.ts";
import { longestNgram, type NgramLexicon, ngramTokens } from "../data/ngramMasks/lexicon.ts";
import { type EncoderConfig, embeddingWidth } from "../model/config.ts";
import { maskedLmHead } from "../model/heads.ts";
import { coarseLogits, ngramNames } from "../model/ngramHead.ts";
import { openSession } from "../session/session.ts";
import { floats, type Tensor } from "../session/tensor.ts";
import type { HostTensor } from "../store/safetensors.ts";
import { compiledFor } from "./precision.ts";
import { maskedStates, type ScorerInputs, type ScorerOptions, type ScorerShape, scorerFeeds } from "./scorer.ts";

/** The file of a model folder with the n-grams that it predicts whole, without its ending. */
export const ngramHeadFile = "ngramHead";

/** The n-grams that a model predicts whole at one mask; nothing but the completion of idioms reads it. */
export interface NgramHead {
	readonly lexicon: NgramLexicon;
	/** The id of an n-gram by the ids of its tokens, joined by commas. */
	readonly byTokens: ReadonlyMap<string, number>;
	/** [count, embedding] and [count], as `ngramNames` names them. */
	readonly weights: ReadonlyMap<string, Float32Array>;
}

/** The file of a head; rows beyond the lexicon, which no n-gram took, stay behind. */
export function ngramHeadTensors(
	{ tokens, statistics, count }: NgramLexicon,
	trained: (name: string) => Float32Array,
	config: EncoderConfig,
): Map<string, HostTensor> {
	const width = embeddingWidth(config);
	return new Map<string, HostTensor>([
		["tokens", { data: tokens, shape: [count, longestNgram] }],
		["statistics", { data: statistics, shape: [count] }],
		[ngramNames.embedding, { data: trained(ngramNames.embedding).slice(0, count * width), shape: [count, width] }],
		[ngramNames.bias, { data: trained(ngramNames.bias).slice(0, count), shape: [count] }],
	]);
}

/** Reads it back; undefined where the tensors do not belong together or to a model of this configuration. */
export function readNgramHead(tensors: ReadonlyMap<string, HostTensor>, config: EncoderConfig): NgramHead | undefined {
	const [tokens, statistics] = [tensors.get("tokens")?.data, tensors.get("statistics")?.data];
	const [embedding, bias] = [tensors.get(ngramNames.embedding)?.data, tensors.get(ngramNames.bias)?.data];
	if (!(tokens instanceof Int32Array) || !(statistics instanceof Float32Array)) return undefined;
	if (!(embedding instanceof Float32Array) || !(bias instanceof Float32Array)) return undefined;
	const count = statistics.length;
	const fits =
		count > 0 &&
		tokens.length === count * longestNgram &&
		bias.length === count &&
		embedding.length === count * embeddingWidth(config) &&
		tokens.every((id) => id < config.vocabularySize);
	if (!fits) return undefined;
	const lexicon = { tokens, statistics, count };
	return {
		lexicon,
		byTokens: new Map(Array.from({ length: count }, (_, ngram) => [ngramTokens(lexicon, ngram).join(), ngram])),
		weights: new Map([
			[ngramNames.embedding, embedding],
			[ngramNames.bias, bias],
		]),
	};
}

/** The forward pass of a masked-LM with n-grams as classes beside tokens. */
export interface NgramScorer {
	readonly shape: ScorerShape;
	/**
	 * At the masked positions the probabilities of tokens [M, V], as the model's scorer gives them, and those of tokens and
	 * n-grams together [M, V + ngrams]. `parameters` must be given when it was opened without weights.
	 */
	score(
		inputs: ScorerInputs,
		parameters?: ReadonlyMap<string, Tensor>,
	): Promise<{ tokens: Float32Array; whole: Float32Array }>;
	release(): Promise<void>;
}

/** Opens one for a head of `ngrams` n-grams; its weights are among `weights`, or fed with each run. */
export async function openNgramScorer(options: ScorerOptions & { readonly ngrams: number }): Promise<NgramScorer> {
	const { config, shape, weights, ngrams, executionProvider, threads, precision = "float32" } = options;
	const graph = new Graph();
	const { masked, parameters: encoder } = maskedStates(graph, options);
	const parameters = new Map(encoder);
	for (const [name, size] of [
		[ngramNames.embedding, [ngrams, embeddingWidth(config)]],
		[ngramNames.bias, [ngrams]],
	] as const) {
		const data = weights?.get(name);
		parameters.set(name, data === undefined ? graph.input(name, size) : graph.constant(data, size));
	}
	const outputs = {
		tokens: softmax(maskedLmHead(config, parameters, masked), -1),
		whole: softmax(coarseLogits(config, parameters, masked), -1),
	};
	const session = await openSession(compile(outputs, compiledFor(precision)).model, {
		executionProvider,
		int8: precision === "int8",
		...(threads === undefined ? {} : { threads }),
	});
	return {
		shape,
		async score(inputs, live = new Map()) {
			const feeds = { ...(weights === undefined ? Object.fromEntries(live) : {}), ...scorerFeeds(inputs, shape) };
			const { tokens, whole } = await session.run(feeds);
			return { tokens: floats(tokens!), whole: floats(whole!) };
		},
		release: () => session.release(),
	};
}

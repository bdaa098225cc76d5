/** The n-gram classifier of ERNIE-Gram (Xiao et al. 2021, section 3.2) and the input rows that only its training has. */
import { concat, linear as linearMap } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { type EncoderConfig, embeddingWidth } from "./config.ts";
import { headTransform, tokenLogits } from "./heads.ts";
import { tokenEmbeddingName } from "./names.ts";
import type { ParameterSpec } from "./parameters.ts";

/** Parameters that the encoder does not have; none of them is in the graph that serves. */
export const ngramNames = {
	/** The n-grams as classes and, where a sampled one stands in the text, as input: [ngrams, embedding]. */
	embedding: "ngram_head.embedding.weight",
	bias: "ngram_head.bias",
	/** The queries of the fine view: [queries, embedding]. */
	queries: "ngram_head.queries.weight",
} as const;

/** Their specs, for `ngrams` n-grams and `queries` queries. */
export function ngramSpecs(config: EncoderConfig, size: { ngrams: number; queries: number }): ParameterSpec[] {
	const width = embeddingWidth(config);
	const std = config.initializer === "fanIn" ? 0.02 : config.initializer.std;
	const rows = (name: string, count: number): ParameterSpec => ({
		name,
		shape: [count, width],
		init: { kind: "normal", std },
		decay: true,
		matrix: false,
		blocks: 1,
	});
	return [
		rows(ngramNames.embedding, size.ngrams),
		ngramBiasSpec(ngramNames.bias, size.ngrams),
		rows(ngramNames.queries, size.queries),
	];
}

/** The spec of a bias for each of `ngrams` classes. */
export function ngramBiasSpec(name: string, ngrams: number): ParameterSpec {
	return { name, shape: [ngrams], init: { kind: "zeros" }, decay: false, matrix: false, blocks: 1 };
}

/**
 * Logits [rows, vocabulary + ngrams] of hidden rows [rows, hidden] at masks: those of the masked-LM head, then one for
 * each n-gram. The first are computed as the head that serves computes them.
 */
export function coarseLogits(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, rows: Value): Value {
	const normal = headTransform(config, parameters, rows);
	const ofNgrams = linearMap(normal, parameters.get(ngramNames.embedding)!, parameters.get(ngramNames.bias)!);
	return concat([tokenLogits(config, parameters, normal), ofNgrams], 1);
}

/** The parameters with the rows of n-grams and queries behind those of tokens, for input ids beyond the vocabulary. */
export function withNgramInputs(
	config: EncoderConfig,
	parameters: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
	const name = tokenEmbeddingName(config);
	const tables = [parameters.get(name)!, parameters.get(ngramNames.embedding)!, parameters.get(ngramNames.queries)!];
	return new Map(parameters).set(name, concat(tables, 0));
}

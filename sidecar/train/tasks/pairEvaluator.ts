import type { Document } from "../../data/document.ts";
import { encodeDocument } from "../../data/encodeDocument.ts";
import { createVectorizer } from "../../inference/vectorizer.ts";
import type { HostTensor } from "../../store/safetensors.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { bitextScores } from "../bitext.ts";
import { createEvaluator, type Evaluator, type EvaluatorOptions } from "../evaluator.ts";
import type { Recipe } from "../recipe.ts";

/** More held-out pairs than this are not compared: each is compared with all. */
const mostPairs = 512;

const sides = ["first", "second"] as const;

/**
 * The two texts of held-out pairs as columns of the examples, each as a row [cls] ... [sep] of at most `longest`
 * tokens; of pairs that share a text only one. Empty for documents that are no pairs.
 */
export function pairColumns(
	documents: readonly Document[],
	{ tokenizer, longest }: { readonly tokenizer: Tokenizer; readonly longest: number },
): Map<string, HostTensor> {
	const rows: Record<(typeof sides)[number], Int32Array[]> = { first: [], second: [] };
	const seen = new Set<string>();
	for (const document of documents) {
		if (rows.first.length === mostPairs) break;
		const texts = sides.map((side) => rowOf(document, side, tokenizer, longest));
		const [first, second] = texts;
		if (first === undefined || second === undefined || texts.some((ids) => seen.has(ids!.join()))) continue;
		for (const ids of [first, second]) seen.add(ids.join());
		rows.first.push(first);
		rows.second.push(second);
	}
	if (rows.first.length < 2) return new Map();
	return new Map(
		sides.flatMap((side) => [
			numbers(
				`pairs.${side}.lengths`,
				Int32Array.from(rows[side], ({ length }) => length),
			),
			numbers(`pairs.${side}.ids`, Int32Array.from(rows[side].flatMap((ids) => [...ids]))),
		]),
	);
}

/** The measure that is the same for every recipe and, where pairs were held out, bitext retrieval by mean vectors. */
export function createPairEvaluator(recipe: Recipe, options: EvaluatorOptions): Evaluator {
	const usual = createEvaluator(recipe, options);
	const { config, corpus, executionProvider, threads } = options;
	const pairs = sides.map((side) => readRows(corpus.examples, side));
	if (pairs[0]!.length === 0) return usual;
	const vectorizer = createVectorizer({ config, pooling: "mean", repeatDamping: 0, executionProvider, threads });
	return {
		async evaluate(model, when) {
			const scores = await usual.evaluate(model, when);
			if (when === "during") return scores;
			const [first, second] = [
				await vectorizer.vectors(pairs[0]!, { parameters: model }),
				await vectorizer.vectors(pairs[1]!, { parameters: model }),
			];
			return { ...scores, bitext: bitextScores(first, second, config.hiddenSize) };
		},
		async release() {
			await usual.release();
			await vectorizer.release();
		},
	};
}

function rowOf(
	document: Document,
	side: (typeof sides)[number],
	tokenizer: Tokenizer,
	longest: number,
): Int32Array | undefined {
	const region = document.regions?.find(({ name }) => name === side);
	if (region === undefined) return undefined;
	const { ids, starts, ends } = encodeDocument(document, tokenizer);
	const own = ids.filter((_, at) => ends[at]! > region.start && starts[at]! < region.end && ends[at]! > starts[at]!);
	const { cls, sep } = tokenizer.special;
	return Int32Array.of(cls, ...own.subarray(0, longest - 2), sep);
}

function readRows(examples: ReadonlyMap<string, HostTensor>, side: (typeof sides)[number]): Int32Array[] {
	const [lengths, ids] = ["lengths", "ids"].map((part) => {
		const data = examples.get(`pairs.${side}.${part}`)?.data;
		return data instanceof Int32Array ? data : new Int32Array(0);
	}) as [Int32Array, Int32Array];
	let end = 0;
	return Array.from(lengths, (length) => {
		end += length;
		return ids.subarray(end - length, end);
	});
}

function numbers(name: string, data: Int32Array): [string, HostTensor] {
	return [name, { data, shape: [data.length] }];
}

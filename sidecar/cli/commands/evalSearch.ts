import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import { openEmbedder } from "../../inference/embedder.ts";
import type { SearchScores } from "../../protocol/search.ts";
import { evaluateSearch, type SearchPair } from "../../search/query/evaluateSearch.ts";
import { untunedWeight } from "../../search/query/fusion.ts";
import { findModel } from "../../store/models.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { count, decimal, percent, table } from "../format.ts";
import { readSearchPairs } from "../searchPairs.ts";

interface EvaluateSearchFlags extends CommonOptions {
	readonly data: string;
	readonly model?: string;
	readonly size?: string;
	readonly maskNames?: boolean;
}

/** `maskwright eval search`. */
export function addEvaluateSearch(program: Command, context: CommandContext): void {
	const evaluate = program.commands.find((command) => command.name() === "eval");
	if (evaluate === undefined) throw new MaskwrightError("internal", "This is a bug in Maskwright: eval comes later.");
	withCommonOptions(evaluate.command("search"))
		.summary("score how well functions are found by their docstrings")
		.description(
			"For each docstring of a file, rank all of its functions: by BM25, by the model's vectors, and by both.",
		)
		.requiredOption("--data <file>", ".jsonl file of objects with docstring, code and func_name")
		.option("--model <model>", "the model's name or folder (default: none, BM25 alone)")
		.option("--size <size>", "small, large, or layers,units of a model that was trained for several (default: large)")
		.option("--mask-names", "take the function's own name out of its code")
		.action(async (flags: EvaluateSearchFlags) => {
			const pairs = await readSearchPairs(flags.data);
			const value = await scored(pairs, flags, context.signal);
			printResult(context, flags, { value, describe: (scores) => describeScores(scores, flags) });
		});
}

async function scored(
	pairs: readonly SearchPair[],
	{ model, size, maskNames = false }: EvaluateSearchFlags,
	signal: AbortSignal,
): Promise<SearchScores> {
	if (model === undefined) return evaluateSearch({ pairs, maskNames, weight: 0, signal });
	const threads = availableParallelism();
	const part = size === undefined ? {} : { size };
	const embedder = await openEmbedder(findModel(model), { executionProvider: "cpu", threads, ...part });
	const large = embedder.isLargest
		? undefined
		: await openEmbedder(findModel(model), { executionProvider: "cpu", threads });
	try {
		return await evaluateSearch({
			pairs,
			maskNames,
			embed: (kind, texts) => embedder.embed(kind, texts, { signal }),
			closer: large && ((kind, texts) => large.embed(kind, texts, { signal })),
			weight: embedder.fusionWeight ?? untunedWeight,
			signal,
		});
	} finally {
		await embedder.release();
		await large?.release();
	}
}

function describeScores(scores: SearchScores, { maskNames }: EvaluateSearchFlags): string[] {
	const { bm25, encoder, hybrid, closer = null, weight, queries, pool } = scores;
	const row = (name: string, of: SearchScores["bm25"] | null): string[][] =>
		of === null ? [] : [[name, decimal(of.mrr, 3), percent(of.recall1), percent(of.recall5), percent(of.recall10)]];
	return [
		`${count(queries)} docstrings, each among ${count(pool)} functions${maskNames ? " without their names" : ""}`,
		...table(
			["", ">MRR", ">recall at 1", ">at 5", ">at 10"],
			[
				...row("BM25", bm25),
				...row("encoder", encoder),
				...row(`hybrid (weight ${decimal(weight, 3)})`, hybrid),
				...row("its first by the large vectors too", closer),
			],
		),
	];
}

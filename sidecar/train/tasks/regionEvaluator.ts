import { collate, maskedCapacity } from "../../data/collate.ts";
import { evaluationSeed, type Masking, strategiesOf } from "../../data/masking/config.ts";
import type { PackedRows } from "../../data/packing.ts";
import { openScorer, type Scorer } from "../../inference/scorer.ts";
import type { HeldOut } from "../../protocol/scores.ts";
import type { HostTensor } from "../../store/safetensors.ts";
import { createEvaluator, type Evaluator, type EvaluatorOptions } from "../evaluator.ts";
import type { ModelState } from "../modelState.ts";
import type { RecipeOf } from "../recipe.ts";

/** Rows that the evaluation takes at a time. */
const evaluationRows = 16;

/** The names of the columns with held-out records, and what each holds. */
const columns = ["tokens", "segments", "marks"] as const;

/** Held-out records as columns of a run's examples, one row each. */
export function heldOutColumns(rows: PackedRows): Map<string, HostTensor> {
	const shape = [rows.count, rows.sequenceLength];
	return new Map(columns.map((name) => [`heldOut.${name}`, { data: rows[name]!, shape }]));
}

function heldOutRows(examples: ReadonlyMap<string, HostTensor>): PackedRows {
	const [tokens, segments, marks] = columns.map((name) => examples.get(`heldOut.${name}`)!);
	const [count, sequenceLength] = tokens!.shape as [number, number];
	const data = { tokens: tokens!.data, segments: segments!.data, marks: marks!.data } as Record<string, Int32Array>;
	return {
		...(data as Pick<PackedRows, "tokens" | "segments">),
		marks: data["marks"]!,
		count,
		sequenceLength,
		wasted: 0,
		repeated: 0,
	};
}

/** The masking of a recipe's regions alone, all replaced by the mask token; undefined where it masks none. */
export function regionMasking(masking: Masking): Masking | undefined {
	const strategies = strategiesOf(masking).filter(({ name }) => name === "region");
	return strategies.length === 0 ? undefined : { strategies, rate: 0.5, replacement: { mask: 1, random: 0, keep: 0 } };
}

/** The measure that is the same for every recipe, and how well the regions of held-out records are predicted. */
export function createRegionEvaluator(
	recipe: RecipeOf<"maskedLm">,
	masking: Masking,
	options: EvaluatorOptions,
): Evaluator {
	const usual = createEvaluator(recipe, options);
	const { corpus, config, executionProvider, threads } = options;
	const rows = heldOutRows(corpus.examples);
	const { sequenceLength } = rows;
	const shape = {
		rows: evaluationRows,
		sequenceLength,
		maskedRows: maskedCapacity(evaluationRows, sequenceLength, masking, rows),
	};
	let scorer: Promise<Scorer> | undefined;
	return {
		async evaluate(model, when) {
			const scores = await usual.evaluate(model, when);
			scorer ??= openScorer({ config, shape, executionProvider, threads });
			const most = when === "during" ? recipe.evaluation.rows : recipe.evaluation.finalRows;
			const region = await scoreRegions(await scorer, model, { rows, masking, options, most });
			return { ...scores, region };
		},
		async release() {
			await usual.release();
			await (await scorer)?.release();
			scorer = undefined;
		},
	};
}

async function scoreRegions(
	scorer: Scorer,
	model: ModelState,
	{ rows, masking, options, most }: { rows: PackedRows; masking: Masking; options: EvaluatorOptions; most: number },
): Promise<NonNullable<HeldOut["region"]>> {
	const { tokenizer, pieces } = options.corpus;
	const { mask: maskId, pad: padId } = tokenizer.special;
	const count = Math.min(most, rows.count);
	let [loss, right, tokens] = [0, 0, 0];
	for (let start = 0; start < count; start += evaluationRows) {
		const indices = Array.from({ length: evaluationRows }, (_, slot) => (start + slot < count ? start + slot : -1));
		const batch = collate(rows, indices, { masking, pieces, maskId, padId, seed: evaluationSeed, epoch: 0 });
		const maskedPositions = new Int32Array(scorer.shape.maskedRows);
		maskedPositions.set(batch.maskedPositions.subarray(0, batch.maskedCount));
		const probabilities = await scorer.score({ ...batch, maskedPositions }, model);
		const width = probabilities.length / scorer.shape.maskedRows;
		for (let at = 0; at < batch.maskedCount; at++) {
			const row = probabilities.subarray(at * width, (at + 1) * width);
			const own = row[batch.labels[at]!]!;
			loss -= Math.log(Math.max(own, 1e-30));
			right += row.every((value) => value <= own) ? 1 : 0;
		}
		tokens += batch.maskedCount;
	}
	if (tokens === 0) return { loss: null, top1: null, tokens, records: count };
	return { loss: loss / tokens, top1: right / tokens, tokens, records: count };
}

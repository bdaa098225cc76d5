import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gaussLegendre } from "../../../../sidecar/inference/inspect/quadrature.ts";
import { explainPrediction } from "../../../../sidecar/inference/inspect/saliency.ts";
import { inspectedRow } from "../../../../sidecar/inference/inspect/textTokens.ts";
import type { EncoderConfig } from "../../../../sidecar/model/config.ts";
import { tokenEmbeddingName } from "../../../../sidecar/model/names.ts";
import { closeTo } from "../../../support/closeTo.ts";
import { inspectedConfigs, inspectedModel, inspectedText, referenceRow } from "../../../support/inspectedModel.ts";
import { referenceLogits } from "../../../support/referenceEncoder.ts";
import { logSumExp } from "../../../support/referenceMath.ts";
import type { Tensors } from "../../../support/referenceReader.ts";

const cpu = { executionProvider: "cpu", threads: 1 } as const;

for (const [name, config] of Object.entries(inspectedConfigs)) {
	describe(name, () => {
		const { model, tokenizer, tensors } = inspectedModel(config);
		const row = inspectedRow(tokenizer, inspectedText.slice(0, 24), { range: undefined, longest: 128 });
		const position = 4;
		const target = row.ids[position]!;
		const line = referenceLine(config, tensors, { ids: row.ids, position, mask: tokenizer.special.mask });
		const logProbability = (rows: Float64Array): number => line.logProbability(rows, target);
		const at = (place: number): Float64Array => line.start.map((from, unit) => from + place * (line.end[unit]! - from));

		test("input times gradient is that of finite differences of the float64 reference", async () => {
			const saliency = await explainPrediction(model, row.ids, { position, ...cpu });
			assert.equal(saliency.target, target);
			closeTo([Math.log(saliency.judgement.probability)], [logProbability(line.end)], 1e-5);
			const expected = alongTokens(logProbability, { rows: line.end, direction: line.end, count: row.ids.length });
			closeTo(saliency.inputTimesGradient, expected, 1e-5);
		});

		test("integrated gradients are those of the float64 reference and sum to the difference", async () => {
			const saliency = await explainPrediction(model, row.ids, { position, ...cpu });
			const { difference, integratedGradients, points, missing } = saliency;
			closeTo([difference], [logProbability(line.end) - logProbability(line.start)], 1e-5);
			assert.ok(Math.abs(difference) > 0.05 && missing < 0.01, `${missing} of ${difference}`);
			const sum = integratedGradients.reduce((total, value) => total + value, 0);
			assert.ok(Math.abs(sum - difference) <= 0.01 * Math.abs(difference));
			const { places, weights } = gaussLegendre(points);
			const expected = new Float64Array(row.ids.length);
			const step = line.end.map((value, unit) => value - line.start[unit]!);
			for (let point = 0; point < points; point++) {
				const rows = at(places[point]!);
				alongTokens(logProbability, { rows, direction: step, count: row.ids.length }).forEach((value, token) => {
					expected[token]! += weights[point]! * value;
				});
			}
			closeTo(integratedGradients, expected, 1e-5);
		});
	});
}

test("another target than the true token can be explained", async () => {
	const { model, tokenizer } = inspectedModel(inspectedConfigs["BERT"]!);
	const row = inspectedRow(tokenizer, inspectedText.slice(0, 24), { range: undefined, longest: 128 });
	const own = await explainPrediction(model, row.ids, { position: 4, ...cpu });
	const other = own.judgement.ids.find((id) => id !== row.ids[4])!;
	const saliency = await explainPrediction(model, row.ids, { position: 4, target: other, ...cpu });
	assert.equal(saliency.target, other);
	assert.notDeepEqual(saliency.integratedGradients, own.integratedGradients);
});

test("an abort stops between two runs of the model", async () => {
	const { model, tokenizer } = inspectedModel(inspectedConfigs["BERT"]!);
	const row = inspectedRow(tokenizer, inspectedText, { range: undefined, longest: 128 });
	const abort = new AbortController();
	abort.abort();
	await assert.rejects(explainPrediction(model, row.ids, { position: 4, signal: abort.signal, ...cpu }), {
		name: "interrupted",
	});
});

test("the quadrature of n points integrates a polynomial of degree 2n - 1", () => {
	for (const count of [1, 2, 3, 8, 64, 256]) {
		const { places, weights } = gaussLegendre(count);
		const degree = Math.min(2 * count - 1, 40);
		const integral = places.reduce((sum, place, at) => sum + weights[at]! * place ** degree, 0);
		assert.ok(Math.abs(integral - 1 / (degree + 1)) < 1e-13, `${count} points`);
	}
});

/** The line from the baseline to the text in the space of token embeddings, and log p along it, in float64. */
function referenceLine(
	config: EncoderConfig,
	tensors: Tensors,
	{ ids, position, mask }: { ids: Int32Array; position: number; mask: number },
) {
	const { vocabularySize } = config;
	const name = tokenEmbeddingName(config);
	const table = tensors.get(name)!;
	const units = table.length / vocabularySize;
	const embed = (row: Int32Array): Float64Array =>
		Float64Array.from({ length: row.length * units }, (_, unit) => {
			return table[row[Math.floor(unit / units)]! * units + (unit % units)]!;
		});
	const masked = (hidden: (at: number) => boolean): Float64Array =>
		embed(ids.map((id, at) => (hidden(at) ? mask : id)));
	const logProbability = (rows: Float64Array, target: number): number => {
		// The rows stand behind the table, so that the decoder keeps its own.
		const longer = new Float64Array(table.length + rows.length);
		longer.set(table);
		longer.set(rows, table.length);
		const inputIds = Int32Array.from(ids.keys(), (at) => vocabularySize + at);
		const logits = referenceLogits(config, new Map(tensors).set(name, longer), referenceRow(inputIds));
		const width = logits.length / ids.length; // the decoder has more rows now, which are no tokens
		const row = logits.subarray(position * width, position * width + vocabularySize);
		return row[target]! - logSumExp(row);
	};
	const start = masked((at) => at > 0 && at < ids.length - 1);
	return { start, end: masked((at) => at === position), logProbability };
}

/** By token, the derivative of `of` at `rows` along the token's part of `direction`: gradient times direction, summed. */
function alongTokens(
	of: (rows: Float64Array) => number,
	{ rows, direction, count }: { rows: Float64Array; direction: Float64Array; count: number },
): Float64Array {
	const width = rows.length / count;
	const step = 1e-5;
	return Float64Array.from({ length: count }, (_, token) => {
		const moved = (by: number): Float64Array =>
			rows.map((value, unit) => value + (Math.floor(unit / width) === token ? by * direction[unit]! : 0));
		return (of(moved(step)) - of(moved(-step))) / (2 * step);
	});
}

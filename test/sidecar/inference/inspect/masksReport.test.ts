import assert from "node:assert/strict";
import { test } from "node:test";
import { collate } from "../../../../sidecar/data/collate.ts";
import { maskingSchema } from "../../../../sidecar/data/masking/config.ts";
import { packDocuments, withMarks } from "../../../../sidecar/data/packing.ts";
import { pieceTable } from "../../../../sidecar/data/pieces.ts";
import { marksOf } from "../../../../sidecar/data/tokenMarks.ts";
import type { MasksQuestion } from "../../../../sidecar/inference/inspect/masksQuestion.ts";
import { masksReport } from "../../../../sidecar/inference/inspect/masksReport.ts";
import { masksSchema } from "../../../../sidecar/protocol/inspect/masks.ts";
import { trainByteLevelBpe } from "../../../../sidecar/tokenizer/trainer.ts";
import { planBatches } from "../../../../sidecar/train/batches.ts";
import { inspectedConfigs, inspectedModel, inspectedText, referenceRow } from "../../../support/inspectedModel.ts";
import { referenceLogits } from "../../../support/referenceEncoder.ts";
import { logSumExp } from "../../../support/referenceMath.ts";

const { model, tokenizer, tensors } = inspectedModel(inspectedConfigs["ModernBERT"]!);
const masking = maskingSchema.parse({
	strategies: [{ name: "random" }, { name: "wholeWord" }, { name: "span" }, { name: "identifier" }],
	rate: 0.3,
});
const question: MasksQuestion = {
	text: inspectedText,
	recipe: "test",
	masking,
	objective: "maskedLm",
	causalShare: 0,
	packing: "isolated",
	sequenceLength: 32,
	seed: 7,
	epoch: 2,
	top: 3,
};

test("what is shown of a file is what the batches of a run hold, at the same seed, epoch and rows", async () => {
	const others = ["x = 1\n", "def other(a, b):\n    return a * b\n", "print(area(2, 3))\n"];
	const texts = [others[0]!, inspectedText, ...others.slice(1)];
	const rows = packDocuments(
		texts.map((text) => tokenizer.encode(text).ids),
		{ sequenceLength: 32, special: tokenizer.special },
	);
	const report = await masksReport(question, { model, asked: [], runRows: rows });
	assert.equal(report.placed, "run");
	const seen = new Map<number, { inputs: Int32Array; chosen: Map<number, number> }>();
	const plan = planBatches(rows.count, 3, question.seed);
	for (let step = 0; step < rows.count * 3; step++) {
		const { rows: indices, epochs } = plan.at(step);
		if (epochs.some((epoch) => epoch !== question.epoch)) continue;
		const batch = collate(rows, indices, {
			masking,
			pieces: pieceTable(tokenizer),
			maskId: tokenizer.special.mask,
			padId: tokenizer.special.pad,
			seed: question.seed,
			epoch: question.epoch,
		});
		indices.forEach((row, slot) => {
			const chosen = new Map<number, number>();
			for (let at = 0; at < batch.maskedCount; at++) {
				const position = batch.maskedPositions[at]! - slot * 32;
				if (position >= 0 && position < 32) chosen.set(position, batch.labels[at]!);
			}
			seen.set(row, { inputs: batch.inputIds.subarray(slot * 32, slot * 32 + 32), chosen });
		});
	}
	const stream = rows.count * 32 - rows.repeated;
	const start = tokenizer.encode(others[0]!).ids.length + 3; // behind its special tokens and our first
	let compared = 0;
	report.tokens.forEach((token, index) => {
		const at = start + index;
		assert.ok(at < stream);
		const place = at < (rows.count - 1) * 32 ? at % 32 : at - (rows.count - 1) * 32 + rows.repeated;
		const batch = seen.get(token.row);
		if (batch === undefined) return; // its row falls into a batch of two epochs
		compared++;
		const input = batch.inputs[place]!;
		assert.equal(token.action === "keep", !batch.chosen.has(place), `token ${index}`);
		if (token.action !== "keep") assert.equal(batch.chosen.get(place), token.id);
		const expected = { keep: token.id, same: token.id, mask: tokenizer.special.mask, random: input }[token.action];
		assert.equal(input, expected, `token ${index} is ${token.action}`);
	});
	assert.ok(compared > 60, `${compared} tokens`);
});

test("counts are those of the tokens shown, near the nominal rate and split", async () => {
	const text = Array.from({ length: 60 }, (_, line) => `size${line} = width * ${line}\n`).join("");
	const report = masksSchema.parse(await masksReport({ ...question, text }, { model, asked: [] }));
	const { counts, tokens, placed } = report;
	assert.equal(placed, "alone");
	assert.equal(counts.chosen, counts.mask + counts.random + counts.same);
	assert.equal(counts.chosen, tokens.filter(({ action }) => action !== "keep").length);
	assert.ok(Math.abs(counts.chosen / counts.maskable - 0.3) < 0.02);
	assert.ok(Math.abs(counts.mask / counts.chosen - 0.8) < 0.06 && counts.random > 0 && counts.same > 0);
	assert.deepEqual(Object.keys(counts.strategies).sort(), ["identifier", "random", "span", "wholeWord"]);
	assert.deepEqual(tokens.map(({ start, end }) => text.slice(start, end)).join(""), text);
	const part = await masksReport({ ...question, text, range: { start: 40, end: 90 } }, { model, asked: [] });
	assert.deepEqual(
		part.tokens,
		tokens.filter(({ start, end }) => end > 40 && start < 90),
	);
	const next = await masksReport({ ...question, text, epoch: 3 }, { model, asked: [] });
	assert.notDeepEqual(next.tokens, tokens);
});

test("what a model expects is what the float64 reference says of the masked row", async () => {
	const text = inspectedText.slice(0, 40);
	const asked = [{ name: "tiny", model }];
	const report = masksSchema.parse(await masksReport({ ...question, sequenceLength: 64, text }, { model, asked }));
	const ids = Int32Array.of(
		tokenizer.special.cls,
		...report.tokens.map(({ id, action, shown }) => {
			if (action === "mask") return tokenizer.special.mask;
			return shown === null
				? id
				: [...Array(tokenizer.vocabularySize).keys()].find(
						(other) => !tokenizer.specialIds.has(other) && tokenizer.tokenText(other) === shown,
					)!;
		}),
		tokenizer.special.sep,
	);
	const logits = referenceLogits(model.config, tensors, referenceRow(ids));
	const size = model.config.vocabularySize;
	let loss = 0;
	let chosen = 0;
	report.tokens.forEach((token, index) => {
		assert.equal(token.prediction === undefined, token.action === "keep");
		if (token.prediction === undefined) return;
		const row = logits.subarray((index + 1) * size, (index + 2) * size);
		const expected = logSumExp(row) - row[token.id]!;
		assert.ok(Math.abs(token.prediction.loss - expected) < 1e-4, `token ${index}`);
		assert.equal(token.prediction.rank, 1 + row.filter((value) => value > row[token.id]!).length);
		assert.equal(token.prediction.expected.length, 3);
		loss += expected;
		chosen++;
	});
	assert.ok(chosen > 3);
	assert.ok(Math.abs(report.models[0]!.loss! - loss / chosen) < 1e-4);
});

test("two models stand side by side, and one of another tokenizer is refused", async () => {
	const other = inspectedModel(model.config, { seed: 9 }).model;
	const asked = [
		{ name: "one", model },
		{ name: "other", model: other },
	];
	const report = masksSchema.parse(await masksReport(question, { model, asked }));
	assert.deepEqual(
		report.models.map(({ model: name }) => name),
		["one", "other"],
	);
	const both = report.tokens.filter(({ action }) => action !== "keep");
	assert.ok(both.every(({ prediction, compared }) => prediction !== undefined && compared !== undefined));
	assert.ok(both.some(({ prediction, compared }) => prediction!.probability !== compared!.probability));
	const foreign = {
		...other,
		tokenizer: trainByteLevelBpe(["quite another text"], { vocabularySize: 268, minFrequency: 1 }),
	};
	await assert.rejects(masksReport(question, { model, asked: [{ name: "foreign", model: foreign }] }), {
		name: "modelInvalid",
		message: /foreign cuts text into other tokens/,
	});
});

test("rows longer than the model holds are shown, and it is not asked about them", async () => {
	const long = { ...question, sequenceLength: 256 };
	assert.equal(
		(await masksReport(long, { model, asked: [] })).tokens.length,
		tokenizer.encode(inspectedText).ids.length,
	);
	await assert.rejects(masksReport(long, { model, asked: [{ name: "tiny", model }] }), { name: "tooLong" });
});

test("masks by syntax and by data flow are those of a run's rows, with or without the run's marks", async () => {
	const encoding = tokenizer.encode(inspectedText);
	const special = tokenizer.special;
	const rows = packDocuments([encoding.ids], { sequenceLength: 32, special });
	assert.ok(rows.repeated > 0, "the last row repeats tokens, whose marks count as well");
	const marked = withMarks(rows, [await marksOf({ path: "area.py", text: inspectedText }, encoding)], packDocuments);
	for (const name of ["syntax", "dataflow"] as const) {
		const one = { ...question, path: "area.py", masking: maskingSchema.parse({ strategies: [{ name }], rate: 0.3 }) };
		const told = async (runRows?: typeof rows, path: string | undefined = one.path) =>
			(await masksReport({ ...one, path }, { model, asked: [], runRows })).tokens.map(({ action }) => action);
		const expected = await told(marked);
		assert.deepEqual(await told(rows), expected);
		assert.deepEqual(await told(), expected);
		assert.notDeepEqual(await told(undefined, "area.unknown"), expected);
	}
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { collateGraph, graphMaskedCapacity } from "../../../../sidecar/data/graph/collateGraph.ts";
import { graphExamplesOf } from "../../../../sidecar/data/graph/graphExamples.ts";
import { graphRowsOf } from "../../../../sidecar/data/graph/graphRows.ts";
import { maskingSchema } from "../../../../sidecar/data/masking/config.ts";
import { pieceTable } from "../../../../sidecar/data/pieces.ts";
import { nodePositions } from "../../../../sidecar/inference/graphEncoder.ts";
import type { MasksQuestion } from "../../../../sidecar/inference/inspect/masksQuestion.ts";
import { masksReport } from "../../../../sidecar/inference/inspect/masksReport.ts";
import { masksSchema } from "../../../../sidecar/protocol/inspect/masks.ts";
import { planBatches } from "../../../../sidecar/train/batches.ts";
import { inspectedConfigs, inspectedModel } from "../../../support/inspectedModel.ts";

const text = `"""A module."""

class Box:
    def area(self, width, height):
        """The size of a box.

        It is never negative."""
        # a note within the code
        size = width * height  # width by height

        return size

def volume(width, height, depth):
    base = area(width, height)
    return base * depth
`;
const other = `def first(values, start):
    total = start
    for value in values:
        total = total + value
    return total
`;
const { model, tokenizer } = inspectedModel(inspectedConfigs["RoBERTa"]!);
const open = { executionProvider: "cpu", threads: 1 } as const;
const shape = { textLength: 120, nodes: 12, commentTokens: 16 };
const masking = maskingSchema.parse({ rate: 0.3 });
const structure = { edges: 0.2, alignments: 0.2 };
const question: MasksQuestion = {
	text,
	path: "box.py",
	recipe: "test",
	masking,
	objective: "graphCodeBert",
	causalShare: 0,
	packing: "isolated",
	sequenceLength: shape.textLength + shape.nodes,
	graph: { shape, attention: "graph", structure },
	seed: 7,
	epoch: 2,
	top: 3,
};

/** The rows of a run on two files, in their order. */
async function runRows() {
	const seen = new Set<string>();
	const all = [];
	for (const [path, file] of [["first.py", other] as const, ["box.py", text] as const])
		for (const { example } of await graphExamplesOf({ path, text: file }, { tokenizer, shape, seen }))
			all.push(example);
	return graphRowsOf(all, shape);
}

test("what is shown of functions is what the batches of a run hold, at the same seed, epoch and rows", async () => {
	const rows = await runRows();
	assert.equal(rows.count, 3);
	const report = masksSchema.parse(await masksReport(question, { model, asked: [], runGraphRows: rows }));
	assert.equal(report.placed, "run");
	assert.deepEqual(
		report.functions!.map(({ symbol, row }) => [symbol, row]),
		[
			["Box.area", 1],
			["volume", 2],
		],
	);
	const length = shape.textLength + shape.nodes;
	const told = new Map<number, { id: number; input: number; text: string }[]>();
	const plan = planBatches(rows.count, 1, question.seed);
	for (let step = 0; step < rows.count * 4; step++) {
		const { rows: indices, epochs } = plan.at(step);
		if (epochs[0] !== question.epoch) continue;
		const batch = collateGraph(rows, indices, {
			masking,
			pieces: pieceTable(tokenizer),
			maskId: tokenizer.special.mask,
			padId: tokenizer.special.pad,
			attention: "graph",
			structure,
			seed: question.seed,
			epoch: question.epoch,
			...nodePositions(model.config),
		});
		assert.ok(batch.maskedPositions.length <= graphMaskedCapacity(1, shape.textLength, masking));
		const chosen = Array.from(batch.maskedPositions.entries())
			.filter(([index]) => batch.weights[index]! > 0)
			.map(([index, position]) => ({
				id: batch.labels[index]!,
				input: batch.inputIds[position % length]!,
				text: tokenizer.tokenText(batch.labels[index]!).trim(),
			}));
		told.set(indices[0]!, chosen);
		const variables = report.functions!.find(({ row }) => row === indices[0])?.variables;
		variables?.forEach(({ edgesHidden, linksHidden, sources }, node) => {
			const from = node * shape.textLength;
			const linked = batch.links.subarray(from, from + shape.textLength).some((one) => one === 1);
			assert.equal(linked, !linksHidden, "a variable whose links are hidden sees no token");
			const seen = sources.filter((source) => batch.edges[node * shape.nodes + source] === 1);
			const hidden = sources.filter((source) => edgesHidden || variables[source]!.edgesHidden);
			assert.equal(seen.length, sources.length - hidden.length);
		});
	}
	for (const row of [1, 2]) {
		const expected = told.get(row)!;
		const shown = report.tokens.filter((token) => token.row === row && token.action !== "keep");
		const inputOf = ({ action, id }: (typeof shown)[number], input: number): number =>
			({ keep: id, same: id, mask: tokenizer.special.mask, random: input })[action];
		const key = ({ id, input }: { id: number; input: number }) => `${id} ${input}`;
		const left = expected.map(key);
		for (const token of shown) {
			const match = expected.find((one) => one.id === token.id && inputOf(token, one.input) === one.input);
			assert.ok(match !== undefined, `${text.slice(token.start, token.end)} is ${token.action}`);
			assert.ok(text.slice(token.start, token.end).includes(match.text), `${match.text} stands elsewhere`);
			left.splice(left.indexOf(key(match)), 1);
		}
		assert.deepEqual(left, [], "every masked token is shown");
	}
});

test("tokens stand where their text does in the file: in the comment and in the code, not in what was taken out", async () => {
	const report = await masksReport(question, { model, asked: [] });
	assert.equal(report.placed, "alone");
	let visible = 0;
	for (const { id, start, end } of report.tokens) {
		const own = tokenizer.tokenText(id).trim();
		if (own === "") continue;
		visible++;
		assert.equal(text.slice(start, end), own);
	}
	assert.ok(visible > 60, `${visible} tokens`);
	const covered = new Set(
		report.tokens.flatMap(({ start, end }) => [...Array(end - start).keys()].map((at) => start + at)),
	);
	assert.ok(covered.has(text.indexOf("The size")), "the comment is a part of the row");
	for (const out of ["a note within", "width by height", "A module", "class Box"])
		assert.ok(!covered.has(text.indexOf(out)), `${out} is in no row`);
	const [area] = report.functions!;
	assert.deepEqual(
		area!.variables.map(({ start, end }) => text.slice(start, end).trim()),
		["width", "height", "size", "width", "height", "size"],
	);
	assert.deepEqual([area!.commentTokens, area!.cut], [16, false]);
	const part = await masksReport(
		{ ...question, range: { start: text.indexOf("def volume"), end: text.length } },
		{ model, asked: [] },
	);
	assert.deepEqual(
		part.functions!.map(({ symbol }) => symbol),
		["volume"],
	);
	assert.deepEqual(
		part.tokens,
		report.tokens.filter(({ end }) => end > text.indexOf("def volume")),
	);
});

test("the model is asked with the data flow of the row, and one that has no rows for variables is refused", async () => {
	const second = inspectedModel(model.config, { seed: 9 }).model;
	const asked = [
		{ name: "one", model },
		{ name: "two", model: second },
	];
	const report = masksSchema.parse(await masksReport(question, { model, asked, open }));
	const chosen = report.tokens.filter(({ action }) => action !== "keep");
	assert.ok(chosen.length > 20);
	assert.ok(chosen.every(({ prediction, compared }) => prediction !== undefined && compared !== undefined));
	assert.ok(chosen.some(({ prediction, compared }) => prediction!.probability !== compared!.probability));
	assert.ok(report.models.every(({ loss }) => loss! > 0));
	const plain = inspectedModel(inspectedConfigs["ModernBERT"]!).model;
	await assert.rejects(masksReport(question, { model: plain, asked: [{ name: "plain", model: plain }], open }), {
		name: "usage",
	});
});

test("a file without functions and one of an unknown language have no rows; code search masks nothing", async () => {
	for (const changes of [{ text: "x = 1\n" }, { path: "box.unknown" }]) {
		const report = masksSchema.parse(await masksReport({ ...question, ...changes }, { model, asked: [], open }));
		assert.deepEqual([report.tokens, report.functions], [[], []]);
	}
	const none = masksSchema.parse(
		await masksReport({ ...question, objective: "codeSearch", masking: null }, { model, asked: [] }),
	);
	assert.equal(none.objective, "codeSearch");
	assert.ok(none.tokens.length > 50 && none.tokens.every(({ action }) => action === "keep"));
});

/** What the masking inspector tells of a file, beside the batches of a run of each recipe on that file. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { answerMasks } from "../../../sidecar/compute/inspectAnswers.ts";
import type { Document } from "../../../sidecar/data/document.ts";
import { pieceTable } from "../../../sidecar/data/pieces.ts";
import { hashOf } from "../../../sidecar/data/readers/intake.ts";
import { readDocuments } from "../../../sidecar/data/readers/readers.ts";
import { masksQuestion } from "../../../sidecar/jobs/masksQuestion.ts";
import { type MasksReport, masksParams, masksSchema } from "../../../sidecar/protocol/inspect/masks.ts";
import { recipes } from "../../../sidecar/recipes/recipes.ts";
import { planBatches } from "../../../sidecar/train/batches.ts";
import { saveCorpus } from "../../../sidecar/train/corpusFile.ts";
import { phaseRecipes } from "../../../sidecar/train/phaseRecipes.ts";
import type { Recipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { taskOf } from "../../../sidecar/train/tasks/tasks.ts";
import { inspectedConfigs, inspectedModel, inspectedText, referenceRow } from "../../support/inspectedModel.ts";
import { referenceLogits } from "../../support/referenceEncoder.ts";
import { logSumExp } from "../../support/referenceMath.ts";

const { model, tokenizer, tensors } = inspectedModel(inspectedConfigs["ModernBERT"]!);
const asked = { name: "tiny", model, open: { executionProvider: "cpu", threads: 1 } } as const;
const folder = mkdtempSync(join(tmpdir(), "maskwright-masks-"));
after(() => rmSync(folder, { recursive: true }));

const documented = `def area(width, height):
    """Says how large a field of these sides is."""
    return width * height

def volume(width, height, depth):
    """Says how much a box of these sides holds."""
    return area(width, height) * depth
`;
const rows = (make: (at: number) => object) =>
	Array.from({ length: 6 }, (_, at) => JSON.stringify(make(at))).join("\n");

/** A file that each reader reads; plain text is a page of code with idioms that come again. */
const files: Readonly<Record<string, { readonly path: string; readonly text: string }>> = {
	text: { path: "area.py", text: Array.from({ length: 24 }, () => inspectedText).join("\n") },
	labelled: {
		path: "notes.jsonl",
		text: rows((at) => ({ text: `width ${at} * height`, label: at % 2 ? "area" : "size" })),
	},
	pairs: { path: "pairs.jsonl", text: rows((at) => ({ target: `return area ${at}`, binder: `width * height ${at}` })) },
	documented: { path: "documented.py", text: documented },
};

async function report(recipe: string, more: Partial<{ path: string; text: string; range: object }> = {}) {
	const read = recipes.get(recipe)?.recipe.data.reader?.name ?? "text";
	const params = masksParams.parse({ ...files[read]!, recipe, ...more });
	return masksSchema.parse(await answerMasks(asked, masksQuestion(params, folder), new AbortController().signal));
}

/** Each row of a first epoch as the run's own task feeds it to the encoder, with one row in a batch. */
async function runOn(recipe: Recipe): Promise<Map<number, Int32Array>> {
	const read = recipe.data.reader?.name ?? "text";
	const { path, text } = files[read]!;
	const file = join(folder, path);
	writeFileSync(file, text);
	const alone: Document = { path, language: "Python", text, hash: hashOf(text) };
	const documents =
		read === "text"
			? [alone]
			: (await readDocuments(read === "documented" ? folder : file, recipe.data.reader!)).documents;
	const { sequenceLength } = recipe.data;
	const parts = "microBatchTokens" in recipe.train ? [`train.microBatchTokens=${sequenceLength}`] : [];
	const small = applyOverrides(recipe, [`train.batchTokens=${sequenceLength}`, ...parts]);
	const single = phaseRecipes(small).at(-1)!.recipe;
	const task = taskOf(single);
	const tools = { tokenizer, corpus: file, signal: undefined, start: undefined, onEncoded: () => {} };
	const examples = await task.prepare({ train: documents, heldOut: documents }, tools);
	const facts = { heldOut: examples.train, files: 1, heldOutFiles: 1, leftOut: [] };
	const corpus = { ...examples, ...facts, tokenizer, pieces: pieceTable(tokenizer) };
	const steps = task.steps({ ...model.config, maxPositions: sequenceLength }, corpus);
	const plan = planBatches(corpus.train.count, 1, recipe.train.seed);
	return new Map(
		Array.from({ length: corpus.train.count }, (_, step) => {
			const ids = steps.batch(step).feeds(0, 1)["input_ids"]!.data as Int32Array;
			return [plan.at(step).rows[0]!, ids.filter((id) => id < model.config.vocabularySize && !outside.has(id))];
		}),
	);
}

const { cls, sep, pad, mask } = tokenizer.special;
const outside = new Set([cls, sep, pad]);

/** What the encoder sees of each row by a report; a random token by its text. */
function seenBy({ tokens }: MasksReport): Map<number, (number | string)[]> {
	const seen = new Map<number, (number | string)[]>();
	for (const { id, action, shown, row, joined } of tokens) {
		const ofRow = seen.get(row) ?? [];
		seen.set(row, ofRow);
		if (joined !== true && !outside.has(id)) ofRow.push(action === "mask" ? mask : action === "random" ? shown! : id);
	}
	return seen;
}

const masking = [...recipes.values()].map(({ recipe }) => recipe).filter((recipe) => "masking" in recipe);

for (const recipe of masking) {
	if (recipe.objective.name === "graphCodeBert") continue; // graphMasks.test.ts has its rows
	test(`what is told of ${recipe.name} is what its own run feeds to the encoder`, async () => {
		const told = await report(recipe.name);
		assert.equal(told.unread, null);
		const [seen, run] = [seenBy(told), await runOn(recipe)];
		assert.deepEqual([...seen.keys()].sort(), [...run.keys()].sort());
		for (const [row, ids] of run) {
			const own = seen.get(row)!;
			// The last row may begin with tokens of the row before, which are told as that one has them.
			const before = row === run.size - 1 && told.repeated > 0 ? ids.length - own.length : 0;
			assert.equal(own.length, ids.length - before, `row ${row}`);
			own.forEach((token, at) => {
				const id = ids[before + at]!;
				const fed = typeof token === "string" ? tokenizer.tokenText(id) : id;
				assert.equal(fed, token, `token ${at} of row ${row}`);
			});
		}
		assert.ok(told.counts.chosen > 0 && told.counts.mask > 0);
	});
}

test("the recipes that mask nothing say so, and no others", async () => {
	const unmasked = [...recipes.values()].filter(({ recipe }) => !("masking" in recipe));
	for (const { recipe } of unmasked) {
		const { counts, objective } = await report(recipe.name);
		assert.deepEqual([counts.chosen, objective], [0, "codeSearch"]);
	}
	assert.deepEqual(
		unmasked.map(({ recipe }) => recipe.name),
		["code-search", "starbucks-search"],
	);
});

test("records are told as their rows have them: the answer masked whole, the mark between two texts by its name", async () => {
	const { records, tokens, placed } = await report("instruct");
	const { text, list } = records!;
	assert.deepEqual([list.length, list[2]!.line, list[2]!.name, placed], [6, 3, "notes.jsonl:3", "alone"]);
	assert.match(
		text.slice(list[1]!.start, list[1]!.end),
		/^Choose the option that fits the text\.\nwidth 1 \* height\n- A: \w+\n- B: \w+\nAnswer: [AB]$/,
	);
	const hidden = tokens.filter(({ action }) => action !== "keep").map(({ start, end }) => text.slice(start, end));
	assert.deepEqual(
		hidden.map((answer) => /^ ?[AB]$/.test(answer)),
		Array(6).fill(true),
	);
	const pairs = await report("lem-para");
	assert.match(pairs.records!.text, /^Says how large a field of these sides is\.<\/s>def area/);
	assert.deepEqual(
		pairs.records!.list.map(({ line }) => line),
		[1, 5],
	);
	const range = { start: documented.indexOf("def volume"), end: documented.indexOf("def volume") + 5 };
	const { tokens: part, records: whole } = await report("lem-para", { range });
	assert.ok(part.length > 0 && part.every(({ start }) => start >= whole!.list[1]!.start));
});

test("a file that the recipe cannot read gives the reason, and where it is wrong", async () => {
	const code = { path: "area.py", text: inspectedText };
	assert.match((await report("instruct", code)).unread!, /^instruct reads texts with labels .+ area\.py is none\./);
	assert.match((await report("pepmlm", code)).unread!, /^pepmlm reads pairs of texts .+ area\.py is none\./);
	assert.match((await report("lem-para", code)).unread!, /functions with their documentation, and area\.py has none\./);
	const broken = { path: "notes.jsonl", text: '{"text": "a", "label": "b"}\n{"text": "a", "label": }\n' };
	const { unread, tokens, counts } = await report("instruct", broken);
	assert.match(unread!, /notes\.jsonl, line 2, column 24: this is not JSON/);
	assert.deepEqual([tokens, counts.chosen], [[], 0]);
});

test("an n-gram under one mask is told as one, and a recipe's unmasked phases by their share", async () => {
	const { tokens, records, causalShare } = await report("ernie-gram");
	const joined = tokens.filter((token) => token.joined === true);
	assert.ok(joined.length > 0 && joined.every(({ action, strategy }) => action === "mask" && strategy === "ngram"));
	assert.deepEqual([records, causalShare], [null, 0]);
	const { causalShare: first, counts, strategies } = await report("biphasic");
	assert.deepEqual([first, strategies], [0.25, ["random"]]);
	assert.ok(counts.chosen > 0);
});

test("records that the model's run has are told in its rows; what it held out is in none, and is not masked", async () => {
	const { recipe } = recipes.get("instruct")!;
	const { path, text } = files["labelled"]!;
	const { documents } = await readDocuments(path, recipe.data.reader!, { content: text });
	const tools = { tokenizer, corpus: path, signal: undefined, start: undefined, onEncoded: () => {} };
	const train = [...documents.slice(3), documents[0]!];
	const examples = await taskOf(recipe).prepare({ train, heldOut: documents.slice(1, 3) }, tools);
	const run = join(folder, "run");
	mkdirSync(run);
	const facts = { heldOut: examples.train, files: 1, heldOutFiles: 1, leftOut: [] };
	saveCorpus(run, { ...examples, ...facts, tokenizer, pieces: pieceTable(tokenizer) });
	const question = masksQuestion(masksParams.parse({ path, text, recipe: "instruct" }), folder);
	const { records, tokens, placed } = await answerMasks(asked, { ...question, run }, new AbortController().signal);
	assert.equal(placed, "run");
	assert.deepEqual(
		records!.list.map(({ row }) => row),
		[3, null, null, 0, 1, 2],
	);
	const masked = tokens.filter(({ action }) => action === "mask").map(({ row }) => row);
	assert.deepEqual(masked, [3, 0, 1, 2]);
});

test("asked about masks of n-grams, a model sees one mask for each, as the float64 reference does", async () => {
	const text = Array.from({ length: 4 }, () => inspectedText).join("\n");
	const params = masksParams.parse({ text, path: "area.py", recipe: "ernie-gram", predict: true });
	const question = { ...masksQuestion(params, folder), sequenceLength: 64 };
	const { tokens, models, counts } = await answerMasks(asked, question, new AbortController().signal);
	const first = tokens.filter(({ row }) => row === 0);
	const ids = first.flatMap(({ id, action, joined }) => (joined ? [] : [action === "mask" ? mask : id]));
	const logits = referenceLogits(model.config, tensors, referenceRow(Int32Array.of(cls, ...ids)));
	const size = model.config.vocabularySize;
	let [at, judged, whole] = [0, 0, 0];
	for (const [index, { id, action, joined, prediction }] of first.entries()) {
		if (joined) continue;
		at++;
		const hidesMore = first[index + 1]?.joined === true;
		assert.equal(prediction === undefined, action === "keep" || hidesMore, "it has learned no n-grams");
		if (hidesMore) whole++;
		if (prediction === undefined) continue;
		judged++;
		const row = logits.subarray(at * size, (at + 1) * size);
		assert.ok(Math.abs(prediction.loss - (logSumExp(row) - row[id]!)) < 1e-4, `token ${index}`);
	}
	assert.ok(judged > 2 && whole > 0, `${judged} tokens and ${whole} n-grams`);
	assert.ok(models[0]!.loss! > 0 && counts.chosen > judged);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { runTraining } from "../../../sidecar/compute/runTraining.ts";
import { openEmbedder } from "../../../sidecar/inference/embedder.ts";
import { fill } from "../../../sidecar/inference/fill.ts";
import { seeAttention } from "../../../sidecar/inference/inspect/attention.ts";
import { suspicionReport } from "../../../sidecar/inference/inspect/suspicion.ts";
import { openModel } from "../../../sidecar/inference/loadedModel.ts";
import { importModel } from "../../../sidecar/interop/importModel.ts";
import { fromHuggingFaceConfig } from "../../../sidecar/model/huggingFace.ts";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import type { ImportReport } from "../../../sidecar/protocol/outputs.ts";
import { recipes } from "../../../sidecar/recipes/recipes.ts";
import { loadModel } from "../../../sidecar/store/modelFolder.ts";
import { listModels } from "../../../sidecar/store/models.ts";
import { readRunRecipe } from "../../../sidecar/store/runs.ts";
import type { HostTensor } from "../../../sidecar/store/safetensors.ts";
import { parseRecipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides, applyResumeOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { closeTo } from "../../support/closeTo.ts";
import { type CheckpointName, checkpointNames, writeHuggingFaceFolder } from "../../support/huggingFaceFolder.ts";
import { referenceRow } from "../../support/inspectedModel.ts";
import { referenceDetector } from "../../support/referenceDetector.ts";
import { referenceAttention, referenceHidden, referenceLogits } from "../../support/referenceEncoder.ts";
import { logSumExp } from "../../support/referenceMath.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { lossesOf } from "../../support/tinyRun.ts";
import { writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const cpu = { executionProvider: "cpu", threads: 1 } as const;

/** What is expected of each, beside what all have in common. */
const expected: Readonly<
	Record<CheckpointName, { architecture: string; head: boolean; detects?: true; notes: readonly RegExp[] }>
> = {
	"google-bert/bert-base-uncased": { architecture: "bert", head: true, notes: [/cls\.seq_relationship, pooler/] },
	"FacebookAI/roberta-base": { architecture: "roberta", head: true, notes: [] },
	"microsoft/codebert-base-mlm": {
		architecture: "roberta",
		head: true,
		notes: [/pooler/, /lm_head\.decoder\.weight differs/],
	},
	"microsoft/graphcodebert-base": { architecture: "roberta", head: true, notes: [/pooler/] },
	"microsoft/unixcoder-base": { architecture: "roberta", head: false, notes: [/no masked-LM head/, /pooler/] },
	"distilbert/distilbert-base-uncased": {
		architecture: "distilbert",
		head: true,
		notes: [/vocab_projector\.weight differs/],
	},
	"google/electra-small-generator": {
		architecture: "electra",
		head: true,
		notes: [/generator_lm_head\.weight differs/],
	},
	"google/electra-small-discriminator": {
		architecture: "electra",
		head: false,
		detects: true,
		notes: [/discriminator/],
	},
	"microsoft/deberta-v3-small": {
		architecture: "deberta-v2",
		head: false,
		notes: [/discriminator of a DeBERTa-v3/, /5 rows/],
	},
	"answerdotai/ModernBERT-base": { architecture: "modernbert", head: true, notes: [/5 rows/] },
};

for (const name of checkpointNames) {
	test(`${name}, shrunk, is taken in as it lies on the hub, computes its reference, fills, embeds and trains on`, async (context) => {
		const home = temporaryFolder(context);
		useUserFolder(context, home);
		const source = join(home, "source", name);
		const written = writeHuggingFaceFolder(source, name);
		const report = await importModel({ folder: source });
		const { architecture, head, detects = false, notes } = expected[name];
		assert.equal(report.name, name.split("/")[1]);
		assert.deepEqual(
			[report.architecture, report.maxTokens, report.maskedLmHead, report.roles],
			[architecture, 64, head, [...(head ? ["completion"] : detects ? ["detection"] : []), "search"]],
		);
		assert.equal(report.notes.length, notes.length + 1, report.notes.join("\n"));
		for (const [index, note] of notes.entries()) assert.match(report.notes[index]!, note);
		assert.equal(listModels({ home }).find(({ path }) => path === report.path)?.bytes, report.bytes);

		const config = fromHuggingFaceConfig(loadModel(report.path).config);
		const tensors = referenceTensors(written, name);
		const model = openModel(report.path, cpu);
		context.after(() => model.release());
		const { cls, sep } = model.tokenizer.special;
		const ids = Int32Array.of(cls, ...model.tokenizer.encode("def total(left):").ids, sep);
		const row = referenceRow(ids);
		const embedder = await openEmbedder(report.path, cpu);
		const vector = await embedder.embed("code", ["def total(left):"]);
		await embedder.release();
		closeTo(vector, meanOfUnits(referenceHidden(config, tensors, row), config.hiddenSize), 1e-4);

		const inspectedRow = { ids, starts: ids, ends: ids, texts: [], special: [] };
		const wish = { matrices: [{ layer: 1, head: 1 }], rollouts: [], thumbnails: false, pairs: [] };
		const { matrices } = await seeAttention(model, inspectedRow, { wish, ...cpu });
		const looked = referenceAttention(config, tensors, row)[1]![1]!;
		closeTo(matrices[0]!, looked, 1e-5);
		if (detects) {
			const text = "def total(left):";
			const report = await suspicionReport({ name, model, open: cpu }, { text, threshold: 0 });
			const inOrder = report.tokens.toSorted((a, b) => a.start - b.start).map(({ probability }) => probability);
			closeTo(inOrder, referenceDetector(config, tensors, row).subarray(1, -1), 1e-5);
		}
		if (head) {
			const scorer = await model.scorer({ rows: 1, sequenceLength: ids.length, maskedRows: ids.length });
			const everywhere = Int32Array.from(ids.keys());
			const inputs = { inputIds: ids, segments: row.segments, positions: row.positions, maskedPositions: everywhere };
			const scores = await scorer.score(inputs);
			closeTo(scores.map(Math.log), logSoftmax(referenceLogits(config, tensors, row), config.vocabularySize), 1e-4);
			const { masks } = await fill(model, `def ${model.tokenizer.maskToken}(left):`);
			assert.equal(masks.length, 1);
			assert.ok(masks[0]!.candidates.length > 0);
		} else {
			await assert.rejects(fill(model, `def ${model.tokenizer.maskToken}(left):`), (error) =>
				isError(error, "modelInvalid"),
			);
		}
		await trainTwoStepsAndResume(home, report);
	});
}

/** The checkpoint's tensors as its own class names them today. */
function referenceTensors(written: ReadonlyMap<string, HostTensor>, name: CheckpointName): Map<string, Float64Array> {
	const tensors = new Map<string, Float64Array>();
	for (const [key, { data }] of written) {
		if (data instanceof BigInt64Array) continue;
		const today = key.replace(/gamma$/, "weight").replace(/beta$/, "bias");
		tensors.set(name === "microsoft/unixcoder-base" ? `roberta.${today}` : today, Float64Array.from(data));
	}
	return tensors;
}

function logSoftmax(logits: Float64Array, width: number): Float64Array {
	const rows = logits.slice();
	for (let start = 0; start < rows.length; start += width) {
		const row = rows.subarray(start, start + width);
		const total = logSumExp(row);
		for (let at = 0; at < width; at++) row[at]! -= total;
	}
	return rows;
}

/** The mean of hidden rows, scaled to length 1. */
function meanOfUnits(hidden: Float64Array, width: number): Float64Array {
	const mean = new Float64Array(width);
	hidden.forEach((value, at) => {
		mean[at % width]! += value;
	});
	const length = Math.hypot(...mean);
	return mean.map((value) => value / length);
}

/** Two steps of masked language modelling on from the model, then two more after a stop. */
async function trainTwoStepsAndResume(home: string, { path }: ImportReport): Promise<void> {
	const corpus = join(home, "corpus");
	writeTinyCorpus(corpus, 6);
	const recipe = applyOverrides(recipes.get("code-mlm-small")!.recipe, [
		...["data.sequenceLength=32", "train.batchTokens=64", "evaluation.rows=2", "evaluation.finalRows=2"],
		...['train.budget={"steps":2}', "checkpoint.everySteps=1", "optimizer.kind=adamw"],
	]);
	const out = join(home, "run");
	const events: TrainingEvent[] = [];
	const never = new AbortController().signal;
	const host = {
		emit: (event: TrainingEvent) => void events.push(event),
		preparing: () => undefined,
		finishing: () => undefined,
		warn: assert.fail,
		pause: never,
		finish: never,
	};
	const compute = { device: "cpu", threads: 1 } as const;
	await runTraining({ kind: "train", corpus, recipe, from: path, out, ...compute }, host);
	const longer = applyResumeOverrides(parseRecipe(readRunRecipe(out)), ['train.budget={"steps":4}']);
	await runTraining({ kind: "resume", run: out, recipe: longer, ...compute }, host);
	const losses = lossesOf(events);
	assert.equal(losses.length, 4);
	assert.ok(losses.every((loss) => Number.isFinite(loss)));
	const [before, after] = [path, join(out, "model")].map((folder) => loadModel(folder));
	const { vocab_size: rows } = before!.config as { vocab_size: number };
	assert.equal((after!.config as { vocab_size: number }).vocab_size, rows);
	for (const [name, { shape }] of before!.tensors) {
		// A detector that was not trained on with its encoder stays behind.
		if (name.startsWith("discriminator_predictions.")) assert.ok(!after!.tensors.has(name));
		else assert.deepEqual(after!.tensors.get(name)?.shape, shape, name);
	}
}

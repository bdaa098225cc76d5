import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom } from "../../../../sidecar/base/random.ts";
import { loadStart } from "../../../../sidecar/compute/startingModel.ts";
import { suspicionReport } from "../../../../sidecar/inference/inspect/suspicion.ts";
import { openModel } from "../../../../sidecar/inference/loadedModel.ts";
import { exportModel } from "../../../../sidecar/interop/export/exportModel.ts";
import { importModel } from "../../../../sidecar/interop/importModel.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../../../sidecar/model/config.ts";
import { detectorSpecs } from "../../../../sidecar/model/detector.ts";
import { toHuggingFaceConfig } from "../../../../sidecar/model/huggingFace.ts";
import { parameterSpecs } from "../../../../sidecar/model/parameters.ts";
import { saveModel } from "../../../../sidecar/store/modelFolder.ts";
import { decodeSafetensors, type HostTensor } from "../../../../sidecar/store/safetensors.ts";
import { trainByteLevelBpe } from "../../../../sidecar/tokenizer/trainer.ts";
import { callCli } from "../../../support/callCli.ts";
import { closeTo } from "../../../support/closeTo.ts";
import { checkpoints } from "../../../support/huggingFaceCheckpoints.ts";
import { referenceRow } from "../../../support/inspectedModel.ts";
import { referenceDetector } from "../../../support/referenceDetector.ts";
import { openOnnx, runOnnx } from "../../../support/runOnnx.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";
import { useUserFolder } from "../../../support/userFolder.ts";

const text = "def load(path):\n    return path\n";
const tokenizer = trainByteLevelBpe([text], { vocabularySize: 270, minFrequency: 1 });
const cpu = { executionProvider: "cpu", threads: 1 } as const;
const tokens = tokenizer.encode(text).ids;
const row = Int32Array.of(tokenizer.special.cls, ...tokens, tokenizer.special.sep);

/** A detector of random weights in a model folder, and its tensors. */
function writeDetector(folder: string, change: Record<string, unknown>, { predicts = false } = {}) {
	const config = encoderConfigSchema.parse({
		layers: 2,
		hiddenSize: 16,
		heads: 2,
		intermediateSize: 24,
		maxPositions: 48,
		vocabularySize: tokenizer.vocabularySize,
		paddingId: tokenizer.special.pad,
		...change,
	});
	const random = createRandom(3);
	const specs = [...parameterSpecs(config), ...detectorSpecs(config)].filter(
		({ name }) => predicts || !/^(generator|head|decoder)/.test(name),
	);
	const tensors = new Map<string, HostTensor>();
	for (const { name, shape, init } of specs) {
		const count = shape.reduce((product, side) => product * side, 1);
		const center = init.kind === "ones" ? 1 : 0;
		tensors.set(name, { data: Float32Array.from({ length: count }, () => center + 0.3 * random.normal()), shape });
	}
	saveModel(folder, {
		config: toHuggingFaceConfig(config, tokenizer.special, predicts ? "maskedLm" : "detector"),
		tensors,
		tokenizer: tokenizer.toJSON(),
		about: {
			roles: predicts ? ["completion", "detection"] : ["detection"],
			scores: null,
			detector: { threshold: 0.25 },
		},
	});
	return { config, tensors };
}

function expectedOf({ config, tensors }: { config: EncoderConfig; tensors: ReadonlyMap<string, HostTensor> }) {
	const exact = new Map([...tensors].map(([name, { data }]) => [name, Float64Array.from(data as Float32Array)]));
	return referenceDetector(config, exact, referenceRow(row));
}

/** What a model folder says of each token of the text, those that frame it left out. */
async function probabilitiesOf(folder: string): Promise<number[]> {
	const model = openModel(folder, cpu);
	const report = await suspicionReport({ name: "it", model, open: cpu }, { text, threshold: 0 });
	await model.release();
	return report.tokens.toSorted((a, b) => a.start - b.start).map(({ probability }) => probability);
}

/** Blank tokens are never told. */
function told<T>(values: ArrayLike<T>): T[] {
	const { starts, ends } = tokenizer.encode(text);
	return Array.from(values).filter((_, at) => text.slice(starts[at], ends[at]).trim() !== "");
}

const kinds = {
	electra: { architecture: "electra", embeddingSize: 8 },
	modernbert: { architecture: "modernbert", globalAttentionEveryNLayers: 2, localAttention: 10 },
};

for (const [kind, change] of Object.entries(kinds)) {
	test(`the detector of a ${kind} leaves for transformers and for ONNX, comes back, and says what its reference says`, async (context) => {
		const home = temporaryFolder(context);
		useUserFolder(context, home);
		const model = join(home, "model");
		const made = writeDetector(model, change);
		const expected = expectedOf(made);
		const inner = told(expected.subarray(1, -1));
		closeTo(await probabilitiesOf(model), inner, 1e-5);

		const out = join(home, "detector");
		const { notes } = await exportModel({ path: model, format: "huggingface", folder: out });
		const config = JSON.parse(readFileSync(join(out, "config.json"), "utf8")) as Record<string, unknown>;
		const file = decodeSafetensors(readFileSync(join(out, "model.safetensors")), "model.safetensors");
		const card = readFileSync(join(out, "README.md"), "utf8");
		if (kind === "electra") {
			assert.deepEqual([config["architectures"], notes], [["ElectraForPreTraining"], []]);
			const published = checkpoints["google/electra-small-discriminator"].shapes(tokenizer.vocabularySize);
			const names = Object.keys(published).filter((name) => !name.endsWith("position_ids"));
			assert.deepEqual([...file.keys()].toSorted(), names.toSorted());
		} else {
			assert.deepEqual(config["architectures"], ["ModernBertModel"]);
			assert.match(notes.join(), /No class of transformers has this detector.*README\.md/);
			assert.match(card, /layer\(gelu\(x\), "dense_prediction"\)/);
		}
		assert.match(card, /replaced-token-detection/);
		const report = await importModel({ folder: out, name: "back" });
		assert.deepEqual([report.roles, report.maskedLmHead], [["detection", "search"], false]);
		closeTo(await probabilitiesOf(report.path), inner, 1e-5);
		const head = "discriminator_predictions.dense.weight";
		assert.deepEqual(loadStart(report.path).parameters.get(head), made.tensors.get(head)!.data);

		const graphs = join(home, "graphs");
		await exportModel({ path: model, format: "onnx", folder: graphs });
		const session = await openOnnx(readFileSync(join(graphs, "onnx", "detector.onnx")));
		assert.deepEqual(session.outputNames.toSorted(), ["logits", "probabilities"]);
		const short = [...row].slice(0, 5);
		const { logits, probabilities } = await runOnnx(session, { rows: [[...row], short], padId: tokenizer.special.pad });
		assert.deepEqual(probabilities!.shape, [2, row.length]);
		closeTo(probabilities!.data.subarray(0, row.length), expected, 1e-5);
		closeTo(
			logits!.data.subarray(0, row.length),
			expected.map((p) => Math.log(p / (1 - p))),
			1e-4,
		);
	});
}

test("a model that predicts and detects leaves with the head of its class, and with both as graphs", async (context) => {
	const home = temporaryFolder(context);
	writeDetector(join(home, "model"), kinds.modernbert, { predicts: true });
	const out = join(home, "out");
	const { notes } = await exportModel({ path: join(home, "model"), format: "huggingface", folder: out });
	assert.match(notes.join(), /detector of replaced tokens is left out, because ModernBertForMaskedLM has none/);
	const file = decodeSafetensors(readFileSync(join(out, "model.safetensors")), "model.safetensors");
	assert.ok(![...file.keys()].some((name) => name.startsWith("discriminator_predictions")));
	const { files } = await exportModel({ path: join(home, "model"), format: "onnx", folder: join(home, "graphs") });
	assert.deepEqual(files.flatMap(({ path }) => (path.startsWith("onnx/") ? [path] : [])).toSorted(), [
		"onnx/detector.onnx",
		"onnx/embedding.onnx",
		"onnx/model.onnx",
	]);
});

test("maskwright suspicious asks a discriminator that was imported", async (context) => {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	writeDetector(join(home, "model"), kinds.electra);
	await exportModel({ path: join(home, "model"), format: "huggingface", folder: join(home, "discriminator") });
	const imported = await callCli(["import", join(home, "discriminator")]);
	assert.match(imported.stdout, /Try it: maskwright suspicious FILE --model discriminator/);
	writeFileSync(join(home, "load.py"), text);
	const { exitCode, stdout } = await callCli(["suspicious", join(home, "load.py"), "--threshold", "0", "--json"]);
	assert.equal(exitCode, 0);
	const report = JSON.parse(stdout) as { model: string; judged: number };
	assert.deepEqual([report.model, report.judged], ["discriminator", tokens.length]);
});

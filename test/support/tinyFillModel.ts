import { collate, maskedCapacity } from "../../sidecar/data/collate.ts";
import type { Masking } from "../../sidecar/data/masking/config.ts";
import { countNgrams } from "../../sidecar/data/ngrams.ts";
import { padDocuments } from "../../sidecar/data/packing.ts";
import { pieceTable } from "../../sidecar/data/pieces.ts";
import type { ModelParts } from "../../sidecar/inference/loadedModel.ts";
import { encoderConfigSchema } from "../../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../../sidecar/model/parameters.ts";
import { createOptimizer, optimizerSchema } from "../../sidecar/optim/optimizers.ts";
import { floats } from "../../sidecar/session/tensor.ts";
import { trainByteLevelBpe } from "../../sidecar/tokenizer/trainer.ts";
import { initialState } from "../../sidecar/train/modelState.ts";
import { Stepper } from "../../sidecar/train/stepper.ts";
import { maskedLmSteps } from "../../sidecar/train/tasks/maskedLm.ts";

/** Whole words half of the time, so that it learns what several masks in a row mean. */
const masking: Masking = {
	strategies: [
		{ name: "wholeWord", weight: 1 },
		{ name: "random", weight: 1 },
	],
	rate: 0.25,
	replacement: { mask: 1, random: 0, keep: 0 },
};

const sequenceLength = 32;

/** What such a model is made to know: names that stand in these texts alone. */
export const fillTexts: readonly string[] = [
	"def load_config(path):\n    return parse_tree(path)\n",
	"total = compute_total(items)\nprint(total)\n",
	"for item in items:\n    total += item.price\n",
	"if width == height:\n    square = True\n",
	"class Window(Widget):\n    pass\n",
	"import shutil\nshutil.rmtree(folder)\n",
];

/** Learns a handful of texts by heart, in a few seconds; the same texts give the same model. */
export async function tinyFillModel(
	texts: readonly string[],
	options: { readonly vocabularySize: number; readonly steps: number },
): Promise<ModelParts> {
	const tokenizer = trainByteLevelBpe(texts, { vocabularySize: options.vocabularySize, minFrequency: 1 });
	const pieces = pieceTable(tokenizer);
	const { special } = tokenizer;
	const packed = padDocuments(
		texts.map((text) => tokenizer.encode(text).ids),
		{ sequenceLength, special },
	);
	const rows = packed.count;
	const config = encoderConfigSchema.parse({
		architecture: "modernbert",
		layers: 2,
		hiddenSize: 64,
		heads: 2,
		intermediateSize: 128,
		maxPositions: sequenceLength,
		vocabularySize: tokenizer.vocabularySize,
		paddingId: special.pad,
		globalAttentionEveryNLayers: 1,
	});
	const optimizer = createOptimizer(optimizerSchema.parse({ kind: "adamw" }));
	const maskedRows = maskedCapacity(rows, sequenceLength, masking);
	const shape = { config, headRows: "masked" as const, rows, sequenceLength, maskedRows };
	const task = maskedLmSteps(shape, (step) =>
		collate(packed, [...Array(rows).keys()], {
			masking,
			pieces,
			maskId: special.mask,
			padId: special.pad,
			seed: 1,
			epoch: step,
		}),
	);
	const parameters = parameterSpecs(config);
	const spec = { parameters, optimizer, clipNorm: 1, task };
	const stepper = new Stepper({ spec, microBatches: 1, executionProvider: "cpu", threads: 1 });
	let state = initialState(spec, initialParameters(parameters, 1));
	for (let step = 0; step < options.steps; step++) {
		const rate = 4e-3 * Math.min(1, (step + 1) / 20, (options.steps - step) / 40);
		state = stepper.take(await stepper.run(state, task.batch(step), optimizer.hyperparameters(step, rate)), state);
	}
	await stepper.release();
	const weights = new Map(parameters.map(({ name }) => [name, floats(state.get(name)!).slice()]));
	return { config, weights, tokenizer, ngrams: countNgrams(packed, pieces), sequenceLength };
}

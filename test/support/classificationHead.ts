/** The usual way to fine-tune an encoder as a classifier: a linear head on [CLS], trained with all weights. */
import { compile } from "../../sidecar/autodiff/compile.ts";
import { add, matMul, transpose } from "../../sidecar/autodiff/functions.ts";
import { Graph } from "../../sidecar/autodiff/graph.ts";
import type { Value } from "../../sidecar/autodiff/value.ts";
import { embeddedIds } from "../../sidecar/inference/embeddedIds.ts";
import { embeddingSpecs, pooledVectors, rowFeeds } from "../../sidecar/inference/vectorizer.ts";
import type { EncoderConfig } from "../../sidecar/model/config.ts";
import { fromHuggingFaceConfig } from "../../sidecar/model/huggingFace.ts";
import { initialParameters, type ParameterSpec, specMakers } from "../../sidecar/model/parameters.ts";
import { objectives } from "../../sidecar/objectives/objectives.ts";
import { createOptimizer } from "../../sidecar/optim/optimizers.ts";
import { learningRateFactor } from "../../sidecar/optim/schedules.ts";
import { openSession } from "../../sidecar/session/session.ts";
import { floats, type Tensor, tensor } from "../../sidecar/session/tensor.ts";
import { loadModel } from "../../sidecar/store/modelFolder.ts";
import { loadTokenizer } from "../../sidecar/tokenizer/loadTokenizer.ts";
import { planBatches } from "../../sidecar/train/batches.ts";
import { initialState, type ModelState } from "../../sidecar/train/modelState.ts";
import type { Recipe } from "../../sidecar/train/recipe.ts";
import { Stepper } from "../../sidecar/train/stepper.ts";

export interface LabelledTexts {
	readonly texts: readonly string[];
	/** The class of each text, from 0. */
	readonly labels: readonly number[];
}

export interface FineTuning {
	/** The folder of the model to go on from. */
	readonly model: string;
	/** Whose optimizer, learning rate, schedule, clipping and seed are taken. */
	readonly recipe: Recipe;
	readonly classes: number;
	readonly steps: number;
	/** Texts of a step. */
	readonly rows: number;
	/** Tokens of a row; longer texts lose their end. */
	readonly length: number;
}

const prefix = "text.";

/** Trains on `train` and gives the accuracy on `test`. */
export async function classificationHeadAccuracy(
	tuning: FineTuning,
	{ train, test }: { readonly train: LabelledTexts; readonly test: LabelledTexts },
): Promise<number> {
	const stored = loadModel(tuning.model);
	const config = fromHuggingFaceConfig(stored.config);
	const tokenizer = loadTokenizer(stored.tokenizer);
	const rowsOf = ({ texts }: LabelledTexts): Int32Array[] =>
		texts.map((text) => embeddedIds(tokenizer, text, { view: "source", limit: tuning.length }));
	const specs = [
		...embeddingSpecs(config, "first"),
		...specMakers(config).linear("classifier", [tuning.classes, config.hiddenSize]),
	];
	const values = initialParameters(specs, tuning.recipe.train.seed);
	for (const { name } of specs) {
		const data = stored.tensors.get(name)?.data;
		if (data instanceof Float32Array) values.set(name, data);
	}
	const trained = await trainHead(tuning, { config, specs, values, rows: rowsOf(train), labels: train.labels });
	const found = await predictions(tuning, { config, specs, trained, rows: rowsOf(test) });
	return found.filter((label, at) => label === test.labels[at]).length / test.labels.length;
}

interface Training {
	readonly config: EncoderConfig;
	readonly specs: readonly ParameterSpec[];
	readonly values: ReadonlyMap<string, Float32Array>;
	readonly rows: readonly Int32Array[];
	readonly labels: readonly number[];
}

async function trainHead(
	{ recipe, steps, rows: count, length }: FineTuning,
	{ config, specs, values, rows, labels }: Training,
): Promise<ModelState> {
	const optimizer = createOptimizer(recipe.optimizer);
	const shape = { prefix, rows: count, length };
	const loss = (graph: Graph, parameters: ReadonlyMap<string, Value>): Value => {
		const logits = logitsOf(graph, parameters, { config, ...shape });
		return objectives.maskedLm(logits, graph.input("labels", [count], "int32"), graph.input("weights", [count]));
	};
	const spec = { parameters: specs, optimizer, clipNorm: recipe.train.clipNorm, task: { rows: 1, loss } };
	const stepper = new Stepper({ spec, microBatches: 1, executionProvider: "cpu", threads: 1 });
	const plan = planBatches(rows.length, count, recipe.train.seed);
	const weights = tensor(new Float32Array(count).fill(1 / count), [count]);
	let state = initialState({ parameters: specs, optimizer }, values);
	for (let step = 0; step < steps; step++) {
		const chosen = [...plan.at(step).rows];
		const feeds: Record<string, Tensor> = {
			...rowFeeds(
				chosen.map((row) => rows[row]!),
				{ ...shape, repeatDamping: 0, pooling: "first" },
			),
			labels: tensor(
				Int32Array.from(chosen, (row) => labels[row]!),
				[count],
			),
			weights,
		};
		const factor = learningRateFactor(recipe.schedule, { step, fraction: step / steps });
		const hyper = optimizer.hyperparameters(step, recipe.train.learningRate * factor);
		state = stepper.take(await stepper.run(state, { feeds: () => feeds }, hyper), state);
	}
	await stepper.release();
	return state;
}

interface Predicting extends Pick<Training, "config" | "specs" | "rows"> {
	readonly trained: ModelState;
}

async function predictions(
	{ rows: count, length, classes }: FineTuning,
	{ config, specs, trained, rows }: Predicting,
): Promise<number[]> {
	const graph = new Graph();
	const parameters = new Map(specs.map(({ name, shape }) => [name, graph.input(name, shape)]));
	const shape = { prefix, rows: count, length };
	const { model } = compile({ logits: logitsOf(graph, parameters, { config, ...shape }) });
	const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
	const weights = specs.map(({ name }) => [name, trained.get(name)!] as const);
	const found: number[] = [];
	for (let start = 0; start < rows.length; start += count) {
		const batch = rows.slice(start, start + count);
		const feeds = rowFeeds(batch, { ...shape, repeatDamping: 0, pooling: "first" });
		const { logits } = await session.run({ ...Object.fromEntries(weights), ...feeds });
		for (let row = 0; row < batch.length; row++) {
			const scores = floats(logits!).subarray(row * classes, (row + 1) * classes);
			found.push(scores.indexOf(Math.max(...scores)));
		}
	}
	await session.release();
	return found;
}

/** Logits [rows, classes]. */
function logitsOf(
	graph: Graph,
	parameters: ReadonlyMap<string, Value>,
	shape: { readonly config: EncoderConfig; readonly prefix: string; readonly rows: number; readonly length: number },
): Value {
	const { layers, hiddenSize } = shape.config;
	const [first] = pooledVectors(parameters, { graph, ...shape, sizes: [{ layers, units: hiddenSize }] });
	return add(matMul(first!, transpose(parameters.get("classifier.weight")!)), parameters.get("classifier.bias")!);
}

/**
 * What GraphCodeBERT's graph is worth: trains the recipe, the same rows with plain masked language modelling, and the
 * three objectives without graph attention, on the same tokens and paired seeds. Scores held-out functions (F1 of edges
 * and alignments, masked-LM loss) and search by the encoder as it is: docstring to function by mean pooling.
 *
 * Usage: node --import tsx bench/graphCodeBert.ts CORPUS PAIRS TOKENS SEEDS [KEY=VALUE...]
 *   CORPUS  a folder or .jsonl file to train on
 *   PAIRS   a .jsonl file of {docstring, code}
 *   TOKENS  tokens each run sees
 *   KEY=VALUE  settings that all variants share
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../sidecar/autodiff/compile.ts";
import { matMul, reshape } from "../sidecar/autodiff/functions.ts";
import { Graph } from "../sidecar/autodiff/graph.ts";
import { countNgrams } from "../sidecar/data/ngrams.ts";
import { attentionBias } from "../sidecar/model/attention.ts";
import { type EncoderConfig, encoderConfigSchema } from "../sidecar/model/config.ts";
import { encoder } from "../sidecar/model/encoder.ts";
import { initialParameters, parameterSpecs } from "../sidecar/model/parameters.ts";
import { createOptimizer } from "../sidecar/optim/optimizers.ts";
import { recipes } from "../sidecar/recipes/recipes.ts";
import { openSession } from "../sidecar/session/session.ts";
import { floats, tensor } from "../sidecar/session/tensor.ts";
import { freshTrainingState } from "../sidecar/train/checkpointing.ts";
import { initialState, type ModelState } from "../sidecar/train/modelState.ts";
import { trainingPhases } from "../sidecar/train/phases.ts";
import { prepareCorpus } from "../sidecar/train/prepare.ts";
import type { PreparedCorpus } from "../sidecar/train/preparedCorpus.ts";
import type { Recipe } from "../sidecar/train/recipe.ts";
import { applyOverrides } from "../sidecar/train/recipeChanges.ts";
import { trainedParameters } from "../sidecar/train/tasks/tasks.ts";
import { train } from "../sidecar/train/trainer.ts";

const [corpusPath, pairsPath, tokens, seeds, ...shared] = process.argv.slice(2);
if (corpusPath === undefined || pairsPath === undefined || tokens === undefined || seeds === undefined) {
	throw new Error("Usage: graphCodeBert.ts CORPUS PAIRS TOKENS SEEDS [KEY=VALUE...]");
}

const variants: Readonly<Record<string, readonly string[]>> = {
	graph: [],
	"plain masked LM": ["objective.edgeWeight=0", "objective.alignmentWeight=0", "objective.attention=none"],
	"no graph attention": ["objective.attention=full"],
};

const threads = 1;
const compute = { executionProvider: "cpu" as const, threads };
const base = applyOverrides(recipes.get("graphcodebert")!.recipe, [...shared, `train.budget={"tokens":${tokens}}`]);
const corpus = await prepareCorpus(corpusPath, base);
const { vocabularySize, special } = corpus.tokenizer;
const config = encoderConfigSchema.parse({ ...base.model, vocabularySize, paddingId: special.pad });
const pairs = readPairs(pairsPath);
console.log(`${corpus.files} files, ${corpus.tokens} tokens to train on; ${pairs.length} pairs`);
console.log(
	"| variant | seed | held-out loss | top-1 | edge F1 | alignment F1 | MRR | CPU seconds |\n|---|---|---|---|---|---|---|---|",
);
for (let seed = 1; seed <= Number(seeds); seed++) {
	for (const [name, overrides] of Object.entries(variants)) {
		const recipe = applyOverrides(base, [...overrides, `train.seed=${seed}`, "evaluation.everySteps=1000000"]);
		console.log(`| ${name} | ${seed} | ${(await measure(recipe)).join(" | ")} |`);
	}
}

async function measure(recipe: Recipe): Promise<string[]> {
	const parameters = trainedParameters(recipe, config);
	const ngrams = countNgrams(corpus.train, corpus.pieces);
	const phases = trainingPhases(recipe, { config, corpus, ngrams, ...compute });
	const folder = mkdtempSync(join(tmpdir(), "maskwright-graph-"));
	const clock = (): number => performance.now() / 1000;
	const before = process.cpuUsage();
	try {
		const values = initialParameters(parameters, recipe.train.seed);
		const optimizer = createOptimizer(recipe.optimizer);
		const start = { model: initialState({ parameters, optimizer }, values), state: freshTrainingState(1) };
		const never = { pause: new AbortController().signal, finish: new AbortController().signal };
		const told = { phases, emit: () => {}, clock, startedAt: clock() };
		const run = { recipe, parameters, folder, ...told, ...never, ...compute };
		const { model } = await train(run, start);
		const { user, system } = process.cpuUsage(before);
		const { loss, top1, edgeF1, alignmentF1 } = await phases.at(-1)!.evaluator.evaluate(model, "final");
		const mrr = await searchScore(model);
		const shares = [top1, edgeF1, alignmentF1, mrr].map((share) => (share ?? 0).toFixed(3));
		return [(loss ?? Number.NaN).toFixed(3), ...shares, ((user + system) / 1e6).toFixed(0)];
	} finally {
		for (const { evaluator } of phases) await evaluator.release();
		rmSync(folder, { recursive: true });
	}
}

/** Mean reciprocal rank of each docstring's function among all functions, by the cosine of mean-pooled rows. */
async function searchScore(model: ModelState): Promise<number> {
	const embed = await openEmbedder(config, corpus, model);
	const queries = await embed.rows(pairs.map(({ docstring }) => docstring));
	const codes = await embed.rows(pairs.map(({ code }) => code));
	await embed.release();
	let sum = 0;
	queries.forEach((query, index) => {
		const own = dot(query, codes[index]!);
		sum += 1 / (1 + codes.filter((code, other) => other !== index && dot(query, code) >= own).length);
	});
	return sum / queries.length;
}

async function openEmbedder(encoderConfig: EncoderConfig, { tokenizer }: PreparedCorpus, model: ModelState) {
	const [rows, length] = [16, encoderConfig.maxPositions];
	const graph = new Graph();
	const values = new Map(parameterSpecs(encoderConfig).map(({ name, shape }) => [name, graph.input(name, shape)]));
	const segments = graph.input("segments", [rows, length], "int32");
	const hidden = encoder(encoderConfig, values, {
		inputIds: graph.input("inputIds", [rows, length], "int32"),
		positions: graph.input("positions", [rows, length], "int32"),
		bias: attentionBias(encoderConfig, segments),
	});
	const means = graph.input("means", [rows, 1, length]);
	const pooled = matMul(means, reshape(hidden, [rows, length, encoderConfig.hiddenSize]));
	const session = await openSession(compile({ pooled }).model, compute);
	const batch = async (texts: readonly string[]): Promise<Float32Array[]> => {
		const inputIds = new Int32Array(rows * length).fill(tokenizer.special.pad);
		const seen = new Int32Array(rows * length).fill(-1);
		const weights = new Float32Array(rows * length);
		texts.forEach((text, row) => {
			const ids = [tokenizer.special.cls, ...tokenizer.encode(text).ids.subarray(0, length - 2), tokenizer.special.sep];
			inputIds.set(ids, row * length);
			seen.fill(0, row * length, row * length + ids.length);
			weights.fill(1 / ids.length, row * length, row * length + ids.length);
		});
		const positions = Int32Array.from({ length: rows * length }, (_, at) => at % length);
		const outputs = await session.run({
			...Object.fromEntries(model),
			inputIds: tensor(inputIds, [rows, length]),
			segments: tensor(seen, [rows, length]),
			positions: tensor(positions, [rows, length]),
			means: tensor(weights, [rows, 1, length]),
		});
		const vectors = floats(outputs["pooled"]!);
		const width = encoderConfig.hiddenSize;
		return texts.map((_, row) => unit(vectors.slice(row * width, (row + 1) * width)));
	};
	return {
		async rows(texts: readonly string[]): Promise<Float32Array[]> {
			const vectors: Float32Array[] = [];
			for (let at = 0; at < texts.length; at += rows) vectors.push(...(await batch(texts.slice(at, at + rows))));
			return vectors;
		},
		release: () => session.release(),
	};
}

function readPairs(path: string): { docstring: string; code: string }[] {
	const lines = readFileSync(path, "utf8")
		.split("\n")
		.filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line) as { docstring: string; code: string });
}

function unit(vector: Float32Array): Float32Array {
	const norm = Math.sqrt(dot(vector, vector)) || 1;
	return vector.map((value) => value / norm);
}

function dot(one: Float32Array, other: Float32Array): number {
	return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}

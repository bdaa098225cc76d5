/**
 * Training speed beside PyTorch: the same ModernBERT, weights and batch, in turn in one run.
 * Needs Debian's python3-torch and libopenblas0-openmp. Usage: node --import tsx bench/training.ts [ROUNDS] [STEPS]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../sidecar/base/random.ts";
import type { Batch } from "../sidecar/data/collate.ts";
import { type EncoderConfig, encoderConfigSchema } from "../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../sidecar/model/parameters.ts";
import { adamW } from "../sidecar/optim/adamW.ts";
import { freeingFlags } from "../sidecar/session/freeCopy.ts";
import { initialState } from "../sidecar/train/modelState.ts";
import { Stepper } from "../sidecar/train/stepper.ts";
import { maskedLmSteps } from "../sidecar/train/tasks/maskedLm.ts";
import { median } from "./statistics.ts";

const rounds = Number(process.argv[2] ?? 5);
const steps = Number(process.argv[3] ?? 12);
const threads = 2;
const [rows, sequenceLength, maskedRows, vocabularySize] = [16, 128, 512, 8192];
const openBlas = "/usr/lib/x86_64-linux-gnu/openblas-openmp";
const python = "/usr/bin/python3"; // Debian's own, which has Debian's PyTorch

const config = encoderConfigSchema.parse({
	architecture: "modernbert",
	layers: 4,
	hiddenSize: 256,
	heads: 4,
	intermediateSize: 768,
	maxPositions: sequenceLength,
	vocabularySize,
	paddingId: 1,
	globalRopeTheta: 10_000,
	globalAttentionEveryNLayers: 1,
});

const avx512 = { OPENBLAS_CORETYPE: "SkylakeX" };
const hasAvx512 = readFileSync("/proc/cpuinfo", "utf8").includes(" avx512f ");

restartWithFlags();

interface Timing {
	readonly losses: number[];
	readonly seconds: number[];
}

const folder = mkdtempSync(join(tmpdir(), "maskwright-bench-"));
try {
	const parameters = initialParameters(parameterSpecs(config), 1);
	const batch = randomBatch();
	writeShared(folder, config, { parameters, batch });
	const peers: Record<string, () => Promise<Timing> | Timing> = {
		maskwright: () => ours(parameters, batch),
		"maskwright again (A/A control)": () => ours(parameters, batch),
		"PyTorch float32": () => pytorch("float32"),
		// OpenBLAS 0.3.21 takes slow kernels on processors that it does not know; this is the best that it has.
		...(hasAvx512 ? { [`PyTorch float32, told to use AVX-512`]: () => pytorch("float32", steps, avx512) } : {}),
		"PyTorch bfloat16": () => pytorch("bfloat16", 4), // emulated on a processor without bfloat16: seconds a step
	};
	const medians = new Map<string, number[]>(Object.keys(peers).map((name) => [name, []]));
	for (let round = 0; round < rounds; round++) {
		for (const [name, run] of Object.entries(peers)) {
			const { losses, seconds } = await run();
			medians.get(name)!.push(median(seconds.slice(3))); // the first steps warm caches and allocators up
			console.log(
				`round ${round + 1} ${name}: ${(1000 * medians.get(name)!.at(-1)!).toFixed(1)} ms a step, losses ${losses[0]!.toFixed(5)} ${losses.at(-1)!.toFixed(5)}`,
			);
		}
	}
	report(medians);
} finally {
	rmSync(folder, { recursive: true });
}

/** Measures as a training process runs, which has flags of its own. */
function restartWithFlags(): void {
	if (freeingFlags.every((flag) => process.execArgv.includes(flag))) return;
	const again = [...freeingFlags, ...process.execArgv, ...process.argv.slice(1)];
	process.exit(spawnSync(process.execPath, again, { stdio: "inherit" }).status ?? 1);
}

function report(medians: ReadonlyMap<string, number[]>): void {
	const own = medians.get("maskwright")!;
	console.log("\n| engine | ms a step | tokens/s | its time over ours, median of paired ratios |\n|---|---|---|---|");
	for (const [name, values] of medians) {
		const typical = median(values);
		const ratio = median(values.map((value, round) => value / own[round]!));
		const rate = Math.round((rows * sequenceLength) / typical);
		console.log(`| ${name} | ${(1000 * typical).toFixed(1)} | ${rate} | ${ratio.toFixed(2)} |`);
	}
}

async function ours(parameters: ReadonlyMap<string, Float32Array>, batch: Batch): Promise<Timing> {
	const optimizer = adamW({ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 });
	const shape = { config, headRows: "masked" as const, rows, sequenceLength, maskedRows };
	const task = maskedLmSteps(shape, () => batch);
	const spec = { parameters: parameterSpecs(config), optimizer, clipNorm: 1, task };
	const stepper = new Stepper({ spec, microBatches: 1, executionProvider: "cpu", threads });
	let state = initialState(spec, parameters);
	const timing: Timing = { losses: [], seconds: [] };
	for (let step = 0; step < steps; step++) {
		const began = performance.now();
		const result = await stepper.run(state, task.batch(step), optimizer.hyperparameters(step, 1e-3));
		state = stepper.take(result, state);
		timing.losses.push(result.loss);
		timing.seconds.push((performance.now() - began) / 1000);
	}
	await stepper.release();
	return timing;
}

function pytorch(dtype: "float32" | "bfloat16", count = steps, kernels: Readonly<Record<string, string>> = {}): Timing {
	if (!existsSync(python)) throw new Error("Install Debian's python3-torch and libopenblas0-openmp first.");
	const script = new URL("pytorch/step.py", import.meta.url).pathname;
	const output = execFileSync(python, [script, folder, dtype, String(count), String(threads)], {
		encoding: "utf8",
		env: { ...process.env, LD_LIBRARY_PATH: openBlas, OMP_NUM_THREADS: String(threads), ...kernels },
	});
	return JSON.parse(output) as Timing;
}

function randomBatch(): Batch {
	const random = createRandom(1);
	const size = rows * sequenceLength;
	const draw = (length: number): Int32Array => Int32Array.from({ length }, () => 5 + random.below(vocabularySize - 5));
	return {
		rows,
		sequenceLength,
		inputIds: draw(size),
		// Two documents in every row.
		segments: Int32Array.from({ length: size }, (_, at) => (at % sequenceLength < 50 ? 0 : 1)),
		positions: Int32Array.from({ length: size }, (_, at) => at % sequenceLength),
		maskedPositions: Int32Array.from({ length: maskedRows }, (_, at) => at * 4),
		labels: draw(maskedRows),
		weights: new Float32Array(maskedRows).fill(1 / maskedRows),
		maskedCount: maskedRows,
		tokenCount: size,
	};
}

/** Weights and batch as one file of bytes with an index, for Python. */
function writeShared(
	path: string,
	encoder: EncoderConfig,
	{ parameters, batch }: { parameters: ReadonlyMap<string, Float32Array>; batch: Batch },
): void {
	const tensors: Record<string, { dtype: string; shape: readonly number[]; start: number; end: number }> = {};
	const chunks: Uint8Array[] = [];
	let start = 0;
	const put = (name: string, data: Float32Array | Int32Array, shape: readonly number[]): void => {
		const end = start + data.byteLength;
		tensors[name] = { dtype: data instanceof Int32Array ? "int32" : "float32", shape, start, end };
		chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
		start = end;
	};
	for (const { name, shape } of parameterSpecs(encoder)) put(name, parameters.get(name)!, shape);
	put("inputIds", batch.inputIds, [rows, sequenceLength]);
	put("segments", batch.segments, [rows, sequenceLength]);
	put("maskedPositions", batch.maskedPositions, [maskedRows]);
	put("labels", batch.labels, [maskedRows]);
	put("weights", batch.weights, [maskedRows]);
	writeFileSync(join(path, "data.bin"), Buffer.concat(chunks));
	const names = parameterSpecs(encoder).map(({ name }) => name);
	writeFileSync(join(path, "index.json"), JSON.stringify({ config: encoder, parameters: names, tensors }));
}

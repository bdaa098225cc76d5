import { parseArgs } from "node:util";
import type { Precision } from "../sidecar/inference/precision.ts";
import { openScorer, type Scorer } from "../sidecar/inference/scorer.ts";
import { createVectorizer } from "../sidecar/inference/vectorizer.ts";
import { type EncoderConfig, encoderConfigSchema } from "../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../sidecar/model/parameters.ts";
import { median } from "./statistics.ts";

/**
 * Models in 8 bits beside themselves in float32: `node --import tsx bench/int8.ts [--rounds 15]`. One core, one row at a
 * time, random weights (which change no time). Everything runs in turn within a round, float32 twice as a control, and
 * the number is the median of the rounds' ratios of processor time, so that what else the machine does falls on all.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" }, only: { type: "string" } } });
const rounds = Number(values.rounds);

const modernBert = {
	architecture: "modernbert",
	globalAttentionEveryNLayers: 1,
	paddingId: 1,
	maxPositions: 512,
} as const;
const models: Readonly<Record<string, EncoderConfig>> = {
	"2 x 192, vocabulary 8,192 (code-mlm-small)": encoderConfigSchema.parse({
		...{ ...modernBert, layers: 2, hiddenSize: 192, heads: 3, intermediateSize: 384, vocabularySize: 8192 },
	}),
	"3 x 256, vocabulary 12,288 (the model in the box)": encoderConfigSchema.parse({
		...{ ...modernBert, layers: 3, hiddenSize: 256, heads: 4, intermediateSize: 512, vocabularySize: 12288 },
	}),
	"12 x 768, vocabulary 30,522 (BERT-base)": encoderConfigSchema.parse({
		...{ architecture: "bert", layers: 12, hiddenSize: 768, heads: 12, intermediateSize: 3072, vocabularySize: 30522 },
		...{ maxPositions: 512, paddingId: 0 },
	}),
};

/** What is asked: so many rows of so many tokens, and how many of them are masked (0: the vector of a text). */
const shapes = [
	{ what: "vector of 32 tokens", rows: 1, sequenceLength: 32, maskedRows: 0 },
	{ what: "vector of 128 tokens", rows: 1, sequenceLength: 128, maskedRows: 0 },
	{ what: "1 mask in 128 tokens", rows: 1, sequenceLength: 128, maskedRows: 1 },
	{ what: "24 masks in 128 tokens", rows: 1, sequenceLength: 128, maskedRows: 24 },
	{ what: "a fill: 6 rows of 128", rows: 6, sequenceLength: 128, maskedRows: 24 },
];

interface Contestant {
	readonly name: string;
	run(): Promise<unknown>;
	release(): Promise<void>;
}

for (const [name, config] of Object.entries(models)) {
	if (values.only !== undefined && !name.includes(values.only)) continue;
	const weights = initialParameters(parameterSpecs(config), 1);
	for (const shape of shapes) {
		const open = (label: string, precision: Precision) => contestant(label, { config, weights, precision, shape });
		const all = [await open("float32", "float32"), await open("float32 again", "float32"), await open("int8", "int8")];
		const times = await timeInTurn(all);
		const [base, ...others] = all.map(({ name: key }) => times.get(key)!);
		const ratio = (other: readonly number[]): string => median(other.map((time, at) => base![at]! / time)).toFixed(2);
		const [best, bestInt8] = [Math.min(...base!), Math.min(...times.get("int8")!)];
		console.log(
			`${name} | ${shape.what} | float32 ${best.toFixed(2)} ms | int8 ${bestInt8.toFixed(2)} ms | ` +
				`A/A ${ratio(others[0]!)} | int8 ${ratio(others[1]!)} | of the fastest ${(best / bestInt8).toFixed(2)}`,
		);
		for (const one of all) await one.release();
	}
}

async function contestant(
	name: string,
	of: {
		readonly config: EncoderConfig;
		readonly weights: ReadonlyMap<string, Float32Array>;
		readonly precision: Precision;
		readonly shape: (typeof shapes)[number];
	},
): Promise<Contestant> {
	const { config, weights, precision, shape } = of;
	const { rows, sequenceLength, maskedRows } = shape;
	const ids = Int32Array.from({ length: rows * sequenceLength }, (_, at) => (7919 * at) % config.vocabularySize);
	const common = { config, weights, precision, executionProvider: "cpu", threads: 1 } as const;
	if (maskedRows === 0) {
		const vectorizer = createVectorizer({ ...common, pooling: "mean", repeatDamping: 0 });
		return { name, run: () => vectorizer.vectors([ids]), release: () => vectorizer.release() };
	}
	const scorer: Scorer = await openScorer({ ...common, shape });
	const inputs = {
		inputIds: ids,
		segments: new Int32Array(ids.length),
		positions: ids.map((_, at) => at % sequenceLength),
		maskedPositions: Int32Array.from({ length: maskedRows }, (_, at) => 3 * at),
	};
	return { name, run: () => scorer.score(inputs), release: () => scorer.release() };
}

/** Milliseconds of processor time of one run of each, round by round. */
async function timeInTurn(all: readonly Contestant[]): Promise<ReadonlyMap<string, number[]>> {
	const times = new Map(all.map(({ name }) => [name, [] as number[]]));
	const time = async ({ run }: Contestant, runs: number): Promise<number> => {
		const before = process.cpuUsage();
		for (let i = 0; i < runs; i++) await run();
		const { user, system } = process.cpuUsage(before);
		return (user + system) / 1000 / runs;
	};
	for (const one of all) await time(one, 2); // allocates
	const runs = Math.max(2, Math.ceil(20 / (await time(all[0]!, 2))));
	for (let round = 0; round < rounds; round++) {
		for (const one of all) times.get(one.name)!.push(await time(one, runs));
	}
	return times;
}

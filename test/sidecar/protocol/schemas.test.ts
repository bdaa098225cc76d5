import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { trainingEventSchema, trainingEventSchemas } from "../../../sidecar/protocol/events.ts";
import { outputJsonSchema, outputSchemas } from "../../../sidecar/protocol/schemas.ts";
import { expectedSchemas, presentSchemas } from "../../support/schemaFiles.ts";

const heldOut = {
	loss: 3.1,
	top1: 0.4,
	top5: 0.6,
	identifierTop1: null,
	identifierTop5: null,
	pseudoPerplexity: 22.2,
	tokens: 1000,
	wordTop1: 0.1,
	wordTop5: 0.3,
	baselines: { unigramTop1: 0.1, bigramTop1: 0.2, cacheTop1: 0.3, cacheTop5: 0.5, cacheWordTop1: 0.2 },
};

const events = [
	{ event: "run", run: "a-1", path: "/a", recipe: "r", seed: 1, device: "auto", executionProvider: "cpu", threads: 2 },
	{ event: "corpus", files: 10, heldOutFiles: 1, tokens: 100, wasted: 0.01 },
	{
		event: "step",
		step: 1,
		loss: 8.5,
		learningRate: 0.001,
		gradientNorm: 1.5,
		tokens: 2048,
		tokensPerSecond: 9000,
		secondsLeft: null,
		phase: "causal",
		seconds: 1.5,
		memoryBytes: 1_000_000,
	},
	{ event: "phase", step: 1, phase: "causal", objective: "causalLm", attention: "causal" },
	{ event: "evaluation", step: 1, ...heldOut, causalLoss: 4.2 },
	{ event: "checkpoint", step: 0, path: "/a/checkpoints/step-0" },
	{ event: "paused", step: 4 },
	{ event: "diverged", step: 5, tensor: "a.weight", kind: "nan" },
	{ event: "outOfMemory", microBatch: 4 },
	{
		event: "done",
		run: "a-1",
		path: "/a",
		model: "/a/model",
		steps: 1,
		seconds: 2.5,
		tokens: 9,
		heldOut,
		peakMemoryBytes: 5,
	},
];

const seenToken = { start: 0, end: 1, text: "a", special: false, syntaxClass: null };

const samples: Record<string, unknown> = {
	corpus: {
		files: 2,
		bytes: 100,
		tokens: 30,
		languages: { python: 2 },
		heldOutFiles: 1,
		leftOut: [{ path: "x.bin", why: "binary" }],
		estimate: { seconds: 1, bytes: 10 },
	},
	export: {
		format: "onnx",
		path: "/a/out",
		files: [{ path: "onnx/model.onnx", bytes: 10 }],
		bytes: 10,
		notes: ["Longer texts are cut."],
	},
	generate: {
		mode: "sap",
		text: "b",
		candidates: [{ text: "b", tokens: 1, pseudoPerplexity: null, stopped: "stop" }],
		runs: 2,
		examples: [{ input: "a", output: "b", pseudoPerplexity: 1.5 }],
		emitted: [7],
		done: true,
		model: "m",
	},
	import: {
		name: "a",
		path: "/a",
		architecture: "bert",
		parameters: 10,
		bytes: 40,
		tokenizer: { kind: "wordPiece", vocabularySize: 5, maskToken: null },
		maxTokens: 512,
		maskedLmHead: false,
		roles: ["search"],
		notes: [],
	},
	quantize: {
		model: "a",
		path: "/a",
		agreement: null,
		cosine: 0.999,
		speedup: 2.5,
		tokens: 0,
		texts: 3,
		bars: { agreement: 0.98, cosine: 0.99, speedup: 1.5 },
		missed: [],
		precision: "int8",
	},
	fill: { masks: [{ start: 0, end: 6, candidates: [{ text: "a", probability: 0.5 }] }], text: "a" },
	"eval-fill": heldOut,
	search: {
		results: [
			{
				path: "a.py",
				startLine: 1,
				endLine: 2,
				symbol: "f",
				kind: "function",
				language: "python",
				start: 0,
				end: 9,
				score: 1,
				lexicalRank: 1,
				vectorRank: null,
				matchedTerms: ["f"],
				preview: "def f():",
				stale: true,
			},
		],
		indexed: { files: 1, of: 2 },
		notice: "Words alone were searched.",
	},
	"eval-search": {
		queries: 2,
		pool: 2,
		weight: 0.1,
		bm25: { mrr: 0.75, recall1: 0.5, recall5: 1, recall10: 1 },
		encoder: { mrr: 0, recall1: 0, recall5: 0, recall10: 0 },
		hybrid: null,
	},
	masks: {
		tokens: [{ start: 0, end: 1, id: 7, action: "mask", strategy: "random", row: 0, shown: "[MASK]" }],
		rate: 0.25,
		recipe: "r",
		strategies: ["random"],
		replacement: { mask: 1, random: 0, keep: 0 },
		seed: 1,
		epoch: 0,
		sequenceLength: 8,
		placed: "alone",
		objective: "maskedLm",
		unread: null,
		records: null,
		causalShare: 0,
		functions: null,
		counts: { maskable: 4, chosen: 1, mask: 1, random: 0, same: 0, strategies: { random: 1 } },
		models: [],
		repeated: 0,
	},
	classify: {
		model: "m",
		trained: true,
		labels: ["a", "b"],
		items: [{ label: "a", probabilities: [{ label: "a", probability: 0.75 }], answered: 0.5, cut: false }],
	},
	surprisal: {
		tokens: [{ start: 0, end: 1, text: "a", surprisal: 1.5, rank: 2, expected: [{ text: "b", probability: 0.5 }] }],
		pseudoPerplexity: 2.8,
		lines: [{ line: 1, surprisal: 1.5 }],
		unit: "bits",
		model: "m",
	},
	suspicious: {
		tokens: [{ start: 0, end: 1, text: "a", line: 1, probability: 0.9 }],
		lines: [{ line: 1, probability: 0.9, tokens: 1 }],
		threshold: 0.5,
		judged: 12,
		model: "m",
	},
	attention: {
		tokens: [seenToken],
		model: "m",
		layerCount: 1,
		headCount: 1,
		windows: [null],
		dataflow: null,
		noDataflow: "No grammar.",
		layers: [[[[1]]]],
		firstLayer: 0,
		firstHead: 0,
		rollout: null,
	},
	saliency: {
		tokens: [seenToken],
		model: "m",
		position: 0,
		target: { id: 7, text: "a", probability: 0.5 },
		expected: [{ text: "a", probability: 0.5 }],
		inputTimesGradient: [0.1],
		integratedGradients: [-0.1],
		difference: -0.1,
		missing: 0,
		points: 16,
	},
	index: {
		event: "done",
		files: 1,
		chunks: 2,
		embedded: 1,
		reused: 1,
		bytes: 4096,
		seconds: 0.5,
		model: null,
		message: "Words alone.",
	},
	"index-why": { indexed: false, why: "It is left out.", rule: "*.log", source: ".gitignore", line: 3 },
	dataflow: { language: "go", tokens: ["a"], dataflow: [["a", 0, "comesFrom", ["a"], [0]]] },
	recipes: [
		{
			name: "r",
			summary: "s",
			paper: null,
			page: null,
			card: null,
			state: "designed",
			parameters: [{ key: "model.layers", type: "integer", default: 4, reason: "fits two cores" }],
		},
	],
	runs: [{ run: "a", path: "/a", recipe: "r", state: "done", step: 3, loss: 1, heldOut }],
	models: [
		{
			name: "a",
			path: "/a",
			architecture: "bert",
			parameters: 1,
			bytes: 1,
			boxed: false,
			adapter: null,
			roles: ["completion"],
			scores: null,
		},
	],
	doctor: {
		device: "cpu",
		executionProvider: "cpu",
		missing: ["No code search here."],
		candidates: [{ device: "cuda", available: false, reason: "no library", adapter: null }],
		versions: { node: "20" },
	},
	serve: { event: "serving", pid: 1, socket: "/a/socket", token: "t", protocolVersion: 1, version: "0.1.0" },
	...Object.fromEntries(events.map((event) => [`event-${event.event}`, event])),
};

const validator = (name: string) => new Ajv2020({ strict: true }).compile(outputJsonSchema(name));

test("the schemas in docs/schemas are up to date (else: npm run schemas)", () => {
	const present = presentSchemas();
	const expected = expectedSchemas();
	// Names alone: the texts are long.
	const stale = Object.keys({ ...present, ...expected }).filter((name) => present[name] !== expected[name]);
	assert.deepEqual(stale, []);
});

test("every output but the event stream has a sample here", () => {
	assert.deepEqual(
		Object.keys(samples).sort(),
		Object.keys(outputSchemas)
			.filter((name) => name !== "train")
			.sort(),
	);
});

test("every event of a run is one of the stream", () => {
	assert.deepEqual(
		events.map(({ event }) => event),
		Object.keys(trainingEventSchemas),
	);
	const validate = validator("train");
	for (const event of events) {
		assert.ok(validate(event), `${event.event}: ${JSON.stringify(validate.errors)}`);
		assert.deepEqual(trainingEventSchema.parse(event), event);
	}
});

/** Fields that may be missing: events of runs from before they existed lack them, or they tell what is seldom so. */
const optionalFields: Readonly<Record<string, readonly string[]>> = {
	"event-step": ["seconds", "memoryBytes", "phase"],
	"event-evaluation": ["causalLoss"],
	search: ["notice"],
};

for (const [name, sample] of Object.entries(samples)) {
	test(`the sample of ${name} is valid, may gain a field and may not lose one`, () => {
		const validate = validator(name);
		assert.ok(validate(sample), JSON.stringify(validate.errors));
		const inner = (Array.isArray(sample) ? sample[0] : sample) as Record<string, unknown>;
		const wrap = (value: unknown): unknown => (Array.isArray(sample) ? [value] : value);
		assert.ok(validate(wrap({ ...inner, later: 1 })));
		for (const key of Object.keys(inner)) {
			const { [key]: _lost, ...rest } = inner;
			const optional = optionalFields[name]?.includes(key) ?? false;
			assert.equal(validate(wrap(rest)), optional, `${name} without ${key}`);
		}
	});
}

test("NaN, infinity and shares above 1 are refused", () => {
	const event = events[2] as Record<string, unknown>;
	for (const loss of [Number.NaN, Number.POSITIVE_INFINITY]) {
		assert.ok(!trainingEventSchema.safeParse({ ...event, loss }).success);
	}
	assert.ok(!trainingEventSchema.safeParse({ ...events[4], top1: 1.01 }).success);
});

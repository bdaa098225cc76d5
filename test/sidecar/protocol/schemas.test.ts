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
		seconds: 1.5,
		memoryBytes: 1_000_000,
	},
	{ event: "evaluation", step: 1, ...heldOut },
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
	fill: { masks: [{ start: 0, end: 6, candidates: [{ text: "a", probability: 0.5 }] }], text: "a" },
	"eval-fill": heldOut,
	dataflow: { language: "go", tokens: ["a"], dataflow: [["a", 0, "comesFrom", ["a"], [0]]] },
	recipes: [
		{
			name: "r",
			summary: "s",
			paper: null,
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
			roles: ["completion"],
			scores: null,
		},
	],
	doctor: {
		device: "cpu",
		executionProvider: "cpu",
		candidates: [{ device: "cuda", available: false, reason: "no library", adapter: null }],
		versions: { node: "20" },
	},
	serve: { event: "serving", pid: 1, socket: "/a/socket", token: "t", protocolVersion: 1, version: "0.1.0" },
	...Object.fromEntries(events.map((event) => [`event-${event.event}`, event])),
};

const validator = (name: string) => new Ajv2020({ strict: true }).compile(outputJsonSchema(name));

test("the schemas in docs/schemas are up to date (else: npm run schemas)", () => {
	assert.deepEqual(presentSchemas(), expectedSchemas());
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

/** Fields that events of runs from before they existed lack. */
const laterFields: Readonly<Record<string, readonly string[]>> = { "event-step": ["seconds", "memoryBytes"] };

for (const [name, sample] of Object.entries(samples)) {
	test(`the sample of ${name} is valid, may gain a field and may not lose one`, () => {
		const validate = validator(name);
		assert.ok(validate(sample), JSON.stringify(validate.errors));
		const inner = (Array.isArray(sample) ? sample[0] : sample) as Record<string, unknown>;
		const wrap = (value: unknown): unknown => (Array.isArray(sample) ? [value] : value);
		assert.ok(validate(wrap({ ...inner, later: 1 })));
		for (const key of Object.keys(inner)) {
			const { [key]: _lost, ...rest } = inner;
			const later = laterFields[name]?.includes(key) ?? false;
			assert.equal(validate(wrap(rest)), later, `${name} without ${key}`);
		}
	});
}

test("NaN, infinity and shares above 1 are refused", () => {
	const event = events[2] as Record<string, unknown>;
	for (const loss of [Number.NaN, Number.POSITIVE_INFINITY]) {
		assert.ok(!trainingEventSchema.safeParse({ ...event, loss }).success);
	}
	assert.ok(!trainingEventSchema.safeParse({ ...events[3], top1: 1.01 }).success);
});

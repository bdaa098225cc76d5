import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { runTraining, type TrainingHost } from "../../../sidecar/compute/runTraining.ts";
import { createIndexing } from "../../../sidecar/compute/startIndexing.ts";
import { openEmbedder } from "../../../sidecar/inference/embedder.ts";
import { openModel } from "../../../sidecar/inference/loadedModel.ts";
import { fillResultSchema, modelsSchema } from "../../../sidecar/protocol/outputs.ts";
import { codeMlmSmall } from "../../../sidecar/recipes/codeMlmSmall.ts";
import { readCheckpoint } from "../../../sidecar/store/checkpoints.ts";
import { modelInUse, useModel } from "../../../sidecar/store/modelInUse.ts";
import { findModel } from "../../../sidecar/store/models.ts";
import { readRunRecipe } from "../../../sidecar/store/runs.ts";
import { parseRecipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinySettings, tinyShape, writeTinyCorpus } from "../../support/tinyTraining.ts";

const lora = 'adapter={"kind":"lora","rank":2,"alpha":4}';
const bottleneck = 'adapter={"kind":"sequentialBottleneckInvertible","reductionFactor":4}';

const steps = (count: number): string => `train.budget={"steps":${count}}`;

const never = new AbortController().signal;
const quiet: TrainingHost = {
	emit: () => undefined,
	preparing: () => undefined,
	finishing: () => undefined,
	warn: (message) => assert.fail(message),
	pause: never,
	finish: never,
};

describe("an adapter of a small model", () => {
	const tests: (() => void)[] = [];
	const folder = temporaryFolder({ after: (end) => tests.push(end) });
	const corpus = join(folder, "corpus");
	const base = join(folder, "base");
	const home = join(folder, "home");
	let hashes: Readonly<Record<string, string>>;

	const run = (name: string): string => join(home, "runs", name);
	/** As the command line trains, in this process. */
	async function train(out: string, { from, set = [] }: { from?: string; set?: string[] }): Promise<void> {
		const recipe = applyOverrides(codeMlmSmall.recipe, [...tinyShape, "evaluation.everySteps=2", ...set]);
		const start = from === undefined ? {} : { from };
		const compute = { device: "cpu", threads: 1 } as const;
		await runTraining({ kind: "train", recipe: { ...recipe, ...start }, corpus, out, ...start, ...compute }, quiet);
	}

	before(async () => {
		process.env["MASKWRIGHT_HOME"] = home;
		writeTinyCorpus(corpus);
		await train(base, { set: [steps(3)] });
		hashes = hashesOf(join(base, "model"));
		const from = join(base, "model");
		const learn = "train.learningRate=0.2";
		await train(run("lora-one"), { from, set: [lora, steps(4), learn] });
		await train(run("lora-two"), { from, set: [lora, steps(8), learn, "train.seed=2"] });
		await train(run("bottleneck"), { from, set: [bottleneck, steps(4), learn] });
	});

	test("is trained without changing a bit of its model, and checkpoints hold it alone", () => {
		assert.deepEqual(hashesOf(join(base, "model")), hashes);
		for (const [name, part] of [
			["lora-one", /\.lora_[AB]\.weight/],
			["bottleneck", /\.adapters\.|\.invertible_adapters\./],
		] as const) {
			const { model, optimizer } = readCheckpoint(run(name), 4);
			assert.ok(model.size > 0, name);
			for (const tensor of [...model.keys(), ...optimizer.keys()]) assert.match(tensor, part);
		}
		const whole = readCheckpoint(base, 3);
		assert.ok(
			[...whole.model.keys()].some((tensor) => !/lora|adapter/.test(tensor)),
			"a whole run would be seen",
		);
	});

	test("is a small folder that names its model, and is listed under it", async () => {
		const files = readdirSync(join(run("lora-one"), "model")).sort();
		assert.deepEqual(files, ["README.md", "adapter_config.json", "adapter_model.safetensors", "maskwright.json"]);
		const adapters = modelsSchema.parse(JSON.parse((await callCli(["adapters", "--json"])).stdout));
		assert.deepEqual(
			adapters.map(({ name, adapter }) => [name, adapter]),
			[
				["bottleneck", { kind: "sequentialBottleneckInvertible", base: "base" }],
				["lora-one", { kind: "lora", base: "base" }],
				["lora-two", { kind: "lora", base: "base" }],
			],
		);
		const models = modelsSchema.parse(JSON.parse((await callCli(["models", "--json"])).stdout));
		assert.equal(models[0]?.name, "base");
		assert.ok(models[0].bytes > 3 * models[1]!.bytes, `${models[1]?.bytes} bytes`);
		assert.match((await callCli(["models"])).stdout, /└ lora-one +lora, for base/);
		assert.match((await callCli(["adapters"])).stdout, /lora-two +lora +base/);
	});

	test("fills otherwise than its model, and each adapter otherwise than the other", async () => {
		const text = "def add(left, right):\n    return [MASK] + right\n";
		const fill = async (...args: string[]) => {
			const { exitCode, stdout, stderr } = await callCli(["fill", text, ...args, "--json"]);
			assert.deepEqual([exitCode, stderr], [0, ""]);
			return fillResultSchema.parse(JSON.parse(stdout)).masks[0]!.candidates;
		};
		const plain = await fill("--model", base);
		const one = await fill("--adapter", "lora-one");
		assert.notDeepEqual(one, plain);
		assert.notDeepEqual(one, await fill("--adapter", "lora-two", "--model", base));
		assert.deepEqual(one, await fill("--model", "lora-one"));
		assert.notDeepEqual(plain, await fill("--adapter", "bottleneck"));
	});

	test("merged and exported, gives the same answers as a model of its own", async () => {
		const out = join(folder, "merged");
		const exported = await callCli(["export", "lora-two", "--format", "maskwright", "--out", out]);
		assert.deepEqual([exported.exitCode, exported.stderr], [0, ""]);
		assert.equal(existsSync(join(out, "adapter_config.json")), false);
		const beside = await probabilities(join(run("lora-two"), "model"));
		const merged = await probabilities(out);
		const changed = largestDifference(merged, await probabilities(join(base, "model")));
		const error = largestDifference(merged, beside);
		assert.ok(
			error < 1e-5 && error < changed / 100,
			`merged they differ by ${error}, and the adapter changes ${changed}`,
		);
		const refused = await callCli(["export", "bottleneck", "--format", "huggingface", "--out", join(folder, "no")]);
		assert.equal(refused.exitCode, 2);
		assert.match(refused.stderr, /bottleneck adapter/);
		assert.equal(existsSync(join(folder, "no")), false);
	});

	test("makes the vectors of an index, which follow a switch and say so", async () => {
		const indexed = async (...flags: string[]) => {
			const { exitCode, stdout, stderr } = await callCli(["index", corpus, "--json", ...flags]);
			assert.deepEqual([exitCode, stderr], [0, ""]);
			return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as { model: string; embedded: number; chunks: number };
		};
		const search = (...flags: string[]) => callCli(["search", "sum of two", "--folder", corpus, "--json", ...flags]);
		const told = async (): Promise<string> => (await search()).stderr;

		useModel(findModel(base));
		const plain = await indexed("--model", base);
		assert.deepEqual([plain.model, plain.embedded > 0], ["base", true]);
		assert.equal(await told(), "");
		assert.equal((await indexed()).embedded, 0);

		const refused = await search("--adapter", "lora-one");
		assert.equal(refused.exitCode, 2);
		assert.match(refused.stderr, /has the vectors of base, .*maskwright index .* --adapter lora-one/);
		useModel(findModel("lora-one"));
		assert.match(await told(), /those of base, and lora-one is in use since\. Index the folder again/);
		const followed = await indexed();
		assert.deepEqual([followed.model, followed.embedded], ["lora-one", plain.embedded]);
		assert.deepEqual([await told(), (await search("--adapter", "lora-one")).exitCode], ["", 0]);

		const named = await indexed("--adapter", "lora-two", "--model", base);
		assert.deepEqual([named.model, named.embedded], ["lora-two", plain.embedded]);
		useModel(findModel(base));
		assert.deepEqual([(await indexed()).model, await told()], ["base", ""]);
	});

	test("makes them in a process that goes on too, once the folder is indexed again", async () => {
		let ready: (model: string | null) => void = () => {};
		const indexing = createIndexing({
			log: () => {},
			onStatus: (status) => status.state === "ready" && ready(status.model),
			onFailure: (_folder, error) => assert.fail(error),
		});
		const again = (model?: string): Promise<string | null> => {
			const end = new Promise<string | null>((resolve) => {
				ready = resolve;
			});
			indexing.start({
				folder: realpathSync(corpus),
				rebuild: false,
				watch: false,
				...(model === undefined ? {} : { model }),
			});
			return end;
		};
		useModel(findModel(base));
		assert.equal(await again(findModel(base)), "base");
		useModel(findModel("lora-two"));
		assert.equal(await again(), "lora-two");
		assert.equal(await again(findModel("lora-one")), "lora-one");
		useModel(findModel(base));
		assert.equal(await again(), "base");
		await indexing.shutdown();
	});

	test("embeds as merged, in as many ways as there are adapters", async () => {
		const out = join(folder, "merged-again");
		assert.equal((await callCli(["export", "lora-one", "--format", "maskwright", "--out", out])).exitCode, 0);
		const models = [base, out, ...["lora-one", "lora-two", "bottleneck"].map((name) => findModel(name))];
		const made = [];
		for (const path of models) {
			const embedder = await openEmbedder(findModel(path), { executionProvider: "cpu", threads: 1 });
			made.push({ identity: embedder.identity, vector: await embedder.embed("code", ["return left + right"]) });
			await embedder.release();
		}
		assert.equal(new Set(made.map(({ identity }) => identity)).size, models.length);
		const [plain, merged, one, two, bottled] = made.map(({ vector }) => vector);
		assert.ok(largestDifference(merged!, one!) < 1e-5, "as merged");
		for (const other of [two!, bottled!, plain!]) assert.ok(largestDifference(one!, other) > 1e-3);
	});

	test("is what surprisal, attention and saliency are taken of, switched to or named", async () => {
		const file = join(folder, "some.ts");
		writeFileSync(file, "export function sum(left: number, right: number): number { return left + right; }\n");
		const out = join(folder, "merged-again");
		for (const command of [["surprisal"], ["attention", "--layer", "0"], ["saliency", "--at", "1:20"]]) {
			const answer = async (...flags: string[]): Promise<unknown> => {
				const { exitCode, stdout, stderr } = await callCli([...command, file, "--json", ...flags]);
				assert.deepEqual([exitCode, stderr], [0, ""]);
				return JSON.parse(stdout);
			};
			const [plain, one, two] = [
				await answer("--model", base),
				await answer("--model", "lora-one"),
				await answer("--model", "lora-two"),
			];
			assert.notDeepEqual(one, plain, command.join(" "));
			assert.notDeepEqual(one, two);
			useModel(findModel("lora-one"));
			assert.deepEqual(numbersOf(await answer()), numbersOf(one), "the one that is switched to");
			const gap = largestDifference(numbersOf(await answer("--model", out)), numbersOf(one));
			assert.ok(gap < 1e-3, `${command.join(" ")} of the merged model is another by ${gap}`);
			useModel(findModel(base));
		}
		const quantized = await callCli(["quantize", "lora-one"]);
		assert.equal(quantized.exitCode, 2);
		assert.match(quantized.stderr, /lora-one is an adapter, which answers in the precision of the model/);
	});

	test("with another model is refused with a sentence", async () => {
		const other = join(folder, "other");
		await train(other, { set: [steps(1), "train.seed=9"] });
		const { exitCode, stderr } = await callCli(["fill", "x = [MASK]", "--model", other, "--adapter", "lora-one"]);
		assert.equal(exitCode, 1);
		assert.match(stderr, /^The adapter lora-one was trained on the model base with other weights than these/);
		const model = await callCli(["fill", "x = [MASK]", "--adapter", other]);
		assert.match(model.stderr, /is a model, not an adapter/);
		assert.equal(model.exitCode, 2);
	});

	test("goes on from its checkpoint as if it had not stopped", async () => {
		const whole = readCheckpoint(run("lora-one"), 4);
		rmSync(join(run("lora-one"), "checkpoints", "step-4"), { recursive: true });
		const recipe = parseRecipe(readRunRecipe(run("lora-one")));
		await runTraining({ kind: "resume", run: run("lora-one"), recipe, device: "cpu", threads: 1 }, quiet);
		assert.deepEqual(readCheckpoint(run("lora-one"), 4).model, whole.model);
	});

	test("wants a model to be trained on", async () => {
		const nothing = await callCli(["train", corpus, ...tinySettings, "--set", lora, "--steps", "1"]);
		assert.equal(nothing.exitCode, 2);
		assert.match(nothing.stderr, /Name one with --from/);
		const onAdapter = ["train", corpus, ...tinySettings, "--set", lora, "--steps", "1", "--from", "lora-one"];
		const refused = await callCli(onAdapter);
		assert.equal(refused.exitCode, 2);
		assert.match(refused.stderr, /is an adapter itself/);
	});

	test("is removed alone, and its model stays in use", async () => {
		useModel(findModel("lora-two"));
		const { exitCode, stdout } = await callCli(["adapters", "delete", "lora-two"]);
		assert.deepEqual([exitCode, /^Removed /.test(stdout)], [0, true]);
		assert.equal(existsSync(join(run("lora-two"), "model")), false);
		assert.deepEqual(hashesOf(join(base, "model")), hashes);
		assert.notEqual(modelInUse(), join(run("lora-two"), "model"));
		const wrong = await callCli(["adapters", "delete", base]);
		assert.equal(wrong.exitCode, 2);
		assert.deepEqual(hashesOf(join(base, "model")), hashes);
		for (const end of tests) end();
	});
});

async function probabilities(folder: string): Promise<Float32Array> {
	const model = openModel(folder, { executionProvider: "cpu", threads: 1 });
	const shape = { rows: 1, sequenceLength: 16, maskedRows: 2 };
	try {
		return await (await model.scorer(shape)).score({
			inputIds: Int32Array.from({ length: 16 }, (_, at) => 5 + 3 * at),
			segments: new Int32Array(16),
			positions: Int32Array.from({ length: 16 }, (_, at) => at),
			maskedPositions: Int32Array.of(3, 9),
		});
	} finally {
		await model.release();
	}
}

/** All numbers of an answer, in their order. */
function numbersOf(value: unknown): Float32Array {
	const found: number[] = [];
	JSON.stringify(value, (_, inner: unknown) => {
		if (typeof inner === "number") found.push(inner);
		return inner;
	});
	return Float32Array.from(found);
}

function hashesOf(folder: string): Record<string, string> {
	const hash = (name: string) =>
		createHash("sha256")
			.update(readFileSync(join(folder, name)))
			.digest("hex");
	return Object.fromEntries(readdirSync(folder).map((name) => [name, hash(name)]));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
	return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
}

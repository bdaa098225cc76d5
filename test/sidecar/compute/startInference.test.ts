import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isError } from "../../../sidecar/base/errors.ts";
import type { ModelUse } from "../../../sidecar/compute/inferenceMessages.ts";
import { createInference, type Inference, type InferenceOptions } from "../../../sidecar/compute/startInference.ts";
import { openEmbedder } from "../../../sidecar/inference/embedder.ts";
import { fill } from "../../../sidecar/inference/fill.ts";
import { type ModelParts, useModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { windowAround } from "../../../sidecar/inference/window.ts";
import { useModel } from "../../../sidecar/store/modelInUse.ts";
import { closeTo } from "../../support/closeTo.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../support/tinyFillModel.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const cpu = { executionProvider: "cpu", threads: 1 } as const;
const never = new AbortController().signal;
const text = "total = [MASK](items)\nprint(total)\n";
let parts: ModelParts;

before(async () => {
	const texts = ["total = compute_total(items)\nprint(total)\n", "for item in items:\n    total += item\n"];
	parts = await tinyFillModel(texts, { vocabularySize: 285, steps: 5 });
});

/** An inference in a user's folder of its own with a model in use. */
function inferenceWithModel(context: TestContext, options: Partial<InferenceOptions> = {}) {
	const home = temporaryFolder(context);
	const folder = saveInHome(home, "tiny", parts);
	useModel(folder, { home });
	const uses: ModelUse[] = [];
	const lines: string[] = [];
	const inference = createInference({
		home,
		waitSeconds: [0],
		log: (_, message) => lines.push(message),
		onFill: (use) => uses.push(use),
		...options,
	});
	context.after(() => inference.shutdown());
	return { inference, home, folder, uses, lines };
}

function maskIn(of: string): { start: number; end: number } {
	const start = of.indexOf("[MASK]");
	return { start, end: start + "[MASK]".length };
}

async function expectedFill(of: string) {
	const model = useModelParts(parts, cpu);
	const result = await fill(model, of, { top: 3 });
	await model.release();
	return result;
}

function killWhenever(inference: Inference): () => void {
	const killed = new Set<number>();
	return inference.onChange(() => {
		const { pid } = inference.status();
		if (pid === null || killed.has(pid)) return;
		killed.add(pid);
		process.kill(pid, "SIGKILL");
	});
}

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await sleep(5);
}

test("without a model a request is refused with what to do, and no process starts", async (context) => {
	const inference = createInference({ home: temporaryFolder(context), log: () => {} });
	await assert.rejects(inference.fill(text, { top: 1, signal: never }), {
		name: "notFound",
		message: /Train on This Workspace.*maskwright train/,
	});
	assert.equal(inference.status().pid, null);
});

test("the process fills as the room does, whole texts and single masks, and tells what is in its memory", async (context) => {
	const { inference, folder } = inferenceWithModel(context);
	const expected = await expectedFill(text);
	assert.deepEqual(await inference.fill(text, { top: 3, signal: never }), expected);
	assert.deepEqual(await inference.fill(text, { top: 3, signal: never, around: maskIn(text) }), expected);
	const { pid, memoryBytes, ...status } = inference.status();
	assert.deepEqual(status, { loaded: folder, executionProvider: "cpu", maskToken: "<mask>" });
	assert.ok(pid !== null && memoryBytes > 10e6);
	await assert.rejects(inference.fill("x", { top: 3, signal: never }), { name: "noMask" });
	await assert.rejects(inference.fill("[MASK*40]", { top: 3, signal: never }), { name: "usage" });
});

test("one mask of a large document is filled from the text near it, at its place in the whole", async (context) => {
	const { inference, uses } = inferenceWithModel(context);
	const far = "print('😀 é') # [MASK] and [MASK*99]\r\n".repeat(15_000);
	const near = "print(total)\n".repeat(2000);
	const whole = `${far}${near}${text}${near}${far}`;
	const at = maskIn(near + text);
	const around = { start: far.length + at.start, end: far.length + at.end };
	const result = await inference.fill(whole, { top: 3, signal: never, around });
	const window = windowAround(whole, around);
	assert.ok(far.length < window.start && window.end < whole.length - far.length);
	const expected = await expectedFill(whole.slice(window.start, window.end));
	assert.deepEqual(result.masks, [{ ...around, candidates: expected.masks[0]!.candidates }]);
	assert.equal(result.text, whole.slice(0, window.start) + expected.text + whole.slice(window.end));
	assert.deepEqual(
		uses.map(({ runs }) => runs),
		[1],
	);
});

test("a request whose process is killed is answered by the next one", async (context) => {
	const { inference, lines } = inferenceWithModel(context);
	const expected = await expectedFill(text);
	await inference.fill(text, { top: 3, signal: never });
	const { pid } = inference.status();
	const requests = [1, 2, 3].map(() => inference.fill(text, { top: 3, signal: never, around: maskIn(text) }));
	process.kill(pid!, "SIGKILL");
	assert.deepEqual(await Promise.all(requests), [expected, expected, expected]);
	assert.notEqual(inference.status().pid, pid);
	assert.ok(lines.some((line) => line.includes("ended by signal SIGKILL")));
});

test("a request under which two processes died is refused, and after five deaths all are, until another model is used", async (context) => {
	const { inference, home } = inferenceWithModel(context);
	const stop = killWhenever(inference);
	const refused = { name: "processDied", message: /ended by signal SIGKILL\. Ask again/ };
	for (let request = 0; request < 2; request++) {
		await assert.rejects(inference.fill(text, { top: 1, signal: never }), refused);
	}
	const gaveUp = { name: "processDied", message: /ended 5 times within three minutes.*restart the sidecar/ };
	const waiting = [1, 2].map(() => inference.fill(text, { top: 1, signal: never }));
	for (const request of waiting) await assert.rejects(request, gaveUp);
	await assert.rejects(inference.fill(text, { top: 1, signal: never }), gaveUp);
	assert.equal(inference.status().pid, null);
	stop();
	useModel(saveInHome(home, "other", parts), { home });
	inference.modelChanged();
	assert.equal((await inference.fill(text, { top: 1, signal: never })).masks.length, 1);
});

test("a request that is aborted stops before the next run of the model", async (context) => {
	const { inference, uses } = inferenceWithModel(context);
	await inference.fill(text, { top: 1, signal: never });
	const abort = new AbortController();
	const masks = 60;
	const long = inference.fill(`${text}\n`.repeat(masks), { top: 1, signal: abort.signal });
	const first = inference.fill(text, { top: 1, signal: never, around: maskIn(text) }); // beside it
	const [stopped] = await Promise.allSettled([long, first.then(() => abort.abort())]);
	assert.equal(stopped.status === "rejected" && stopped.reason.name, "interrupted");
	await until(() => uses.length === 3);
	assert.ok(uses[2]!.runs < masks / 2, `${uses[2]!.runs} runs`);
});

test("of the masks of an editor that wait the newest comes first, and one that is aborted costs nothing", async (context) => {
	const { inference, uses } = inferenceWithModel(context);
	const abort = new AbortController();
	const order: string[] = [];
	const ask = async (name: string, signal: AbortSignal): Promise<void> => {
		await inference.fill(text, { top: 1, signal, around: maskIn(text) }).then(
			() => order.push(name),
			() => order.push(`${name} stopped`),
		);
	};
	const asked = [ask("first", never), ask("second", never), ask("third", abort.signal), ask("fourth", never)];
	abort.abort();
	await Promise.all(asked);
	assert.deepEqual(order, ["third stopped", "first", "fourth", "second"]);
	assert.equal(uses.length, 3);
});

test("another model takes the place of the one in memory, in the same process; a model rewritten in place too", async (context) => {
	const { inference, home, folder } = inferenceWithModel(context);
	await inference.fill(text, { top: 1, signal: never });
	const { pid } = inference.status();
	const other = saveInHome(home, "other", parts);
	useModel(other, { home });
	inference.modelChanged();
	await until(() => inference.status().loaded === other);
	assert.equal((await inference.fill(text, { top: 1, signal: never, model: "tiny" })).masks.length, 1);
	assert.deepEqual([inference.status().loaded, inference.status().pid], [folder, pid]);
	const quiet = { ...parts, weights: new Map([...parts.weights].map(([name, data]) => [name, data.map(() => 0)])) };
	const before = await inference.fill(text, { top: 3, signal: never });
	saveInHome(home, "other", quiet);
	assert.notDeepEqual(await inference.fill(text, { top: 3, signal: never }), before);
});

test("an idle process ends and the next request starts one; after the shutdown requests are refused", async (context) => {
	const { inference } = inferenceWithModel(context, { idleSeconds: 0.01 });
	await inference.fill(text, { top: 1, signal: never });
	await until(() => inference.status().pid === null);
	const last = inference.fill(text, { top: 1, signal: never });
	const { pid } = inference.status();
	const refusal = assert.rejects(last, { name: "interrupted" });
	await inference.shutdown();
	await refusal;
	assert.throws(() => process.kill(pid!, 0), { code: "ESRCH" });
	await assert.rejects(inference.fill(text, { top: 1, signal: never }), { name: "interrupted" });
});

test("when its parent is killed the process ends", async (context) => {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	useModel(saveInHome(home, "tiny", parts));
	const program = join(import.meta.dirname, "../../support/inferenceParentChild.ts");
	const parent = fork(program, { execArgv: ["--import", "tsx"] });
	const [pid] = (await once(parent, "message")) as [number];
	process.kill(pid, 0);
	parent.kill("SIGKILL");
	await until(() => {
		try {
			return !process.kill(pid, 0);
		} catch {
			return true;
		}
	});
});

test("texts are embedded by a model of their own beside the fills, as the embedder does it", async (context) => {
	const { inference, folder } = inferenceWithModel(context);
	const embedder = await openEmbedder(folder, cpu);
	context.after(() => embedder.release());
	const texts = ["sum of all prices", "", text];
	const request = { as: "query", texts } as const;
	const [embedded, filled] = await Promise.all([
		inference.ask("embed", request, { model: folder, signal: never }),
		inference.fill(text, { top: 3, signal: never }),
	]);
	const { dimension, identity } = embedder;
	assert.deepEqual({ ...embedded, vectors: undefined }, { dimension, identity, vectors: undefined });
	closeTo(embedded.vectors, await embedder.embed("query", texts), 1e-6);
	assert.deepEqual(filled, await expectedFill(text));
	const stopped = inference.ask("embed", request, { model: folder, signal: AbortSignal.abort() });
	await assert.rejects(stopped, (error) => isError(error, "interrupted"));
});

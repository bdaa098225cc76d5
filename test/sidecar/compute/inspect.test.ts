import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createInference, type Inference } from "../../../sidecar/compute/startInference.ts";
import { seeAttention } from "../../../sidecar/inference/inspect/attention.ts";
import { surprisalReport } from "../../../sidecar/inference/inspect/surprisalReport.ts";
import { inspectedRow } from "../../../sidecar/inference/inspect/textTokens.ts";
import { type ModelParts, useModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { inspectHandlers } from "../../../sidecar/jobs/inspectHandlers.ts";
import type { SurprisalPage } from "../../../sidecar/protocol/inspect/surprisal.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { saveModel } from "../../../sidecar/store/modelFolder.ts";
import { useModel } from "../../../sidecar/store/modelInUse.ts";
import { saveInHome, storedModel } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../support/tinyFillModel.ts";

const cpu = { executionProvider: "cpu", threads: 1 } as const;
const code = "def add(a, b):\n    total = a + b\n    return total\n";
let parts: ModelParts;
let home: string;
let inference: Inference;
let ask: Ask;

before(async () => {
	parts = await tinyFillModel([code, "for a in total:\n    add(a, b)\n"], { vocabularySize: 285, steps: 5 });
	home = mkdtempSync(join(tmpdir(), "maskwright-inspect-"));
	useModel(saveInHome(home, "tiny", parts), { home });
	const quiet = new Map([...parts.weights].map(([name, data]) => [name, data.map(() => 0)]));
	saveInHome(home, "quiet", { ...parts, weights: quiet });
	inference = createInference({ home, log: () => {} });
	ask = askOf(home, inference);
});

after(async () => {
	await inference.shutdown();
	rmSync(home, { recursive: true, force: true });
});

type Handlers = ReturnType<typeof inspectHandlers>;
type Ask = <Name extends keyof Handlers>(
	name: Name,
	params: object,
	signal?: AbortSignal,
) => Promise<Awaited<ReturnType<Handlers[Name]>>>;

/** The handlers, asked and answered as over the wire. */
function askOf(of: string, asked: Inference): Ask {
	const handlers = inspectHandlers({ home: of, inference: asked });
	return async (name, params, signal = new AbortController().signal) => {
		const handler = handlers[name] as (params: unknown, context: { signal: AbortSignal }) => Promise<unknown>;
		const result = await handler(requests[name].params.parse(params), { signal });
		return requests[name].result.parse(result) as never;
	};
}

test("surprisal comes in pages that together are the whole, ranges first", async () => {
	const text = Array.from({ length: 40 }, (_, line) => `total${line} = a + ${line}\n`).join("");
	const visible = { start: text.indexOf("total20"), end: text.indexOf("total22") };
	const pages: SurprisalPage[] = [];
	for (let from: number | null = 0; from !== null; from = pages.at(-1)!.next) {
		pages.push(await ask("inspectSurprisal", { text, ranges: [visible], from, milliseconds: 1 }));
	}
	assert.ok(pages.length > 3, `${pages.length} pages`);
	assert.ok(pages[0]!.tokens[0]!.start <= visible.start && pages[0]!.tokens[0]!.end > visible.start);
	assert.ok(pages.slice(0, -1).every(({ pseudoPerplexity, lines }) => pseudoPerplexity === null && lines === null));
	const model = useModelParts(parts, cpu);
	const whole = await surprisalReport({ name: "tiny", model }, { text });
	const told = pages.flatMap(({ tokens }) => tokens).sort((a, b) => a.index - b.index);
	assert.deepEqual(
		told.map(({ start, rank, expected }) => [start, rank, expected.map((one) => one.text)]),
		whole.tokens.map(({ start, rank, expected }) => [start, rank, expected.map((one) => one.text)]),
	);
	assert.ok(Math.abs(pages.at(-1)!.pseudoPerplexity! / whole.pseudoPerplexity! - 1) < 1e-5);
	assert.equal(pages.at(-1)!.lines!.length, 40);
	await model.release();
});

test("attention travels in bytes, only what was asked for, with the heads by their share of the data flow", async () => {
	const params = {
		text: code,
		path: "add.py",
		matrices: [{ layer: 1, head: 0 }],
		rollouts: [1],
		thumbnails: true,
		dataflow: true,
	};
	const view = await ask("inspectAttention", params);
	const model = useModelParts(parts, cpu);
	const row = inspectedRow(model.tokenizer, code, { range: undefined, longest: 128 });
	const n = row.ids.length;
	const wish = { matrices: [{ layer: 1, head: 0 }], rollouts: [], thumbnails: false, pairs: [] };
	const [exact] = (await seeAttention(model, row, { wish, ...cpu })).matrices;
	assert.deepEqual([view.matrices.length, view.rollouts.length], [1, 1]);
	const bytes = Buffer.from(view.matrices[0]!.bytes, "base64");
	assert.equal(bytes.length, n * n);
	bytes.forEach((byte, at) => {
		assert.ok(Math.abs((byte / 255) ** 2 - exact![at]!) < 0.005);
	});
	assert.equal(Buffer.from(view.thumbnails!.bytes, "base64").length, 2 * 2 * view.thumbnails!.size ** 2);
	assert.deepEqual(view.windows, [null, null]);
	const { edges, toSource, fromSource } = view.dataflow!;
	const named = edges.map(({ from, to, name }) => [name, code.slice(to.start, to.end), to.start < from.start]);
	assert.deepEqual(named.slice(0, 3), [
		["total", "a", false],
		["total", "b", false],
		["a", "a", true],
	]);
	// The share of a head by hand: what the tokens of uses give the tokens of their sources.
	const tokensOf = ({ start, end }: { start: number; end: number }): number[] =>
		[...row.ids.keys()].filter((at) => !row.special[at] && row.starts[at]! < end && row.ends[at]! > start);
	const pairs = new Map<number, Set<number>>();
	for (const { from, to } of edges) {
		for (const use of tokensOf(from)) pairs.set(use, new Set([...(pairs.get(use) ?? []), ...tokensOf(to)]));
	}
	let sum = 0;
	let chance = 0;
	for (const [use, sources] of pairs) {
		for (const source of sources) sum += exact![use * n + source]!;
		chance += sources.size / n;
	}
	const own = toSource.find(({ layer, head }) => layer === 1 && head === 0)!;
	assert.ok(Math.abs(own.share - sum / pairs.size) < 1e-5 && Math.abs(own.chance - chance / pairs.size) < 1e-9);
	assert.deepEqual([toSource.length, fromSource.length], [4, 4]);
	assert.ok(toSource.every(({ lift }, at) => at === 0 || lift! <= toSource[at - 1]!.lift!));
	await model.release();
});

test("masks are those of the recipe, another model stands beside the first, and what cannot be is said", async (context) => {
	const params = { text: code.repeat(3), recipe: "plain-bert", seed: 3 };
	const masks = await ask("inspectMasks", params);
	assert.deepEqual([masks.recipe, masks.seed, masks.sequenceLength, masks.models], ["plain-bert", 3, 128, []]);
	const span = await ask("inspectMasks", { ...params, strategy: "span", rate: 0.5 });
	assert.deepEqual([span.strategies, span.rate, Object.keys(span.counts.strategies)], [["span"], 0.5, ["span"]]);
	await assert.rejects(ask("inspectMasks", { ...params, strategy: "none" }), { name: "usage" });
	await assert.rejects(ask("inspectMasks", { ...params, recipe: "none" }), { name: "notFound" });
	const graph = await ask("inspectMasks", { ...params, recipe: "graphcodebert" });
	assert.deepEqual([graph.recipe, graph.objective], ["graphcodebert", "graphCodeBert"]);
	const none = await ask("inspectMasks", { ...params, recipe: "code-search" });
	assert.deepEqual([none.recipe, none.objective], ["code-search", "codeSearch"]);
	await assert.rejects(ask("inspectMasks", { ...params, predict: true }), { name: "tooLong" });
	const recipe = join(temporaryFolder(context), "short.json");
	const short = { extends: "code-mlm-small", data: { sequenceLength: 32 } };
	writeFileSync(recipe, JSON.stringify(short));
	const both = await ask("inspectMasks", { text: code.repeat(3), recipe, compare: "quiet" });
	const [own, other] = both.models;
	assert.deepEqual([own!.model, other!.model], ["tiny", "quiet"]);
	assert.ok(Math.abs(other!.loss! - Math.log(parts.config.vocabularySize)) < 1e-4); // it knows nothing
});

test("saliency sums to what the text adds, and is told for the token at a place", async () => {
	const at = code.indexOf("total\n");
	const saliency = await ask("inspectSaliency", { text: code, at });
	const token = saliency.tokens[saliency.position]!;
	assert.ok(token.start <= at && at < token.end);
	const sum = saliency.integratedGradients.reduce((total, value) => total + value, 0);
	assert.ok(Math.abs(sum - saliency.difference) <= 0.01 * Math.abs(saliency.difference) + 1e-6);
	assert.equal(saliency.missing <= 0.01, true);
	await assert.rejects(ask("inspectSaliency", { text: code, at: 4000 }), { name: "usage" });
	await assert.rejects(ask("inspectSaliency", { text: code, at, target: 1e6 }), { name: "usage" });
});

test("a request that is taken back stops between two runs of the model, and the next is answered", async () => {
	const text = Array.from({ length: 4000 }, (_, line) => `total${line} = a + ${line}\n`).join("");
	await ask("inspectSurprisal", { text: code });
	const abort = new AbortController();
	const long = ask("inspectSurprisal", { text, milliseconds: 60_000 }, abort.signal);
	setTimeout(() => abort.abort(), 300);
	await assert.rejects(long, { name: "interrupted" });
	const start = performance.now();
	assert.equal((await ask("inspectMasks", { text: code })).placed, "alone");
	assert.ok(performance.now() - start < 5000);
});

const odd = {
	"a text of 2,000 lines": Array.from({ length: 2000 }, (_, line) => `value${line} = a + b * ${line}\n`).join(""),
	emoji: 'face = "😀👩‍👩‍👧"\nprint(face)\n',
	"tabs and CRLF": "if a:\r\n\tb = a\r\n\treturn b\r\n",
	"right-to-left text": 'name = "שלום עולם"\nprint(name)\n',
	"a byte order mark": "\uFEFFa = 1\nb = a\n",
	"lone surrogates": 'a = "\uD83D"\nb = a + "\uDE00"\n',
	nothing: "",
	blanks: " \n\t\n",
};

for (const [name, text] of Object.entries(odd)) {
	test(`${name}: every request gives a sound result or one sentence`, async () => {
		const masks = await ask("inspectMasks", { text });
		assert.ok(masks.tokens.every(({ start, end }) => start <= end && end <= text.length));
		const page = await ask("inspectSurprisal", { text, milliseconds: 200 });
		assert.ok(page.tokens.every(({ surprisal }) => surprisal >= 0 && surprisal <= 126));
		if (text === "") assert.deepEqual([page.total, page.next, page.pseudoPerplexity], [0, null, null]);
		const asked = [
			ask("inspectAttention", { text, path: "a.py", dataflow: true, thumbnails: true }),
			ask("inspectSaliency", { text, at: 1 }),
		];
		for (const outcome of await Promise.allSettled(asked)) {
			if (outcome.status === "fulfilled") continue;
			assert.ok(["usage", "tooLong"].includes(outcome.reason.name), outcome.reason.stack);
			assert.match(outcome.reason.message, /^[A-Z].*\.$/);
		}
	});
}

test("an unknown language has no data flow and says so; an empty selection is told", async () => {
	const view = await ask("inspectAttention", { text: code, path: "notes.txt", dataflow: true });
	assert.equal(view.dataflow, null);
	assert.match(view.noDataflow!, /no data flow: the file is in none of python/);
	await assert.rejects(ask("inspectAttention", { text: code, range: { start: 4, end: 4 } }), {
		name: "usage",
		message: "There is no code to look at. Select some lines.",
	});
	assert.deepEqual((await ask("inspectMasks", { text: code, range: { start: 4, end: 4 } })).tokens, []);
});

test("a model without a masked-LM head shows masks and attention, and says why it predicts nothing", async () => {
	const { tensors, ...rest } = storedModel(parts);
	const folder = join(home, "models", "headless");
	saveModel(folder, { ...rest, tensors: new Map([...tensors].filter(([name]) => name.startsWith("model."))) });
	const model = "headless";
	assert.equal((await ask("inspectAttention", { text: code, model, thumbnails: true })).model, "headless");
	assert.equal((await ask("inspectMasks", { text: code, model })).models.length, 0);
	const refusal = { name: "modelInvalid", message: /no head for masked language modelling/ };
	await assert.rejects(ask("inspectSurprisal", { text: code, model }), refusal);
	await assert.rejects(ask("inspectSaliency", { text: code, at: 4, model }), refusal);
});

test("without a model each request says how to get one", async (context) => {
	const empty = temporaryFolder(context);
	const ask = askOf(empty, createInference({ home: empty, log: () => {} }));
	for (const name of ["inspectMasks", "inspectSurprisal", "inspectAttention", "inspectSaliency"] as const) {
		await assert.rejects(ask(name, { text: code, at: 1 }), {
			name: "notFound",
			message: /no model in use\. Train one/,
		});
	}
	await assert.rejects(ask("inspectMasks", { text: code, model: join("no", "where") }), { name: "notFound" });
});

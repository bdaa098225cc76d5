import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { fill } from "../../../sidecar/inference/fill.ts";
import { type LoadedModel, type ModelParts, useModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { findMasks } from "../../../sidecar/inference/maskedText.ts";
import { type RankingWeights, rankingWeights } from "../../../sidecar/inference/rankingWeights.ts";
import { likelyShapes } from "../../../sidecar/inference/scoreLengths.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";

/** The ranking without all that it knows of the text and of the training counts. */
const modelAlone: RankingWeights = { ...mapValues(rankingWeights, 0), modelMean: 1, none: -50 };

function mapValues<Key extends string>(record: Readonly<Record<Key, number>>, value: number): Record<Key, number> {
	return Object.fromEntries(Object.keys(record).map((key) => [key, value])) as Record<Key, number>;
}

let parts: ModelParts;
let model: LoadedModel;

before(async () => {
	parts = await tinyFillModel(fillTexts, { vocabularySize: 360, steps: 500 });
	model = useModelParts(parts, { executionProvider: "cpu", threads: 1 });
});
after(() => model.release());

/** Fills, checks what must hold of every result, and gives the texts of the candidates of each mask. */
async function candidatesOf(text: string, options: { top?: number; of?: LoadedModel } = {}): Promise<string[][]> {
	const { of = model, top = 5 } = options;
	const result = await fill(of, text, { top });
	const masks = findMasks(text, of.tokenizer.maskToken);
	let filled = "";
	let from = 0;
	assert.equal(result.masks.length, masks.length);
	for (const [index, mask] of result.masks.entries()) {
		assert.deepEqual([mask.start, mask.end], [masks[index]!.start, masks[index]!.end]);
		assert(mask.candidates.length <= top);
		let sum = 0;
		let last = 1;
		for (const { text: candidate, probability } of mask.candidates) {
			assert(candidate !== "" && candidate.trim() === candidate);
			assert(probability > 0 && probability <= last);
			last = probability;
			sum += probability;
		}
		assert(sum <= 1 + 1e-9);
		filled += text.slice(from, mask.start) + (mask.candidates[0]?.text ?? "");
		from = mask.end;
	}
	assert.equal(result.text, filled + text.slice(from));
	return result.masks.map(({ candidates }) => candidates.map((candidate) => candidate.text));
}

async function checkFirst(text: string, expected: string[]): Promise<void> {
	assert.deepEqual(
		(await candidatesOf(text)).map(([first]) => first),
		expected,
	);
}

test("a model that knows a text by heart gives back what was masked, of one piece or of several", async () => {
	const pieces = (text: string) => model.tokenizer.encode(text).ids.length;
	assert(pieces(" parse_tree") > 1 && pieces(" compute_total") > 1);
	await checkFirst("def load_config(path):\n    return [MASK](path)\n", ["parse_tree"]);
	await checkFirst("total = [MASK](items)\nprint(total)\n", ["compute_total"]);
	await checkFirst("import shutil\nshutil.[MASK](folder)\n", ["rmtree"]);
	await checkFirst("class Window([MASK]):\n    pass\n", ["Widget"]);
});

test("keywords and punctuation are filled where the model wants them", async () => {
	await checkFirst("if width [MASK] height:\n    square = True\n", ["=="]);
	await checkFirst("[MASK] item in items:\n    total += item.price\n", ["for"]);
});

test("the model's own mask token and masks at both ends of the text work", async () => {
	await checkFirst("total = <mask>(items)\nprint(total)\n", ["compute_total"]);
	await checkFirst("[MASK] Window(Widget):\n    pass\n", ["class"]);
	assert((await candidatesOf("import shutil\nshutil.rmtree([MASK]"))[0]!.includes("folder"));
	await candidatesOf("[MASK]");
});

test("only the mask's characters change, whatever stands around it", async () => {
	for (const text of [
		"\uFEFFtotal = [MASK](items)\r\nprint(total)\r\n",
		"# 😀𝒳é\ntotal = [MASK](items)\nprint(total)\n",
		"foo[MASK]bar",
		"[MASK][MASK]",
		"x =  [MASK]\t[MASK*2]\uD800",
		"a\u3000[MASK]\u2028b",
	]) {
		await candidatesOf(text);
	}
});

test("a mask with a number is one entry of exactly that many pieces", async () => {
	const [candidates, ...rest] = await candidatesOf("for item in items:\n    total [MASK*4]\n");
	assert.deepEqual(rest, []);
	const wanted = model.tokenizer.encode(" += item.price").ids.length;
	assert.equal(
		candidates!.every((text) => model.tokenizer.encode(` ${text}`).ids.length === 4),
		true,
	);
	await checkFirst(`for item in items:\n    total [MASK*${wanted}]\n`, ["+= item.price"]);
});

test("several masks are filled jointly, in the light of each other", async () => {
	await checkFirst("if [MASK] == [MASK]:\n    square = True\n", ["width", "height"]);
	await checkFirst("import [MASK]\n[MASK].rmtree(folder)\n", ["shutil", "shutil"]);
});

test("one mask of several is filled alone as it is filled among all, and what is no sound mask is text", async () => {
	for (const text of [
		"total = [MASK](items)\nprint(total)\n",
		"if [MASK] == [MASK]:\n    square = True\n",
		"import [MASK]\n[MASK].rmtree(folder)\n",
		"[MASK] item in [MASK*1]:\n    total += item.[MASK]\n",
	]) {
		const whole = await fill(model, text);
		for (const [index, mask] of whole.masks.entries()) {
			const { masks } = await fill(model, text, { around: mask });
			assert.deepEqual(
				masks.filter(({ start }) => start === mask.start),
				[whole.masks[index]],
			);
		}
	}
	const unsound = "# [MASK*99]\ntotal = [MASK](items)\n";
	const around = { start: 20, end: 26 };
	const { masks, text } = await fill(model, unsound, { around });
	assert.deepEqual(text, unsound.slice(0, 20) + masks[0]!.candidates[0]!.text + unsound.slice(26));
	await assert.rejects(fill(model, unsound, { around: { start: 2, end: 11 } }), (error) => isError(error, "noMask"));
});

test("one mask among very many costs few runs of the model", async () => {
	const many = "[MASK] = 1\n".repeat(200);
	const around = { start: 1100, end: 1106 };
	let runs = 0;
	const counted: LoadedModel = {
		...model,
		scorer: (shape) => {
			runs++;
			return model.scorer(shape);
		},
	};
	const { masks, text } = await fill(counted, many, { around });
	assert.ok(masks.some(({ start }) => start === around.start));
	assert.ok(runs <= 36, `${runs} runs`); // of eight masks: 8 + 7 + ... + 1
	let filled = "";
	let from = 0;
	for (const { start, end, candidates } of masks) {
		filled += many.slice(from, start) + candidates[0]!.text;
		from = end;
	}
	assert.equal(text, filled + many.slice(from));
});

test("masks without a number and with a small one need no other sessions than the likely ones", async () => {
	const likely = likelyShapes(model.sequenceLength).map((shape) => JSON.stringify(shape));
	const asked = new Set<string>();
	const watched: LoadedModel = {
		...model,
		scorer: (shape) => {
			asked.add(JSON.stringify(shape));
			return model.scorer(shape);
		},
	};
	for (const lines of [0, 1, 2, 3, 4, 20]) {
		for (const mask of ["[MASK]", "[MASK*1]", "[MASK*4]"]) await fill(watched, `${"a b\n".repeat(lines)}x = ${mask}`);
	}
	assert.deepEqual(
		[...asked].filter((shape) => !likely.includes(shape)),
		[],
	);
	assert.deepEqual(
		likelyShapes(100).map(({ sequenceLength }) => sequenceLength),
		[100, 96, 64, 32],
	);
});

test("a text longer than the model is seen through a window around each mask", async () => {
	const between = "print(total)\n".repeat(40);
	const near = `${between}import shutil\nshutil.[MASK](folder)\nshutil.[MASK](folder)\n`;
	const text = (far: string) => `${far}\n${near}${between}class Window([MASK]):\n    pass\n${between}${far}`;
	const a = await fill(model, text("a".repeat(300)), { weights: modelAlone });
	const b = await fill(model, text("b".repeat(300)), { weights: modelAlone });
	assert(model.tokenizer.encode(text("")).ids.length > 5 * model.sequenceLength);
	assert.deepEqual(a.masks, b.masks);
	const changed = await fill(model, text("").replace("class Window", "class Widget"), { weights: modelAlone });
	assert.notDeepEqual(a.masks[2]!.candidates, changed.masks[2]!.candidates);
});

test("a name that the model never saw is proposed because the text uses it", async () => {
	const text = "zqx = 1\nzqx.read(1)\nzqx.read(2)\nzqx.read(3)\nzqx.read(4)\n[MASK].read(5)\n";
	const [ranked] = await candidatesOf(text);
	assert.equal(ranked![0], "zqx");
	const alone = await fill(model, text, { weights: modelAlone });
	assert(!alone.masks[0]!.candidates.some((candidate) => candidate.text === "zqx"));
});

test("the same call gives the same result, with or without n-gram counts", async () => {
	const text = "total = [MASK](items)\nprint(total)\n";
	assert.deepEqual(await fill(model, text), await fill(model, text));
	const { ngrams: _, ...rest } = parts;
	const bare = useModelParts(rest, { executionProvider: "cpu", threads: 1 });
	assert.equal((await candidatesOf(text, { of: bare }))[0]!.length, 5);
	await bare.release();
});

test("an aborted signal stops the fill before the model runs", async () => {
	for (const text of ["x = [MASK]", "x = [MASK*2]"]) {
		await assert.rejects(fill(model, text, { signal: AbortSignal.abort() }), (error) => isError(error, "interrupted"));
	}
});

test("a text without a mask and a mask longer than the model are refused", async () => {
	await assert.rejects(fill(model, "x = 1"), (error) => isError(error, "noMask"));
	await assert.rejects(fill(model, "x = [MASK*31]"), (error) => isError(error, "tooLong"));
});

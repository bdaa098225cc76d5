import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { quantizeModel } from "../../../sidecar/compute/quantizeModel.ts";
import { openEmbedder } from "../../../sidecar/inference/embedder.ts";
import { fill } from "../../../sidecar/inference/fill.ts";
import { type ModelParts, openModel } from "../../../sidecar/inference/loadedModel.ts";
import type { PrecisionChoice } from "../../../sidecar/inference/precision.ts";
import { int8Bars, missedBars } from "../../../sidecar/inference/precision.ts";
import { quantizeReportSchema } from "../../../sidecar/protocol/outputs.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";

const any = { agreement: 0, cosine: 0, speedup: 0 };
const masked = "def load_config([MASK]):\n    return parse_tree(path)\n";

let parts: ModelParts;
before(async () => {
	parts = await tinyFillModel(fillTexts, { vocabularySize: 370, steps: 60 });
});

function prepare(context: Parameters<typeof temporaryFolder>[0]): { folder: string; data: string } {
	const home = temporaryFolder(context);
	const data = join(home, "texts.jsonl");
	const lines = fillTexts.map((text, at) => JSON.stringify({ path: `${at}.py`, language: "python", text }));
	writeFileSync(data, `${lines.join("\n")}\n`);
	return { folder: saveInHome(home, "tiny", parts), data };
}

/** What `maskwright.json` says beside the hashes of the other files. */
function about(folder: string): Record<string, unknown> {
	const { files: _, ...rest } = JSON.parse(readFileSync(join(folder, "maskwright.json"), "utf8")) as {
		files?: unknown;
	};
	return rest;
}

async function fills(folder: string, precision: PrecisionChoice) {
	const model = openModel(folder, { executionProvider: "cpu", threads: 1, precision });
	try {
		return { precision: model.precision, result: await fill(model, masked) };
	} finally {
		await model.release();
	}
}

test("a model that passes serves in 8 bits, nearly alike; in float32 it answers as before", async (context) => {
	const { folder, data } = prepare(context);
	const earlier = await fills(folder, "auto");
	assert.equal(earlier.precision, "float32");
	const weights = readFileSync(join(folder, "model.safetensors"));
	const report = quantizeReportSchema.parse(await quantizeModel(folder, { data, bars: any }));
	assert.deepEqual([report.missed, report.precision], [[], "int8"]);
	assert.ok(report.tokens > 5 && report.texts > 2);
	assert.ok(report.agreement! > 0.9 && report.cosine! > 0.99 && report.cosine! < 1, JSON.stringify(report));
	const { agreement, cosine, speedup } = report;
	assert.deepEqual(about(folder), { roles: ["completion"], scores: null, int8: { agreement, cosine, speedup } });
	assert.deepEqual(readFileSync(join(folder, "model.safetensors")), weights);
	assert.deepEqual(await fills(folder, "float32"), earlier);
	const later = await fills(folder, "auto");
	assert.equal(later.precision, "int8");
	const [before, after] = [earlier, later].map(({ result }) => result.masks[0]!.candidates[0]!);
	assert.equal(after!.text, before!.text);
	assert.notEqual(after!.probability, before!.probability, "both answers come from float32");
	assert.ok(Math.abs(after!.probability - before!.probability) < 0.05);
});

test("a model that misses a bar stays in float32, and what it was measured for before is forgotten", async (context) => {
	const { folder, data } = prepare(context);
	await quantizeModel(folder, { data, bars: any });
	const report = await quantizeModel(folder, { data, bars: { ...any, agreement: 1.1, speedup: 1e6 } });
	assert.deepEqual([report.missed, report.precision], [["agreement", "speedup"], "float32"]);
	assert.deepEqual(about(folder), { roles: ["completion"], scores: null });
	assert.equal((await fills(folder, "auto")).precision, "float32");
});

test("what was not measured misses no bar, and what is no number does", () => {
	assert.deepEqual(missedBars({ agreement: null, cosine: 0.99, speedup: 2 }), []);
	assert.deepEqual(missedBars({ agreement: 0.9799, cosine: 0.9899, speedup: 1.99 }), Object.keys(int8Bars));
	assert.deepEqual(missedBars({ agreement: Number.NaN, cosine: null, speedup: 2 }), ["agreement"]);
});

test("a text's vector in 8 bits is near that in float32, and does not depend on the texts beside it", async (context) => {
	const { folder, data } = prepare(context);
	await quantizeModel(folder, { data, bars: any });
	const [int8, float32] = await Promise.all(
		(["auto", "float32"] as const).map((precision) =>
			openEmbedder(folder, { executionProvider: "cpu", threads: 1, precision }),
		),
	);
	try {
		assert.notEqual(int8!.identity, float32!.identity);
		const [together, exact] = await Promise.all([int8, float32].map((embedder) => embedder!.embed("code", fillTexts)));
		const width = int8!.dimension;
		for (const [at, text] of fillTexts.entries()) {
			const alone = await int8!.embed("code", [text]);
			assert.deepEqual(alone, together!.slice(at * width, (at + 1) * width));
			const cosine = alone.reduce((sum, unit, i) => sum + unit * exact![at * width + i]!, 0);
			assert.ok(cosine > 0.99 && cosine < 1 - 1e-7, `${cosine}`);
		}
	} finally {
		await int8!.release();
		await float32!.release();
	}
});

test("the variable of the environment asks for float32", async (context) => {
	const { folder, data } = prepare(context);
	await quantizeModel(folder, { data, bars: any });
	context.after(() => delete process.env["MASKWRIGHT_PRECISION"]);
	process.env["MASKWRIGHT_PRECISION"] = "float32";
	const model = openModel(folder, { executionProvider: "cpu", threads: 1 });
	assert.equal(model.precision, "float32");
	await model.release();
});

test("without data, a model that no run has made asks for some", async (context) => {
	const { folder } = prepare(context);
	await assert.rejects(quantizeModel(folder, {}), (error) => isError(error, "usage") && /--data/.test(error.message));
});

/**
 * Inspecting a model: seconds until all heads of 512 tokens can be drawn and bytes that a panel gets, saliency, and
 * surprisals a second. Random weights: twelve layers of twelve heads of 64 (BERT base), and a model folder when given.
 * Usage: node --import tsx bench/inspect.ts FILE [MODEL]
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { attentionView, saliencyReport } from "../sidecar/inference/inspect/attentionReport.ts";
import { surprisalReport } from "../sidecar/inference/inspect/surprisalReport.ts";
import { tokensOfText } from "../sidecar/inference/inspect/textTokens.ts";
import { type LoadedModel, openModel, useModelParts } from "../sidecar/inference/loadedModel.ts";
import { encoderConfigSchema } from "../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../sidecar/model/parameters.ts";
import { trainByteLevelBpe } from "../sidecar/tokenizer/trainer.ts";

const [file, folder] = process.argv.slice(2);
if (file === undefined) throw new Error("Usage: inspect.ts FILE [MODEL]");
const text = readFileSync(file, "utf8");
const open = { executionProvider: "cpu", threads: availableParallelism() } as const;

const base = baseModel();
const tokens = tokensOfText(base.tokenizer, text);
if (tokens.ids.length < 510) throw new Error(`${file} has ${tokens.ids.length} tokens, and 510 are needed.`);
const named = { name: "base", model: base };
const range = { start: 0, end: tokens.ends[509]! };
const question = { text, range, path: file, matrices: [], rollouts: [], thumbnails: true, dataflow: true };
await timed("thumbnails of 144 heads, session opened", () => attentionView(named, question, open));
await timed("thumbnails of 144 heads, another text", () =>
	attentionView(named, { ...question, range: { start: tokens.starts[1]!, end: tokens.ends[510]! } }, open),
);
const matrices = [{ layer: 5, head: 7 }];
const one = { ...question, range: { start: tokens.starts[1]!, end: tokens.ends[510]! }, thumbnails: false, matrices };
await timed("one head whole, of a text that was seen", () => attentionView(named, one, open));
const all = Array.from({ length: 144 }, (_, at) => ({ layer: Math.floor(at / 12), head: at % 12 }));
await timed("all 144 heads whole", () => attentionView(named, { ...one, matrices: all }, open));
await base.release();

if (folder !== undefined) {
	const model = openModel(folder, open);
	const asked = { name: folder, model };
	const count = tokensOfText(model.tokenizer, text).ids.length;
	const seconds = await timed(`surprisal of ${count} tokens`, () => surprisalReport(asked, { text }));
	console.log(`  ${(count / seconds).toFixed(0)} tokens a second`);
	await timed("the same again, known by content", () => surprisalReport(asked, { text }));
	const part = { start: 0, end: tokensOfText(model.tokenizer, text).ends[100]! };
	await timed("saliency in 103 tokens", () => saliencyReport(asked, { text, range: part, at: 40 }, open));
	await model.release();
}

async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
	const start = performance.now();
	const before = process.cpuUsage();
	const result = await work();
	const seconds = (performance.now() - start) / 1000;
	const { user, system } = process.cpuUsage(before);
	const size = `${(JSON.stringify(result).length / 1e6).toFixed(2)} MB of JSON`;
	console.log(`${what}: ${seconds.toFixed(2)} s (${((user + system) / 1e6).toFixed(2)} s of processor), ${size}`);
	return seconds;
}

function baseModel(): LoadedModel {
	const tokenizer = trainByteLevelBpe([text], { vocabularySize: 500, minFrequency: 2 });
	const config = encoderConfigSchema.parse({
		architecture: "bert",
		layers: 12,
		hiddenSize: 768,
		heads: 12,
		intermediateSize: 3072,
		maxPositions: 512,
		vocabularySize: tokenizer.vocabularySize,
		paddingId: tokenizer.special.pad,
	});
	const weights = initialParameters(parameterSpecs(config), 1);
	return useModelParts({ config, weights, tokenizer, sequenceLength: 512 }, open);
}

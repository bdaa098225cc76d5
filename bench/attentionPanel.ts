/**
 * The attention panel in a browser on 512 tokens of twelve layers of twelve heads (random weights): milliseconds from
 * the model's answer to the first paint, frames while the threshold is dragged, and memory. With `long`, on 8,192 tokens
 * of a ModernBERT of six layers of two heads, each layer in turn. `npm run build` first.
 * Usage: node --import tsx bench/attentionPanel.ts FILE [long]
 */
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { tokensOfText } from "../sidecar/inference/inspect/textTokens.ts";
import { useModelParts } from "../sidecar/inference/loadedModel.ts";
import { encoderConfigSchema } from "../sidecar/model/config.ts";
import { initialParameters, parameterSpecs } from "../sidecar/model/parameters.ts";
import { trainByteLevelBpe } from "../sidecar/tokenizer/trainer.ts";
import { documentOf, openAttention } from "../test/webview/support/attentionPage.ts";

const [file, size] = process.argv.slice(2);
if (file === undefined) throw new Error("Usage: attentionPanel.ts FILE [long]");
const long = size === "long";
const length = long ? 8192 : 512;
const text = readFileSync(file, "utf8");
const tokenizer = trainByteLevelBpe([text], { vocabularySize: 400, minFrequency: 2 });
const config = encoderConfigSchema.parse({
	...(long
		? { architecture: "modernbert", layers: 6, heads: 2, globalAttentionEveryNLayers: 3, localAttention: 128 }
		: { architecture: "bert", layers: 12, heads: 12 }),
	hiddenSize: 96, // the panel gets the same bytes whatever the size, and the model is not what is measured
	intermediateSize: 96,
	maxPositions: length,
	vocabularySize: tokenizer.vocabularySize,
	paddingId: tokenizer.special.pad,
});
const weights = initialParameters(parameterSpecs(config), 1);
const model = useModelParts({ config, weights, tokenizer, sequenceLength: length }, { executionProvider: "cpu" });
const { ends } = tokensOfText(tokenizer, text);
if (ends.length < length - 2) throw new Error(`${file} has ${ends.length} tokens, and ${length - 2} are needed.`);

const cleanUps: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => cleanUps.push(work) } as unknown as TestContext;
const span = { start: 0, end: ends[length - 3] as number };
const { page, answers, tell } = await openAttention(context, { document: null, model });
const metrics = await page.context().newCDPSession(page);
await metrics.send("Performance.enable", { timeDomain: "threadTicks" });
await page.locator(".placard").waitFor();
await page.evaluate("globalThis.__name = (made) => made"); // which the compiler of this file calls
await page.evaluate(watchFirstPaint);
await tell({ kind: "inspect", document: documentOf(text, { name: file, span }) });
while ((await page.evaluate("globalThis.firstPaint")) === undefined) await page.waitForTimeout(100);
tellAnswers();
const painted = await page.evaluate("globalThis.firstPaint.toFixed(0)");
console.log(
	`first paint: ${painted} ms after the first answer, ${await processor()} ms of the page's processor in all`,
);
if (long) for (let layer = 1; layer < config.layers; layer++) await openLayer(layer);
for (const view of ["Lines", "Matrix"]) {
	await page.locator(".segment", { hasText: view }).click();
	await page.locator(".progress").waitFor({ state: "hidden", timeout: 600_000 });
	await page.waitForTimeout(1000);
	const before = await processor();
	const frames = (await page.evaluate(dragThreshold, long ? 8 : 1)) as number[];
	const each = ((await processor()) - before) / frames.length;
	const sorted = frames.toSorted((one, other) => one - other);
	const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(1);
	const told = `${at(0.5)} ms (median), ${at(0.95)} (95%), ${at(1)} (worst)`;
	console.log(`${view}, threshold dragged: frames of ${told}; ${each.toFixed(1)} ms of processor each`);
}
console.log(`heap of the page: ${((await heap()) / 1e6).toFixed(0)} MB`);
console.log(`this process, which has the model: ${(process.resourceUsage().maxRSS / 1e6).toFixed(1)} GB at most`);
for (const clean of cleanUps) await clean();
await model.release();

function tellAnswers(): void {
	const bytes = answers.reduce((sum, answer) => sum + answer.size, 0);
	console.log(`answers: ${(bytes / 1e6).toFixed(2)} MB of JSON in ${answers.length}`);
}

/** Goes on to a layer, as a user does who looks through them. */
async function openLayer(layer: number): Promise<void> {
	const [before, start, used] = [answers.length, performance.now(), process.cpuUsage()];
	await page.getByRole("spinbutton", { name: "Layer" }).fill(String(layer));
	while (answers.length === before) await page.waitForTimeout(100);
	await page.locator(".progress").waitFor({ state: "hidden", timeout: 600_000 });
	const seconds = (performance.now() - start) / 1000;
	const { user, system } = process.cpuUsage(used);
	const bytes = answers.slice(before).reduce((sum, answer) => sum + answer.size, 0);
	const model = `${((user + system) / 1e6).toFixed(1)} s of processor`;
	console.log(`layer ${layer}: ${seconds.toFixed(1)} s (${model}), ${(bytes / 1e6).toFixed(2)} MB of JSON`);
}

/** Milliseconds of script and paint from the arrival of the first answer until all heads and the code are drawn. */
function watchFirstPaint(): void {
	const page = globalThis as unknown as Window & { firstPaint?: number };
	let start = 0;
	page.addEventListener(
		"message",
		({ data }: MessageEvent) => {
			if (data?.kind === "result" && start === 0) start = performance.now();
		},
		{ capture: true },
	);
	const look = (): void => {
		const surfaces = [...page.document.querySelectorAll<HTMLCanvasElement>(".surface canvas")];
		const drawn = start > 0 && surfaces.length === 2 && surfaces.every((canvas) => canvas.width > 300);
		if (!drawn || page.document.querySelector("main")?.hidden !== false) page.requestAnimationFrame(look);
		else page.requestAnimationFrame(() => page.setTimeout(() => (page.firstPaint = performance.now() - start)));
	};
	look();
}

/** Frame times while the slider goes from one end to the other, so many of its 255 steps a frame. */
function dragThreshold(by: number): Promise<number[]> {
	const page = globalThis as unknown as Window;
	const slider = page.document.querySelector<HTMLInputElement>('input[aria-label="Threshold"]');
	if (slider === null) throw new Error("There is no slider.");
	return new Promise((resolve) => {
		const frames: number[] = [];
		let last = performance.now();
		let value = 0;
		const step = (): void => {
			const now = performance.now();
			frames.push(now - last);
			last = now;
			slider.value = String(value);
			value += by;
			slider.dispatchEvent(new Event("input"));
			if (value <= 255) page.requestAnimationFrame(step);
			else resolve(frames.slice(1));
		};
		page.requestAnimationFrame(step);
	});
}

/** Milliseconds of processor that the page's main thread has used. */
async function processor(): Promise<number> {
	return Math.round(1000 * (await metric("TaskDuration")));
}

async function heap(): Promise<number> {
	await metrics.send("HeapProfiler.collectGarbage");
	return metric("JSHeapUsedSize");
}

async function metric(name: string): Promise<number> {
	const { metrics: found } = await metrics.send("Performance.getMetrics");
	return found.find((one) => one.name === name)?.value ?? 0;
}

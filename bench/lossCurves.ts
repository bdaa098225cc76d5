/**
 * The loss curves panel in a browser on a run of 100,000 steps: milliseconds until it is drawn, what a step more costs,
 * and frames while the smoothing is dragged and while the pointer goes over the chart. `npm run build` first.
 * Usage: node --import tsx bench/lossCurves.ts [STEPS]
 */
import type { TestContext } from "node:test";
import { openPanel, type PlayedRun, statusOf } from "../test/webview/support/panelPage.ts";
import { sampleRun, stepEvent } from "../test/webview/support/sampleRun.ts";
import { quantile } from "./statistics.ts";

const steps = Number(process.argv[2] ?? 100_000);
const path = "/runs/a";
const run: PlayedRun = { status: statusOf(path), recipe: {}, events: sampleRun(path, steps, { faster: 1 }) };
const cleanUps: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => cleanUps.push(work) } as unknown as TestContext;

const started = performance.now();
const { page, step } = await openPanel(context, { runs: [run] });
await page.locator(".facts", { hasText: `step ${steps.toLocaleString("en")}` }).waitFor();
console.log(`${steps} steps: ${(performance.now() - started).toFixed(0)} ms from the start of the browser's page`);
const metrics = await page.context().newCDPSession(page);
await metrics.send("Performance.enable", { timeDomain: "threadTicks" });
console.log(`processor of the page by then: ${await processor()} ms`);
await page.evaluate("globalThis.__name = (made) => made"); // which the compiler of this file calls

const before = await processor();
for (let more = 1; more <= 20; more++) {
	await step(run, stepEvent(steps + more, 3));
	await page.locator(".facts", { hasText: `step ${(steps + more).toLocaleString("en")}` }).waitFor();
}
console.log(`a step more: ${((await processor()) - before) / 20} ms of processor`);

await measured("smoothing dragged", () => page.evaluate(dragSmoothing) as Promise<number[]>);
await measured("pointer over the chart", () => page.evaluate(movePointer) as Promise<number[]>);
console.log(`heap of the page: ${(await heap()).toFixed(0)} MB`);
for (const clean of cleanUps) await clean();

async function measured(what: string, work: () => Promise<number[]>): Promise<void> {
	const used = await processor();
	const frames = await work();
	const each = ((await processor()) - used) / frames.length;
	const [median, most, worst] = [0.5, 0.95, 1].map((share) => quantile(frames, share).toFixed(1));
	console.log(
		`${what}: frames of ${median} ms (median), ${most} (95%), ${worst} (worst); ${each.toFixed(1)} ms of processor each`,
	);
}

/** Frame times while the slider goes from one end to the other. */
function dragSmoothing(): Promise<number[]> {
	const page = globalThis as unknown as Window;
	const slider = page.document.querySelector<HTMLInputElement>('input[type="range"]');
	if (slider === null) throw new Error("There is no slider.");
	const [least, most] = [Number(slider.min), Number(slider.max)];
	return new Promise((resolve) => {
		const frames: number[] = [];
		let last = performance.now();
		const next = (): void => {
			const now = performance.now();
			frames.push(now - last);
			last = now;
			slider.value = String(least + ((most - least) * frames.length) / 120);
			slider.dispatchEvent(new Event("input", { bubbles: true }));
			if (frames.length <= 120) page.requestAnimationFrame(next);
			else resolve(frames.slice(1));
		};
		page.requestAnimationFrame(next);
	});
}

/** Frame times while the pointer goes from the left of the loss chart to its right. */
function movePointer(): Promise<number[]> {
	const page = globalThis as unknown as Window;
	const plot = page.document.querySelector<HTMLElement>(".u-over");
	if (plot === null) throw new Error("There is no chart.");
	const { left, top, width, height } = plot.getBoundingClientRect();
	return new Promise((resolve) => {
		const frames: number[] = [];
		let last = performance.now();
		const next = (): void => {
			const now = performance.now();
			frames.push(now - last);
			last = now;
			const clientX = left + (width * frames.length) / 122;
			plot.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY: top + height / 2, bubbles: true }));
			if (frames.length <= 120) page.requestAnimationFrame(next);
			else resolve(frames.slice(1));
		};
		page.requestAnimationFrame(next);
	});
}

/** Milliseconds of processor that the page's main thread has used. */
async function processor(): Promise<number> {
	return Math.round(1000 * (await metric("TaskDuration")));
}

async function heap(): Promise<number> {
	await metrics.send("HeapProfiler.collectGarbage");
	return (await metric("JSHeapUsedSize")) / 1e6;
}

async function metric(name: string): Promise<number> {
	const { metrics: found } = await metrics.send("Performance.getMetrics");
	return found.find((one) => one.name === name)?.value ?? 0;
}

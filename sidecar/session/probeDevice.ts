import { compile } from "../autodiff/compile.ts";
import { matMul, reduceSum } from "../autodiff/functions.ts";
import { Graph } from "../autodiff/graph.ts";
import { adapterOf, loadedLibraries } from "./adapter.ts";
import { brief } from "./engineErrors.ts";
import { type ExecutionProvider, openSession } from "./session.ts";
import { tensor } from "./tensor.ts";
import { trainTiny } from "./trainingStep.ts";

/** What a probe found: the adapter where its name is known, and whether it is software; or why the device cannot be used. */
export type ProbeResult =
	| { readonly ok: true; readonly adapter?: string; readonly software: boolean }
	| { readonly ok: false; readonly reason: string };

const steps = 3;
const tolerance = 1e-4; // float32 sums in another order differ by some 1e-6
const slowest = 5; // GFLOP/s; SwiftShader reaches about 1, the smallest integrated GPUs of today 100

/**
 * Tries one device in this process: trains a tiny model for three steps, which must agree
 * with the CPU within 1e-4 relative, then, unless the driver is known to be software, multiplies two matrices for its speed. Whatever goes
 * wrong is told as a reason. A driver may still crash the process, so run it in one of its own.
 */
export async function probeDevice(executionProvider: ExecutionProvider): Promise<ProbeResult> {
	try {
		const [expected, actual] = [await trainTiny("cpu", steps), await trainTiny(executionProvider, steps)];
		const worst = Math.max(
			worstDifference(actual.losses, expected.losses),
			...[...expected.parameters].map(([name, values]) => worstDifference(actual.parameters.get(name) ?? [], values)),
		);
		if (!(worst <= tolerance)) {
			const percent = Number.isFinite(worst) ? `${(100 * worst).toPrecision(2)}%` : "a number that is not finite";
			return {
				ok: false,
				reason: `A probe training step on ${executionProvider} differs from the CPU's by ${percent}.`,
			};
		}
		const adapter = adapterOf(loadedLibraries());
		const software = adapter?.software === true || (await matrixSpeed(executionProvider)) < slowest;
		return { ok: true, software, ...(adapter === undefined ? {} : { adapter: adapter.name }) };
	} catch (error) {
		return { ok: false, reason: explain(executionProvider, error) };
	}
}

/** The largest absolute difference over the largest absolute value; NaN or infinite where an element is. */
export function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
	if (actual.length !== expected.length) return Number.NaN;
	let difference = 0;
	let size = 0;
	for (let i = 0; i < expected.length; i++) {
		difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
		size = Math.max(size, Math.abs(expected[i]!));
	}
	return size === 0 ? difference : difference / size;
}

/** GFLOP/s of the best of three products of 256 x 256 matrices, reading one number back; the first, which compiles, is left out. */
async function matrixSpeed(executionProvider: ExecutionProvider): Promise<number> {
	const size = 256;
	const graph = new Graph();
	const [a, b] = [graph.input("a", [size, size]), graph.input("b", [size, size])];
	const session = await openSession(compile({ sum: reduceSum(matMul(a, b)) }).model, { executionProvider });
	try {
		const ones = tensor(new Float32Array(size * size).fill(1), [size, size]);
		await session.run({ a: ones, b: ones });
		let best = Number.POSITIVE_INFINITY;
		for (let i = 0; i < 3; i++) {
			const start = performance.now();
			await session.run({ a: ones, b: ones });
			best = Math.min(best, performance.now() - start);
		}
		return (2 * size ** 3) / (best * 1e6);
	} finally {
		await session.release();
	}
}

/** What an error of onnxruntime means for the user, where the cause is a common one. */
function explain(executionProvider: ExecutionProvider, error: unknown): string {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	const text = cause instanceof Error ? cause.message : String(cause);
	const known = commonCauses.find(({ text: pattern }) => pattern.test(text));
	return known?.reason ?? `A probe step on ${executionProvider} failed: ${brief(text)}`;
}

const commonCauses: readonly { text: RegExp; reason: string }[] = [
	{
		text: /No supported adapters|Failed to get a WebGPU adapter/,
		reason: `No GPU adapter was found: there is no GPU${
			process.platform === "linux"
				? ", or its Vulkan driver or the Vulkan loader (libvulkan.so.1) is not installed"
				: " that it can use"
		}.`,
	},
	{
		text: /Failed to load shared library|providers_cuda|providers_shared|libcud|libcublas/i,
		reason:
			"onnxruntime's CUDA library is not installed, or the NVIDIA driver, CUDA or cuDNN that it needs is missing.",
	},
	{
		text: /fallback to CPU EP has been explicitly disabled/,
		reason: "The device lacks operators that training needs.",
	},
];

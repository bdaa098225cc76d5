/** In which numbers a model's matrices are multiplied when it answers. */
import { z } from "zod";
import type { CompileOptions } from "../autodiff/compile.ts";
import { withFusedKernels } from "../onnx/fusedKernels.ts";
import { withInt8Products } from "../onnx/int8Products.ts";
import type { ExecutionProvider } from "../session/session.ts";

export type Precision = "float32" | "int8";

/** What a user may choose: what the model was measured for, or float32 in any case. */
export const precisionChoices = ["auto", "float32"] as const;
export type PrecisionChoice = (typeof precisionChoices)[number];

/**
 * What `maskwright quantize` measured of a model in 8 bits beside the same model in float32; null for what the model does
 * not do. It stands in `maskwright.json` as `int8` when none of it missed its bar.
 */
const int8Measurement = z.object({
	/** The share of masked tokens for which both find the same one likeliest. */
	agreement: z.number().nullable(),
	/** The mean cosine of the vectors that both make of a text. */
	cosine: z.number().nullable(),
	/** How many times as fast it is on one core, one row at a time. */
	speedup: z.number(),
});
export type Int8Measurement = z.output<typeof int8Measurement>;

/** What a model in 8 bits must reach. */
export const int8Bars: Readonly<Record<keyof Int8Measurement, number>> = {
	agreement: 0.98,
	cosine: 0.99,
	/** Less would not be worth the two answers in a hundred that differ. */
	speedup: 2,
};

/** The numbers of a measurement that missed their bar. */
export function missedBars(measured: Int8Measurement, bars = int8Bars): (keyof Int8Measurement)[] {
	const names = Object.keys(int8Bars) as (keyof Int8Measurement)[];
	return names.filter((name) => measured[name] !== null && !(measured[name] >= bars[name]));
}

/**
 * The precision in which a model serves: int8 where its `maskwright.json` says that it passed, on the CPU, unless the
 * user wants float32 (by `choice`, or by the variable `MASKWRIGHT_PRECISION` of the environment).
 */
export function servingPrecision(
	about: Readonly<Record<string, unknown>> | undefined,
	{ executionProvider, choice }: { readonly executionProvider: ExecutionProvider; readonly choice?: PrecisionChoice },
): Precision {
	const wanted = choice ?? process.env["MASKWRIGHT_PRECISION"];
	if (wanted === "float32" || executionProvider !== "cpu") return "float32";
	return int8Measurement.safeParse(about?.["int8"]).success ? "int8" : "float32";
}

/** How a graph whose matrices are constants is compiled for a precision. */
export function compiledFor(precision: Precision): CompileOptions {
	if (precision === "float32") return { rewrite: withFusedKernels };
	return { rewrite: (model) => withInt8Products(withFusedKernels(model)) };
}

/**
 * Adapters in float64, written from their papers: LoRA (Hu et al. 2021, eq. 3), the bottleneck of Pfeiffer et al. (2020)
 * as AdapterHub places it, and NICE's additive coupling (Dinh et al. 2015, eq. 8) around the embeddings (MAD-X).
 */
import type { EncoderConfig } from "../../sidecar/model/config.ts";
import { affine, geluExact } from "./referenceMath.ts";

/** What is read of a model: see `Reader`. */
interface Reader {
	readonly config: EncoderConfig;
	get(name: string): Float64Array;
	has(name: string): boolean;
}

const activations: Readonly<Record<string, (x: number) => number>> = {
	relu: (x) => Math.max(x, 0),
	gelu: geluExact,
	silu: (x) => x / (1 + Math.exp(-x)),
};

/** up(act(down(x))), nothing where the model has no bottlenecks. */
export function bottleneckTerm(model: Reader, x: Float64Array, path: string): Float64Array {
	const { adapter } = model.config;
	if (adapter === undefined || adapter.kind === "lora") return new Float64Array(x.length);
	return twoLayers(model, x, [`${path}.adapter_down.0`, `${path}.adapter_up`]);
}

/** Rows of `width` units: y1 = x1 + F(x2), y2 = x2 + G(y1), or x1 and x2 of y1 and y2. */
export function coupled(
	model: Reader,
	x: Float64Array,
	{ prefix, width, undo }: { prefix: string; width: number; undo: boolean },
): Float64Array {
	if (model.config.adapter?.kind !== "sequentialBottleneckInvertible") return x;
	const first = Math.floor(width / 2);
	const y = Float64Array.from(x);
	for (let start = 0; start < x.length; start += width) {
		const one = y.subarray(start, start + first);
		const two = y.subarray(start + first, start + width);
		const change = (part: Float64Array, name: string, from: Float64Array): void => {
			const term = twoLayers(model, from, [
				`${prefix}.invertible_adapters.${name}.0`,
				`${prefix}.invertible_adapters.${name}.2`,
			]);
			for (let k = 0; k < part.length; k++) part[k]! += undo ? -term[k]! : term[k]!;
		};
		if (undo) change(two, "G", one);
		change(one, "F", two);
		if (!undo) change(two, "G", one);
	}
	return y;
}

/** (alpha / rank) B A x of a projection that has them. */
export function loraTerm(model: Reader, x: Float64Array, name: string, inner: number): Float64Array | undefined {
	const { adapter } = model.config;
	if (adapter?.kind !== "lora" || !model.has(`${name}.lora_A.weight`)) return undefined;
	const narrow = affine(x, { weight: model.get(`${name}.lora_A.weight`), inner });
	const wide = affine(narrow, { weight: model.get(`${name}.lora_B.weight`), inner: adapter.rank });
	return wide.map((value) => (value * adapter.alpha) / adapter.rank);
}

function twoLayers(model: Reader, x: Float64Array, [first, second]: readonly [string, string]): Float64Array {
	const { adapter } = model.config;
	if (adapter === undefined || adapter.kind === "lora") throw new Error("No bottleneck.");
	const inner = model.get(`${first}.bias`).length;
	const activation = activations[adapter.activation]!;
	const hidden = affine(x, {
		weight: model.get(`${first}.weight`),
		bias: model.get(`${first}.bias`),
		inner: model.get(`${first}.weight`).length / inner,
	}).map(activation);
	return affine(hidden, { weight: model.get(`${second}.weight`), bias: model.get(`${second}.bias`), inner });
}

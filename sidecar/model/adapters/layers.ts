/** What adapters compute, as functions of a module's parameters and of rows. */
import { add, concat, linear as linearMap, mul, split, sub } from "../../autodiff/functions.ts";
import type { Value } from "../../autodiff/value.ts";
import { activations } from "../activations.ts";
import type { Module } from "../module.ts";
import type { BottleneckConfig, InvertibleConfig } from "./config.ts";

/** The module of the invertible coupling, below the encoder. */
export const invertibleModule = "invertible_adapters";

/**
 * What LoRA adds to a projection's result, (alpha / rank) x A^T B^T for each of `count` matrices stacked in one (Hu et al.
 * 2021, eq. 3), with `lora_A.weight` [rank, in] and `lora_B.weight` [count * out, rank]; nothing where the module has none.
 */
export function loraTerms(module: Module, rows: Value, count: number): Value[] | undefined {
	const down = module.optional("lora_A.weight");
	const { adapter } = module;
	if (down === undefined || adapter?.kind !== "lora") return undefined;
	const narrow = mul(linearMap(rows, down), adapter.alpha / adapter.rank); // [rows, rank]
	const up = module.parameter("lora_B.weight");
	return (count === 1 ? [up] : split(up, count, 0)).map((part) => linearMap(narrow, part));
}

/** `rows` and up(act(down(read))) of the bottleneck `name` of a layer; the rows as they are where it has none. */
export function bottleneck(layer: Module, name: string, { rows, read }: { rows: Value; read: () => Value }): Value {
	const { adapter } = layer;
	if (adapter === undefined || adapter.kind === "lora") return rows;
	const term = layer.within(name, (module) =>
		twoLayers(module, { rows: read(), adapter, first: "adapter_down.0", second: "adapter_up" }),
	);
	return add(rows, term);
}

/**
 * The additive coupling of NICE (Dinh et al. 2015, eq. 8) on rows [rows, width], as MAD-X has it behind the embeddings:
 * y1 = x1 + F(x2), y2 = x2 + G(y1). "backward" is its exact inverse. The rows as they are without such an adapter.
 */
export function couple(encoder: Module, rows: Value, direction: "forward" | "backward"): Value {
	const { adapter } = encoder;
	if (adapter?.kind !== "sequentialBottleneckInvertible") return rows;
	return encoder.within(invertibleModule, (module) => {
		const [x1, x2] = split(rows, halves(rows.shape[1]!), 1) as [Value, Value];
		const part = (name: string, half: Value): Value =>
			twoLayers(module, { rows: half, adapter, first: `${name}.0`, second: `${name}.2` });
		if (direction === "forward") {
			const y1 = add(x1, part("F", x2));
			return concat([y1, add(x2, part("G", y1))], 1);
		}
		const y2 = sub(x2, part("G", x1));
		return concat([sub(x1, part("F", y2)), y2], 1);
	});
}

/** The sizes of the two parts of a row that are coupled: units. */
export function halves(width: number): [number, number] {
	const first = Math.floor(width / 2);
	return [first, width - first];
}

interface TwoLayers {
	readonly rows: Value;
	readonly adapter: BottleneckConfig | InvertibleConfig;
	readonly first: string;
	readonly second: string;
}

function twoLayers(module: Module, { rows, adapter, first, second }: TwoLayers): Value {
	const affine = (name: string, x: Value): Value =>
		module.within(name, (layer) => linearMap(x, layer.parameter("weight"), layer.parameter("bias")));
	return affine(second, activations[adapter.activation](affine(first, rows)));
}

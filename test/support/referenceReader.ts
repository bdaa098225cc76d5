import type { EncoderConfig } from "../../sidecar/model/config.ts";
import { loraTerm } from "./referenceAdapters.ts";
import { affine, normalize } from "./referenceMath.ts";

export type Tensors = ReadonlyMap<string, Float64Array>;

/** Tensors by name, with the layers that are made of them. */
export class Reader {
	readonly config: EncoderConfig;
	/** Receives the attention of each layer. */
	readonly seen: Float64Array[][];
	private readonly tensors: Tensors;

	constructor(config: EncoderConfig, tensors: Tensors, seen: Float64Array[][] = []) {
		this.config = config;
		this.tensors = tensors;
		this.seen = seen;
	}

	get(name: string): Float64Array {
		const value = this.tensors.get(name);
		if (value === undefined) throw new Error(`The reference has no tensor ${name}.`);
		return value;
	}

	has(name: string): boolean {
		return this.tensors.has(name);
	}

	dense(x: Float64Array, name: string, inner = this.config.hiddenSize): Float64Array {
		const y = affine(x, { weight: this.get(`${name}.weight`), bias: this.tensors.get(`${name}.bias`), inner });
		const term = loraTerm(this, x, name, inner);
		return term === undefined ? y : y.map((value, i) => value + term[i]!);
	}

	norm(x: Float64Array, name: string): Float64Array {
		const bias = this.tensors.get(`${name}.bias`);
		return normalize(x, { scale: this.get(`${name}.weight`), bias, epsilon: this.config.layerNormEps });
	}
}

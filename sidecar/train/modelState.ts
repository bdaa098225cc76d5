import type { ParameterSpec } from "../model/parameters.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { download } from "../session/download.ts";
import { type Tensor, tensor } from "../session/tensor.ts";

/** Parameters and optimizer state by name, on the device or, on the CPU provider, in host memory. */
export type ModelState = Map<string, Tensor>;

/** The state of a run at step 0: `values` of every parameter, and zeros for every optimizer state beside them. */
export function initialState(
	{ parameters, optimizer }: { readonly parameters: readonly ParameterSpec[]; readonly optimizer: Optimizer },
	values: ReadonlyMap<string, Float32Array>,
): ModelState {
	const state: ModelState = new Map();
	for (const parameter of parameters) {
		state.set(parameter.name, tensor(values.get(parameter.name)!.slice(), parameter.shape));
		for (const { name, shape } of optimizer.stateSpecs(parameter)) {
			state.set(name, tensor(new Float32Array(shape.reduce((product, length) => product * length, 1)), shape));
		}
	}
	return state;
}

/** A state whose tensors outlive the session that made them. */
export async function onHost(state: ModelState): Promise<ModelState> {
	const copy: ModelState = new Map();
	for (const [name, value] of state) {
		copy.set(name, value.location === "device" ? await download(value) : value);
		if (value.location === "device") value.dispose();
	}
	return copy;
}

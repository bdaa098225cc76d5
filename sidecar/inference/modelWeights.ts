import { MaskwrightError } from "../base/errors.ts";
import type { ParameterSpec } from "../model/parameters.ts";
import type { StoredModel } from "../store/modelFolder.ts";

/** The weights of `specs` in a stored model, by name; throws `modelInvalid` naming one that is missing or does not fit. */
export function readWeights(
	specs: readonly ParameterSpec[],
	stored: StoredModel,
	folder: string,
): Map<string, Float32Array> {
	const weights = new Map<string, Float32Array>();
	for (const { name, shape } of specs) {
		const found = stored.tensors.get(name);
		const fault =
			found === undefined
				? "is missing"
				: !(found.data instanceof Float32Array)
					? "does not hold floating-point numbers"
					: found.shape.join() !== shape.join()
						? `has the shape [${found.shape.join(", ")}] where config.json asks for [${shape.join(", ")}]`
						: undefined;
		if (fault !== undefined) {
			throw new MaskwrightError(
				"modelInvalid",
				`The model in ${folder} cannot be used: its tensor ${name} ${fault}. Get or train the model again.`,
				{ data: { tensor: name } },
			);
		}
		weights.set(name, found!.data as Float32Array);
	}
	return weights;
}

import type { LoadedModel } from "./loadedModel.ts";

/** What a model was used for. */
export interface ModelUse {
	runs: number;
	/** Of all runs together. */
	milliseconds: number;
}

/** The model, with its runs counted into `use`. */
export function counted(model: LoadedModel, use: ModelUse): LoadedModel {
	return {
		...model,
		async scorer(shape, precision) {
			const scorer = await model.scorer(shape, precision);
			return {
				...scorer,
				async score(inputs) {
					const start = performance.now();
					const probabilities = await scorer.score(inputs);
					use.runs++;
					use.milliseconds += performance.now() - start;
					return probabilities;
				},
			};
		},
	};
}

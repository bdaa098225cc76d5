import { classifyingModel } from "../compute/modelWithRole.ts";
import type { Inference } from "../compute/startInference.ts";
import type { RequestHandlers } from "../protocol/methods.ts";

/** Which label fits each text; the inference process does it. */
export function classifyHandlers({
	home,
	inference,
}: {
	home?: string;
	inference: Inference;
}): Pick<RequestHandlers<{ signal: AbortSignal }>, "classify"> {
	return {
		classify: ({ model, ...question }, { signal }) => {
			const folder = classifyingModel(model, home === undefined ? {} : { home });
			return inference.ask("classify", question, { signal, model: folder });
		},
	};
}

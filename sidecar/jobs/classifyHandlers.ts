import type { Inference } from "../compute/startInference.ts";
import type { RequestHandlers } from "../protocol/methods.ts";

/** Which label fits each text; the inference process does it. */
export function classifyHandlers({
	inference,
}: {
	inference: Inference;
}): Pick<RequestHandlers<{ signal: AbortSignal }>, "classify"> {
	return {
		classify: ({ model, ...question }, { signal }) =>
			inference.ask("classify", question, { signal, ...(model === undefined ? {} : { model }) }),
	};
}

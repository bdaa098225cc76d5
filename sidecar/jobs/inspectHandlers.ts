import { detectingModel } from "../compute/modelWithRole.ts";
import type { Inference } from "../compute/startInference.ts";
import type { RequestHandlers } from "../protocol/methods.ts";
import { masksQuestion } from "./masksQuestion.ts";

type InspectHandlers = Pick<
	RequestHandlers<{ signal: AbortSignal }>,
	"inspectMasks" | "inspectSurprisal" | "inspectSuspicion" | "inspectAttention" | "inspectSaliency"
>;

/** What can be seen of a model on a text; the inference process does it. */
export function inspectHandlers({ home, inference }: { home?: string; inference: Inference }): InspectHandlers {
	const options = (model: string | undefined, signal: AbortSignal) => {
		return { signal, ...(model === undefined ? {} : { model }) };
	};
	return {
		inspectMasks: (params, { signal }) => {
			const question = masksQuestion(params, inference.folderOf(params.model), home);
			return inference.ask("masks", question, options(params.model, signal));
		},
		inspectSurprisal: ({ model, ...question }, { signal }) =>
			inference.ask("surprisal", question, options(model, signal)),
		inspectSuspicion: ({ model, ...question }, { signal }) => {
			const folder = detectingModel(model, home === undefined ? {} : { home });
			return inference.ask("suspicion", question, options(folder, signal));
		},
		inspectAttention: ({ model, ...question }, { signal }) =>
			inference.ask("attention", question, options(model, signal)),
		inspectSaliency: ({ model, ...question }, { signal }) =>
			inference.ask("saliency", question, options(model, signal)),
	};
}

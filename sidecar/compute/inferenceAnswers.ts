import { classify } from "../inference/classify.ts";
import { fill } from "../inference/fill.ts";
import { generate } from "../inference/generate/generate.ts";
import { attentionView, saliencyReport } from "../inference/inspect/attentionReport.ts";
import { surprisalPage } from "../inference/inspect/surprisalReport.ts";
import { suspicionReport } from "../inference/inspect/suspicion.ts";
import type { InferenceKind, InferenceRequest, InferenceResult, RequestOf } from "./inferenceMessages.ts";
import { type AskedModel, answerMasks } from "./inspectAnswers.ts";

/** What the one loaded masked language model answers; embedding has a model of its own. */
type LoadedModelKind = Exclude<InferenceKind, "embed">;

type Answers = {
	readonly [Kind in LoadedModelKind]: (
		held: AskedModel,
		request: RequestOf<Kind>,
		signal: AbortSignal,
	) => Promise<InferenceResult<Kind>>;
};

/** What answers each kind of request. */
const answers: Answers = {
	fill: ({ model }, { text, ...options }, signal) => fill(model, text, { ...options, signal }),
	masks: (asked, request, signal) => answerMasks(asked, request, signal),
	surprisal: ({ name, model }, request, signal) => surprisalPage({ name, model }, request, signal),
	generate: ({ name, model }, question, signal) => generate({ name, model }, question, { signal }),
	classify: ({ name, model }, request, signal) => classify({ name, model }, request, { signal }),
	suspicion: (asked, request, signal) => suspicionReport(asked, request, signal),
	attention: ({ name, model, open }, request) => attentionView({ name, model }, request, open),
	saliency: ({ name, model, open }, request, signal) => saliencyReport({ name, model }, request, { ...open, signal }),
};

/** Answers a request with its model; throws as what answers it, and `interrupted` when the signal is aborted. */
export function answerRequest(
	asked: AskedModel,
	{ kind, request }: InferenceRequest & { readonly kind: LoadedModelKind },
	signal: AbortSignal,
): Promise<InferenceResult> {
	// The request is of the kind that it says.
	const answer = answers[kind] as (
		asked: AskedModel,
		request: RequestOf<LoadedModelKind>,
		signal: AbortSignal,
	) => Promise<InferenceResult>;
	return answer(asked, request, signal);
}

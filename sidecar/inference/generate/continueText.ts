import { setImmediate } from "node:timers/promises";
import { createRandom } from "../../base/random.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { scoreRows } from "../scoreLengths.ts";
import { allowedTokens, blankFirst } from "./allowedTokens.ts";
import { generatedText } from "./generatedText.ts";
import { continued, generationContext, type Surroundings } from "./generationContext.ts";
import { drawToken, type Sampling } from "./sampling.ts";

/** What is to be continued, and how far it is already. */
export interface ContinuationQuestion {
	/**
	 * The same text to go on with under one or more prompts: the distributions of several are averaged at each token
	 * (prompt ensembling).
	 */
	readonly prompts: readonly Surroundings[];
	/** Ids that were generated before; they never change. */
	readonly emitted?: readonly number[];
	/** Masks that are appended at each step, of which the leftmost is taken. */
	readonly masks: number;
	/** Tokens in all, `emitted` counted. */
	readonly tokens: number;
	/** Text at which generation ends; it is not part of the result. Two line breaks mean a blank line. */
	readonly stop?: string | undefined;
	readonly sampling: Sampling;
	readonly seed: number;
	/** Which of several continuations of the same seed. */
	readonly candidate?: number;
}

/** Why a continuation ended: its stop text, the [SEP] token, or as many tokens as were asked for. */
export type Stopped = "stop" | "end" | "limit";

export interface Continuation {
	/** All ids so far, without what the stop text took. */
	readonly ids: readonly number[];
	readonly text: string;
	/** Null where there is more to come. */
	readonly stopped: Stopped | null;
	/** Runs of the model. */
	readonly runs: number;
}

export interface ContinuationOptions {
	/** Checked before every run of the model; throws `interrupted`. */
	readonly signal?: AbortSignal;
	/** Asked after each token; the rest is left when it says so. */
	readonly enough?: () => boolean;
	/** Told the text so far after each token. */
	readonly onText?: (text: string) => void;
}

/** Keeps these draws apart from those of other uses of a seed. */
const stream = 0x73617000;

/**
 * Continues a text with a masked language model (SAP, Patel et al. 2022, section 3): `masks` mask tokens stand behind
 * the text and before what follows it, the leftmost prediction alone is kept and appended, and the model is asked
 * again; one run of the model for each token. Each token's draw depends on the seed and its place alone, so a
 * continuation may come in parts. Throws `tooLong`, `interrupted`, and as `LoadedModel.scorer` does.
 */
export async function continueText(
	model: LoadedModel,
	question: ContinuationQuestion,
	{ signal, enough, onText }: ContinuationOptions = {},
): Promise<Continuation> {
	const { prompts, emitted = [], masks, tokens, stop, sampling, seed, candidate = 0 } = question;
	const room = model.sequenceLength - masks;
	const contexts = prompts.map((prompt) => generationContext(model, prompt, { reserve: masks }));
	const anywhere = allowedTokens(model, { end: true });
	const first = contexts[0]!.lead === " " ? blankFirst(model, anywhere) : anywhere;
	const pieces = new Array<number>(masks).fill(model.tokenizer.special.mask);
	const ids = [...emitted];
	let runs = 0;
	const soFar = (stopped: Stopped | null): Continuation => ({
		ids,
		text: generatedText(model, contexts[0]!, ids),
		stopped,
		runs,
	});
	while (ids.length < tokens) {
		const rows = await scoreRows(
			model,
			contexts.map((context) => ({ context: continued(context, ids, room), pieces })),
			{ rowsPerRun: prompts.length, masksPerRow: masks, ...(signal === undefined ? {} : { signal }) },
		);
		runs++;
		const id = drawToken(meanOf(rows.map(([leftmost]) => leftmost!)), {
			...sampling,
			allowed: ids.length === 0 ? first : anywhere,
			random: createRandom(seed, stream, candidate, ids.length),
		});
		if (id === model.tokenizer.special.sep) return soFar("end");
		ids.push(id);
		const text = generatedText(model, contexts[0]!, ids);
		const ended = stop === undefined ? undefined : textBefore(text, stop);
		if (ended !== undefined) {
			while (ids.length > 0 && generatedText(model, contexts[0]!, ids).length > ended.length) ids.pop();
			return { ids, text: ended, stopped: "stop", runs };
		}
		onText?.(text);
		if (enough?.() === true && ids.length < tokens) return soFar(null);
		await setImmediate(); // lets a message in that cancels
	}
	return soFar("limit");
}

/** The text before the stop text; undefined where that does not occur. */
function textBefore(text: string, stop: string): string | undefined {
	const at = stop === "\n\n" ? text.search(/\r?\n[ \t]*\r?\n/) : text.indexOf(stop);
	return at < 0 ? undefined : text.slice(0, at);
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
	if (rows.length === 1) return rows[0]!;
	const mean = new Float32Array(rows[0]!.length);
	for (const row of rows) for (let id = 0; id < mean.length; id++) mean[id]! += row[id]! / rows.length;
	return mean;
}

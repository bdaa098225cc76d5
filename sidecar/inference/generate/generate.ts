import { MaskwrightError } from "../../base/errors.ts";
import type { GenerateQuestion, Generation } from "../../protocol/generate.ts";
import { unknownCharacter } from "../../tokenizer/characterTokenizer.ts";
import type { NamedModel } from "../inspect/masksQuestion.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { bootstrap } from "./bootstrap.ts";
import { type Continuation, continueText } from "./continueText.ts";
import { type Demonstration, fitting, orderOf, parseTemplate, promptOf, type Template } from "./demonstrations.ts";
import { generationContext, type Surroundings } from "./generationContext.ts";
import { infillText } from "./infillText.ts";
import { regionPerplexity } from "./regionPerplexity.ts";
import { greedy, type Sampling } from "./sampling.ts";

export interface GenerateOptions {
	readonly signal?: AbortSignal;
	/** Told the text so far after each token of the first candidate. */
	readonly onText?: (text: string) => void;
}

/** PepMLM's generation draws among so many. */
const defaultTopK = 3;

/**
 * Generates text at a place, step by step (`continueText`) or all at once (`infillText`). Throws `usage` for options that
 * contradict each other, and as those do.
 */
export async function generate(
	{ name, model }: NamedModel,
	question: GenerateQuestion,
	options: GenerateOptions = {},
): Promise<Generation> {
	checkOptions(question);
	checkLetters({ name, model }, question);
	return {
		...(question.mode === "infill" ? await infill(model, question, options) : await sap(model, question, options)),
		model: name,
	};
}

type Unnamed = Omit<Generation, "model">;

async function infill(model: LoadedModel, question: GenerateQuestion, { signal }: GenerateOptions): Promise<Unnamed> {
	const { before, after, tokens, candidates, seed, whole } = question;
	const found = await infillText(
		model,
		{ before, after, tokens, candidates, seed, whole, sampling: samplingOf(question, defaultTopK) },
		signal === undefined ? {} : { signal },
	);
	return {
		mode: "infill",
		text: found[0]!.text,
		candidates: found.map(({ text, ids, pseudoPerplexity }) => {
			return { text, tokens: ids.length, pseudoPerplexity, stopped: "limit" as const };
		}),
		runs: 1,
		examples: [],
		emitted: [...found[0]!.ids],
		done: true,
	};
}

async function sap(model: LoadedModel, question: GenerateQuestion, options: GenerateOptions): Promise<Unnamed> {
	const { tokens, masks, candidates, seed, emitted, milliseconds } = question;
	const { signal, onText } = options;
	const abort = signal === undefined ? {} : { signal };
	const template = question.examples.length === 0 ? undefined : parseTemplate(question.template);
	const { prompts, demonstrations } = await promptsOf(model, question, { template, signal });
	const sampling = samplingOf(question, candidates === 1 ? greedy.topK : defaultTopK);
	const stop = question.stop ?? template?.end;
	const end = milliseconds === undefined ? Infinity : performance.now() + milliseconds;
	const found = new Map<string, Continuation>();
	let runs = 0;
	for (let candidate = 0; candidate < candidates; candidate++) {
		const asked = { prompts, emitted, masks, tokens, stop, sampling, seed, candidate };
		const continuation = await continueText(model, asked, {
			...abort,
			enough: () => performance.now() >= end,
			...(onText === undefined || candidate > 0 ? {} : { onText }),
		});
		runs += continuation.runs;
		if (!found.has(continuation.text)) found.set(continuation.text, continuation);
	}
	const ranked = await rank(model, [...found.values()], { prompt: prompts[0]!, candidates, ...abort });
	const [best] = ranked;
	return {
		mode: "sap",
		text: best!.text,
		candidates: ranked.map(({ text, ids, stopped, pseudoPerplexity }) => {
			return { text, tokens: ids.length, pseudoPerplexity, stopped };
		}),
		runs,
		examples: demonstrations.map(({ input, output, pseudoPerplexity }) => ({ input, output, pseudoPerplexity })),
		emitted: [...best!.ids],
		done: best!.stopped !== null,
	};
}

/** Several by pseudo-perplexity, those without tokens last; one as it is. */
async function rank(
	model: LoadedModel,
	found: readonly Continuation[],
	{ prompt, candidates, signal }: { prompt: Surroundings; candidates: number; signal?: AbortSignal },
): Promise<(Continuation & { readonly pseudoPerplexity: number | null })[]> {
	if (candidates === 1) return found.map((one) => ({ ...one, pseudoPerplexity: null }));
	const ranked = [];
	for (const one of found) {
		const context = generationContext(model, prompt, { reserve: one.ids.length });
		const score = await regionPerplexity(model, context, {
			ids: one.ids,
			...(signal === undefined ? {} : { signal }),
		});
		ranked.push({ ...one, pseudoPerplexity: score ?? null });
	}
	return ranked.sort((a, b) => (a.pseudoPerplexity ?? Infinity) - (b.pseudoPerplexity ?? Infinity));
}

/** The text itself; or, with examples, one or more prompts that show them before it. */
async function promptsOf(
	model: LoadedModel,
	question: GenerateQuestion,
	{ template, signal }: { readonly template: Template | undefined; readonly signal: AbortSignal | undefined },
): Promise<{ prompts: Surroundings[]; demonstrations: readonly Demonstration[] }> {
	const { before, after, masks, tokens, seed, examples } = question;
	if (template === undefined) return { prompts: [{ before, after }], demonstrations: [] };
	const all = await bootstrap(model, examples, {
		template,
		masks,
		tokens,
		seed,
		...(signal === undefined ? {} : { signal }),
	});
	const demonstrations = fitting(model, all, { template, input: before, reserve: masks + tokens });
	const orders = demonstrations.length < 2 ? 1 : question.prompts;
	const prompts = Array.from({ length: orders }, (_, number) => {
		return { before: promptOf(template, orderOf(demonstrations, { seed, number }), before), after };
	});
	return { prompts, demonstrations };
}

function samplingOf({ topK, temperature }: GenerateQuestion, usual: number): Sampling {
	return { topK: topK ?? usual, temperature };
}

/** A model of single letters, as of amino acids, knows no others. */
function checkLetters({ name, model }: NamedModel, { before, after, letters }: GenerateQuestion): void {
	const { tokenizer, pieces } = model;
	if (pieces.ordinary.some((id) => pieces.texts[id]!.length !== 1)) {
		if (!letters) return;
		throw new MaskwrightError(
			"modelInvalid",
			`${name} writes pieces of code, not single letters such as amino acids. Train a model with the recipe pepmlm on a table of targets and binders, then choose it: Maskwright: Use Model.`,
		);
	}
	for (const text of [before, after]) {
		const unknown = unknownCharacter(tokenizer, text);
		if (unknown === undefined) continue;
		const { line, column } = placeIn(text, unknown.at);
		throw new MaskwrightError(
			"usage",
			`Line ${line}, column ${column} of the text: ${JSON.stringify(unknown.character)} is no letter that this model knows. It reads sequences of ${pieces.ordinary.length} letters alone, without blanks and line breaks.`,
		);
	}
}

function placeIn(text: string, at: number): { line: number; column: number } {
	const lines = text.slice(0, at).split("\n");
	return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

function checkOptions({ mode, examples, candidates, emitted, milliseconds, template, stop }: GenerateQuestion): void {
	const refuse = (sentence: string): never => {
		throw new MaskwrightError("usage", sentence);
	};
	if (mode === "infill" && (examples.length > 0 || stop !== undefined)) {
		refuse(
			"Infilling knows neither examples nor a stop text: it fills as many tokens as were asked for. Use mode sap.",
		);
	}
	if ((emitted.length > 0 || milliseconds !== undefined) && (mode === "infill" || candidates > 1)) {
		refuse("Only one continuation can come in parts. Ask for one candidate.");
	}
	const end = stop ?? (examples.length > 0 ? parseTemplate(template).end : undefined);
	examples.forEach(({ output }, index) => {
		if (end === undefined || !output?.includes(end)) return;
		refuse(
			`The output of example ${index + 1} contains ${JSON.stringify(end)}, at which generation ends. Change it, or give another stop text or template.`,
		);
	});
}

import { MaskwrightError } from "../../base/errors.ts";
import { createRandom, shuffle } from "../../base/random.ts";
import { templateFields } from "../../protocol/generate.ts";
import type { LoadedModel } from "../loadedModel.ts";

/** A demonstration in a prompt (few-shot learning, Patel et al. 2022, section 3). */
export interface Demonstration {
	readonly input: string;
	readonly output: string;
	/** Of an output that the model made up; null for one that was given. */
	readonly pseudoPerplexity: number | null;
}

/** A template cut at its two fields: what stands before the input, between both, and behind the output. */
export interface Template {
	readonly start: string;
	readonly middle: string;
	readonly end: string;
}

/** Throws `usage` for a template without {input} before {output}, once each, or with nothing between or behind. */
export function parseTemplate(text: string): Template {
	const [start, rest, more] = text.split(templateFields.input);
	const [middle, end, again] = (rest ?? "").split(templateFields.output);
	if (start === undefined || !middle || !end || more !== undefined || again !== undefined) {
		throw new MaskwrightError(
			"usage",
			`The template ${JSON.stringify(text)} cannot be used. It needs {input} and then {output}, once each, with text between them and behind, such as "{input} -> {output}\\n".`,
		);
	}
	return { start, middle, end };
}

/** The text that asks for the output of `input`. */
export function promptOf(template: Template, demonstrations: readonly Demonstration[], input: string): string {
	const { start, middle, end } = template;
	return `${demonstrations.map(({ input, output }) => start + input + middle + output + end).join("")}${start}${input}${middle}`;
}

/** Keeps these draws apart from those of other uses of a seed. */
const stream = 0x64656d6f;

/** An order of the demonstrations: number 0 is the one that they came in. */
export function orderOf(
	demonstrations: readonly Demonstration[],
	{ seed, number }: { readonly seed: number; readonly number: number },
): readonly Demonstration[] {
	return number === 0 ? demonstrations : shuffle([...demonstrations], createRandom(seed, stream, number));
}

/**
 * The demonstrations that fit before `input` with `reserve` tokens left: the last ones, each whole. A prompt that were
 * cut would begin with half of one.
 */
export function fitting(
	model: LoadedModel,
	demonstrations: readonly Demonstration[],
	{ template, input, reserve }: { readonly template: Template; readonly input: string; readonly reserve: number },
): readonly Demonstration[] {
	const room = model.sequenceLength - reserve - 2;
	for (let from = 0; from < demonstrations.length; from++) {
		const kept = demonstrations.slice(from);
		if (model.tokenizer.encode(promptOf(template, kept, input)).ids.length <= room) return kept;
	}
	return [];
}

import { createRandom, shuffle } from "../base/random.ts";
import type { Cuttable, Document } from "./document.ts";
import type { InstructionTemplate } from "./readers/config.ts";

/** A text to classify and what it may be. */
export interface Instruction {
	/** In place of the template's. */
	readonly instruction?: string;
	readonly text: string;
	/** Two at least, all different. */
	readonly options: readonly string[];
	/** Fixes the order of the options where the template has them shuffled. */
	readonly hash: string;
	readonly from: Cuttable["from"];
}

/** An instruction as text; the answer is its region `answer` and its end. */
export interface WrittenInstruction extends Pick<Document, "text" | "regions" | "insertions" | "cuttable"> {
	/** What each option reads as in the place of the answer, in the order of `options`. */
	readonly answers: readonly string[];
}

/** The letters that options can have. */
export const optionLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Writes instruction, text, options and answer, a line each or more, after ModernBERT-Instruct's `train.py` and
 * `eval.py`: "Answer: [unused0] B", the answer being the last token before the final [SEP].
 */
export function writeInstruction(
	{ instruction, text, options, hash, from }: Instruction,
	template: InstructionTemplate,
	answer: number,
): WrittenInstruction {
	const order = orderOf(options, template, hash);
	const letterOf = (option: number): string => optionLetters[order.indexOf(option)]!;
	const answers = options.map((option, index) => (template.listing === "letters" ? letterOf(index) : option));
	const listed = order.map((index) =>
		template.listing === "letters" ? `- ${answers[index]}: ${options[index]}` : `- ${options[index]}`,
	);
	const head = `${instruction ?? template.instruction}\n`;
	const body = `${head}${text}\n${listed.join("\n")}\nAnswer:`;
	const start = body.length + 1;
	const whole = `${body} ${answers[answer]!}`;
	return {
		text: whole,
		answers,
		regions: [{ start, end: whole.length, name: "answer" }],
		insertions: template.anchor === null ? [] : [{ at: body.length, token: { named: template.anchor } }],
		cuttable: { start: head.length, end: head.length + text.length, from },
	};
}

/** Keeps the draws of orders apart from all others. */
const orderStream = 0x6f7074;

/** The options in the order in which they are listed. */
function orderOf(options: readonly string[], { order }: InstructionTemplate, hash: string): number[] {
	const given = [...options.keys()];
	if (order === "given") return given;
	// By code units: the same on every machine.
	if (order === "sorted") return given.sort((a, b) => (options[a]! < options[b]! ? -1 : 1));
	return [...shuffle(given, createRandom(Number.parseInt(hash.slice(0, 8), 16), orderStream, 0))];
}

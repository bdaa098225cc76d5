import { type Command, Option } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import { generate } from "../../inference/generate/generate.ts";
import {
	defaultMasks,
	defaultTemplate,
	type GenerateQuestion,
	type Generation,
	generateModes,
	generateParams,
} from "../../protocol/generate.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { decimal, table } from "../format.ts";
import { placeToGenerate, readExamples } from "../generation.ts";
import { withModel } from "../inspect.ts";
import { positiveInteger, wholeNumber } from "../options.ts";
import { printable } from "../terminal.ts";

interface GenerateFlags extends CommonOptions {
	readonly file?: string;
	readonly at?: string;
	readonly mode: GenerateQuestion["mode"];
	readonly tokens?: number;
	readonly stop?: string;
	readonly masks: number;
	readonly examples?: string;
	readonly template: string;
	readonly prompts: number;
	readonly candidates?: number;
	readonly topK?: number;
	readonly temperature: string;
	readonly seed: number;
	readonly whole?: boolean;
	readonly model?: string;
}

/** `maskwright generate`. */
export function addGenerate(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("generate"))
		.summary("generate text with a masked language model")
		.description(
			"Go on with a text step by step (sap), or fill a place with exactly so many tokens at once and rank the candidates (infill). Without a text or a file, standard input is read.",
		)
		.argument("[text]", "the text to go on with, or - for standard input")
		.option("--file <file>", "go on with the text of a file")
		.option("--at <line:column>", "where in the file, from 1 (default: its end); what follows is context")
		.addOption(new Option("--mode <mode>", "how").choices(generateModes).default("sap"))
		.option("--tokens <n>", "tokens: at most 16 of sap, exactly 15 of infill unless told otherwise", positiveInteger)
		.option("--stop <text>", "end before this text; \\n is a line break, \\n\\n a blank line")
		.option("--masks <n>", "masks at each step of sap, of which the leftmost is kept", positiveInteger, defaultMasks)
		.option(
			"--examples <file>",
			"demonstrations before the text: a .jsonl file of {input, output}; output may be missing",
		)
		.option("--template <text>", "of a demonstration, with {input} and {output}", defaultTemplate)
		.option("--prompts <n>", "orders of the demonstrations that are averaged", positiveInteger, 1)
		.option("--candidates <k>", "texts to choose from (default: 1 of sap, 4 of infill)", positiveInteger)
		.option("--top-k <k>", "draw among so many likeliest tokens (default: 1 of one sap text, else 3)", positiveInteger)
		.option("--temperature <t>", "above 0: lower is likelier; 0 takes the likeliest", "1")
		.option("--seed <seed>", "of the draws", wholeNumber, 1)
		.option("--whole", "infill: refuse a text that does not fit into the model whole, as a protein's must")
		.option("--model <model>", "the model's name or folder (default: the model in use)")
		.action(async (text: string | undefined, flags: GenerateFlags) => {
			const { signal, terminal } = context;
			const question = await questionOf(text, flags);
			const onText = (soFar: string): void => terminal.status(printable(soFar).slice(-terminal.columns + 1));
			const value = await withModel(flags.model, (model) =>
				generate(model, question, { signal, ...(flags.json ? {} : { onText }) }),
			);
			printResult(context, flags, { value, describe: describeGeneration });
		});
}

async function questionOf(text: string | undefined, flags: GenerateFlags): Promise<GenerateQuestion> {
	const { mode, candidates, tokens, stop, template } = flags;
	const place = await placeToGenerate({ text, file: flags.file, at: flags.at });
	const parsed = generateParams.safeParse({
		...place,
		mode,
		masks: flags.masks,
		tokens: tokens ?? (mode === "infill" ? 15 : 16), // PepMLM's own length of a binder
		candidates: candidates ?? (mode === "infill" ? 4 : 1),
		prompts: flags.prompts,
		temperature: /^\d*\.?\d+$/.test(flags.temperature) ? Number(flags.temperature) : flags.temperature,
		seed: flags.seed,
		template: unescaped(template),
		whole: flags.whole ?? false,
		letters: false,
		...(flags.topK === undefined ? {} : { topK: flags.topK }),
		...(stop === undefined ? {} : { stop: unescaped(stop) }),
		...(flags.examples === undefined ? {} : { examples: await readExamples(flags.examples) }),
	});
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new MaskwrightError(
		"usage",
		`--${issue!.path[0] === "topK" ? "top-k" : String(issue!.path[0])}: ${issue!.message}.`,
	);
}

/** What a shell cannot type easily: \n and \t. */
function unescaped(text: string): string {
	return text.replaceAll(/\\([nt\\])/g, (_, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? "\\");
}

function describeGeneration({ candidates, text, mode, examples, runs }: Generation): string[] {
	if (candidates.length === 1 && mode === "sap") return text.split("\n").map(printable);
	const used = examples.length === 0 ? [] : [`${examples.length} demonstrations`];
	return [
		...table(
			[">pseudo-perplexity", ">tokens", "text"],
			candidates.map(({ text, tokens, pseudoPerplexity }) => [
				pseudoPerplexity === null ? "–" : decimal(pseudoPerplexity, 2),
				String(tokens),
				printable(text),
			]),
		),
		[`${runs} ${runs === 1 ? "run" : "runs"} of the model`, ...used].join(", "),
	];
}

import { type Command, InvalidArgumentError } from "commander";
import { answerMasks } from "../../compute/inspectAnswers.ts";
import { masksQuestion } from "../../jobs/masksQuestion.ts";
import { type FunctionRow, type MaskedToken, type MasksReport, masksParams } from "../../protocol/inspect/masks.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { count, decimal, percent, table } from "../format.ts";
import { type FilePart, readFilePart, withModel } from "../inspect.ts";
import { positiveInteger, wholeNumber } from "../options.ts";
import { printable } from "../terminal.ts";

interface MasksFlags extends CommonOptions {
	readonly recipe?: string;
	readonly model?: string;
	readonly compare?: string;
	readonly strategy?: string;
	readonly rate?: number;
	readonly seed?: number;
	readonly epoch: number;
	readonly top: number;
}

/** `maskwright masks`. */
export function addMasks(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("masks"))
		.summary("show what a recipe masks in a file")
		.description(
			"Show what a run of a recipe masks in a file, or in some lines of it, and with --model what the model expects there.",
		)
		.argument("<file>", "the file, or FILE:FIRST-LAST for some of its lines")
		.option("--recipe <recipe>", "a recipe's name or file (default: that of the model's run)")
		.option("--model <model>", "a model to ask; its tokenizer is used (default: the model in use, not asked)")
		.option("--compare <model>", "another model to ask")
		.option("--strategy <name>", "one masking strategy in place of the recipe's")
		.option("--rate <share>", "the share of tokens to choose, in place of the recipe's", shareBelowOne)
		.option("--seed <seed>", "in place of the recipe's", wholeNumber)
		.option("--epoch <epoch>", "the pass over the data, from 0", wholeNumber, 0)
		.option("--top <k>", "tokens told of what a model expects", positiveInteger, 5)
		.action(async (file: string, { json, verbose, ...flags }: MasksFlags) => {
			const part = await readFilePart(file);
			const value = await withModel(flags.model, (asked, folder) => {
				const params = masksParams.parse({
					...flags,
					text: part.text,
					path: part.path,
					range: part.range,
					predict: flags.model !== undefined,
				});
				return answerMasks(asked, masksQuestion(params, folder), context.signal);
			});
			const options = { ...(json && { json }), ...(verbose && { verbose }) };
			printResult(context, options, { value, describe: (report) => describeMasks(report, part) });
		});
}

function shareBelowOne(text: string): number {
	const value = Number(text);
	if (value > 0 && value < 1) return value;
	throw new InvalidArgumentError("It must be a share between 0 and 1, such as 0.15.");
}

function describeMasks(report: MasksReport, { text }: FilePart): string[] {
	const { counts, replacement, rate, recipe, seed, epoch, placed, models, repeated, functions, records } = report;
	const none = nothingMasked(report);
	if (none !== undefined) return [none];
	const share = (part: number): string => percent(counts.chosen === 0 ? null : part / counts.chosen);
	return [
		`${recipe}, seed ${seed}, epoch ${epoch}, ${placed === "run" ? "in the rows of the model's run" : "as if the file were the whole corpus"}`,
		...aboutMasks(report),
		...(functions ?? []).map(describeFunction),
		...(functions?.length === 0 ? ["There are no functions in it that the recipe would read."] : []),
		...(repeated === 0 ? [] : [`The last row repeats ${count(repeated)} tokens, shown as the row before has them.`]),
		...table(
			["", ">tokens", ">share", ">nominal"],
			[
				[
					"chosen",
					count(counts.chosen),
					percent(counts.maskable === 0 ? null : counts.chosen / counts.maskable),
					percent(rate),
				],
				["  [mask]", count(counts.mask), share(counts.mask), percent(replacement.mask)],
				["  {random→shown}", count(counts.random), share(counts.random), percent(replacement.random)],
				["  (same)", count(counts.same), share(counts.same), percent(replacement.keep)],
				...Object.entries(counts.strategies).map(([name, chosen]) => [`by ${name}`, count(chosen), share(chosen), ""]),
				...Object.entries(counts.classes ?? {}).map(([name, chosen]) => [
					`  of ${name}`,
					count(chosen),
					share(chosen),
					"",
				]),
			],
		),
		...models.map(({ model, loss }) => `loss of ${model}: ${decimal(loss, 3)} nats`),
		"",
		...marked(report.tokens, records?.text ?? text)
			.split(/\r\n|\n|\r/)
			.map(printable),
	];
}

function nothingMasked({ objective, recipe, unread }: MasksReport): string | undefined {
	if (unread !== null) return unread;
	const another = "Name a recipe of masked language modelling with --recipe.";
	if (objective === "codeSearch")
		return `${recipe} masks nothing: it learns which words belong to which code. ${another}`;
	if (objective === "causalLm") return `${recipe} masks nothing: it learns to predict each next token. ${another}`;
	return undefined;
}

/** What the recipe does with the masks, where it is not plain masked language modelling. */
function aboutMasks({ objective, records, causalShare }: MasksReport): string[] {
	const held = records?.list.filter(({ row }) => row === null).length ?? 0;
	return [
		...(records === null ? [] : [`${count(records.list.length)} records, written as their rows have them`]),
		...(held === 0 ? [] : [`${count(held)} of them are in no row of the run: held out, or changed since`]),
		...(causalShare === 0 ? [] : [`the first ${percent(causalShare)} of a run mask nothing: they predict next tokens`]),
		...(objective === "replacedTokenDetection"
			? ["a small generator fills these masks, and the model judges every token of what comes out"]
			: []),
		...(objective === "ernieGram" ? ["an n-gram is hidden by one mask, here in one pair of brackets"] : []),
		...(objective === "starbucks" ? ["every size of the model sees these masks; the decoder of [CLS] sees more"] : []),
	];
}

function describeFunction({ symbol, row, commentTokens, cut, variables }: FunctionRow): string {
	const name = symbol ?? "a function";
	if (row === null) return `${name} is in no row of the run`;
	const hidden = variables.filter(({ edgesHidden, linksHidden }) => edgesHidden || linksHidden).length;
	const parts = [
		...(commentTokens === 0 ? [] : [`${count(commentTokens)} tokens of comment`]),
		`${count(variables.length)} variables, ${count(hidden)} with something hidden`,
		...(cut ? ["cut at the end of its row"] : []),
	];
	return `${name}, row ${row + 1}: ${parts.join(", ")}`;
}

/** The text with the chosen tokens in brackets. */
function marked(tokens: readonly MaskedToken[], text: string): string {
	let shown = "";
	let from = tokens[0]?.start ?? 0;
	for (const [at, { start, end: last, action, shown: replaced }] of tokens.entries()) {
		if (action === "keep" || start < from) continue;
		let next = at + 1;
		while (tokens[next]?.joined === true) next++;
		const end = tokens[next - 1]?.end ?? last; // of all that its mask hides
		const own = text.slice(start, end);
		const token = { mask: `[${own}]`, random: `{${own}→${replaced ?? own}}`, same: `(${own})` }[action];
		shown += text.slice(from, start) + token;
		from = end;
	}
	return shown + text.slice(from, tokens.at(-1)?.end ?? 0);
}

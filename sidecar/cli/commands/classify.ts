import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import { classifyingModel } from "../../compute/modelWithRole.ts";
import { readPlainText } from "../../data/readers/plainText.ts";
import { readTable } from "../../data/readers/table.ts";
import { classify } from "../../inference/classify.ts";
import type { ClassifyReport } from "../../protocol/classify.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { percent, table } from "../format.ts";
import { withModel } from "../inspect.ts";
import { printable } from "../terminal.ts";
import { textOrInput } from "../textOrInput.ts";

interface ClassifyFlags extends CommonOptions {
	readonly labels?: string;
	readonly labelsFile?: string;
	readonly instruction?: string;
	readonly lines?: boolean;
	readonly jsonl?: string;
	readonly diff?: boolean;
	readonly model?: string;
}

/** `maskwright classify`. */
export function addClassify(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("classify"))
		.summary("say which of some labels fits a text")
		.description(
			"Ask a model which label fits a file, its diff, each of its lines or each of its records; it need not have been trained on these labels. Without a file, standard input is read.",
		)
		.argument("[file]", "the file, or - for standard input")
		.option("--labels <a,b,c>", "the labels, with commas between them")
		.option("--labels-file <file>", "a file with a label a line, in place of --labels")
		.option("--instruction <text>", "what is asked about each text (default: as the model was trained)")
		.option("--lines", "classify each line that is not blank")
		.option("--jsonl <field>", "classify this field or column of each record of a .jsonl, .csv or .tsv file")
		.option("--diff", "classify what git says has changed in the file since the last commit")
		.option(
			"--model <model>",
			"the model's name or folder (default: one that was trained on labels, else the one in use)",
		)
		.action(async (file: string | undefined, flags: ClassifyFlags) => {
			const labels = await labelsOf(flags);
			const texts = await textsOf(file, flags);
			const question = { texts: texts.map(({ text }) => text), labels, instruction: flags.instruction };
			const { signal } = context;
			const folder = classifyingModel(flags.model);
			const value = await withModel(folder, (model) => classify(model, question, { signal }));
			printResult(context, flags, { value, describe: (report) => describeClassified(report, texts) });
		});
}

/** A text and what to call it. */
interface NamedText {
	readonly name: string;
	readonly text: string;
}

async function labelsOf({ labels, labelsFile }: ClassifyFlags): Promise<string[]> {
	if ((labels === undefined) === (labelsFile === undefined)) {
		throw new MaskwrightError(
			"usage",
			"Name the labels to choose from: --labels bug,feature,docs or --labels-file FILE.",
		);
	}
	const listed =
		labels?.split(",") ?? (await readPlainText(labelsFile!)).split("\n").filter((line) => line.trim() !== "");
	return listed.map((label) => label.trim());
}

async function textsOf(file: string | undefined, flags: ClassifyFlags): Promise<NamedText[]> {
	const ways = [flags.lines, flags.jsonl, flags.diff].filter((way) => way !== undefined).length;
	if (ways > 1) throw new MaskwrightError("usage", "--lines, --jsonl and --diff are three ways. Give one of them.");
	const named = file !== undefined && file !== "-" ? file : undefined;
	if (named === undefined && (flags.jsonl !== undefined || flags.diff === true)) {
		throw new MaskwrightError("usage", "--jsonl and --diff need a file. Name it.");
	}
	if (named !== undefined && flags.jsonl !== undefined) return recordTexts(named, flags.jsonl);
	const text =
		named === undefined
			? await textOrInput(file, "classify needs a text: name a file, or - and type it.")
			: await textOrDiff(named, flags.diff === true);
	const texts =
		flags.lines === true
			? text.split(/\r?\n/).flatMap((line, at) => (line.trim() === "" ? [] : [{ name: `line ${at + 1}`, text: line }]))
			: [{ name: named ?? "text", text }];
	if (texts.every((one) => one.text.trim() === "")) {
		const what = flags.diff === true ? `${named} is as it was committed` : `${named ?? "The input"} is empty`;
		throw new MaskwrightError("usage", `${what}, so there is nothing to classify.`);
	}
	return texts;
}

async function recordTexts(file: string, field: string): Promise<NamedText[]> {
	const rows = await readTable(file, [field]);
	if (rows.length === 0) throw new MaskwrightError("usage", `${file} has no records, so there is nothing to classify.`);
	return rows.map((row) => ({ name: `line ${row.place(field).line}`, text: String(row.value(field) ?? "") }));
}

async function textOrDiff(file: string, diff: boolean): Promise<string> {
	if (!diff) return readPlainText(file);
	await readFile(file).catch((cause: unknown) => {
		throw new MaskwrightError("notFound", `${file} cannot be read. Name a file in a git repository.`, { cause });
	});
	try {
		const options = { cwd: dirname(file), maxBuffer: 2 ** 28 };
		// --no-ext-diff: a diff program that the repository names must not run.
		const args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "HEAD", "--", basename(file)];
		return (await promisify(execFile)("git", args, options)).stdout;
	} catch (cause) {
		throw new MaskwrightError("usage", `git tells no diff of ${file}: it must be in a repository with a commit.`, {
			cause,
		});
	}
}

function describeClassified(report: ClassifyReport, texts: readonly NamedText[]): string[] {
	const { model, items, labels } = report;
	if (items.length === 1) {
		const [item] = items;
		const rows = item!.probabilities.map(({ label, probability }) => [printable(label), percent(probability)]);
		return [
			...table(["label", ">probability"], rows),
			...(item!.cut ? ["The text was too long and lost its end."] : []),
			model,
			...untrained(report),
		];
	}
	const rows = items.map(({ label, probabilities }, at) => {
		const { name, text } = texts[at]!;
		return [
			name,
			printable(label),
			percent(probabilities[0]!.probability),
			printable(text.split("\n")[0]!.slice(0, 60)),
		];
	});
	const counts = labels.map((label) => `${printable(label)} ${items.filter((item) => item.label === label).length}`);
	return [
		...table(["", "label", ">probability", ""], rows),
		`${items.length} texts: ${counts.join(", ")} (${model})`,
		...untrained(report),
	];
}

function untrained({ trained, model }: ClassifyReport): string[] {
	if (trained) return [];
	return [
		`${model} was never trained on labels, so this is a guess. Train on some: maskwright train FILE --recipe instruct.`,
	];
}

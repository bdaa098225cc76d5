import type { Command } from "commander";
import { attentionReport, saliencyReport } from "../../inference/inspect/attentionReport.ts";
import type { AttentionReport, HeadShare } from "../../protocol/inspect/attention.ts";
import type { SaliencyReport } from "../../protocol/inspect/saliency.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { count, decimal, percent, table } from "../format.ts";
import { readFilePart, unitAt, withModel } from "../inspect.ts";
import { wholeNumber } from "../options.ts";
import { printable } from "../terminal.ts";

interface AttentionFlags extends CommonOptions {
	readonly model?: string;
	readonly layer?: number;
	readonly head?: number;
	readonly rollout?: boolean;
}

/** `maskwright attention`. */
export function addAttention(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("attention"))
		.summary("show where each head of a model looks")
		.description(
			"Show where each head of a model looks in some lines of a file, and which heads follow its data flow. Attention is not an explanation.",
		)
		.argument("<file>", "the file, or FILE:FIRST-LAST for some of its lines")
		.option("--model <model>", "the model's name or folder (default: the model in use)")
		.option("--layer <layer>", "one layer, from 0", wholeNumber)
		.option("--head <head>", "one head of each layer, from 0", wholeNumber)
		.option("--rollout", "attention rolled out to the last layer as well")
		.action(async (file: string, flags: AttentionFlags) => {
			const part = await readFilePart(file);
			const { layer, head, rollout = false } = flags;
			const value = await withModel(flags.model, (model) =>
				attentionReport(model, { ...part, layer, head, rollout }, model.open),
			);
			printResult(context, flags, { value, describe: describeAttention });
		});
}

/** `maskwright saliency`. */
export function addSaliency(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("saliency"))
		.summary("show what a model's prediction is owed to")
		.description(
			"Mask one token of a file and show how much each other token speaks for or against it: integrated gradients, and input times gradient.",
		)
		.argument("<file>", "the file, or FILE:FIRST-LAST for some of its lines")
		.requiredOption("--at <place>", "the token that is masked, as LINE:COLUMN")
		.option("--model <model>", "the model's name or folder (default: the model in use)")
		.action(async (file: string, flags: CommonOptions & { at: string; model?: string }) => {
			const part = await readFilePart(file);
			const at = unitAt(part.text, flags.at);
			const { signal } = context;
			const value = await withModel(flags.model, (model) =>
				saliencyReport(model, { ...part, at }, { ...model.open, signal }),
			);
			printResult(context, flags, { value, describe: describeSaliency });
		});
}

/** Heads that are shown. */
const shownHeads = 12;

function describeAttention(report: AttentionReport): string[] {
	const { tokens, layerCount, headCount, windows, dataflow, noDataflow, model } = report;
	const local = windows.flatMap((window, layer) => (window === null ? [] : [`${layer} (${window})`]));
	return [
		`${count(tokens.length)} tokens, ${layerCount} layers of ${headCount} heads (${model}); --json prints the matrices`,
		...(local.length === 0 ? [] : [`Layers that see some tokens to either side alone: ${local.join(", ")}`]),
		"",
		...(dataflow === null
			? [noDataflow ?? ""]
			: [
					`${count(dataflow.edges.length)} edges of data flow. Heads by the share of a use's attention on its sources:`,
					...headTable(dataflow.toSource),
				]),
	];
}

function headTable(shares: readonly HeadShare[]): string[] {
	const rows = shares
		.slice(0, shownHeads)
		.map(({ layer, head, share, chance, lift }) => [
			String(layer),
			String(head),
			percent(share),
			percent(chance),
			decimal(lift, 1),
		]);
	return table([">layer", ">head", ">share", ">by chance", ">times chance"], rows);
}

function describeSaliency(report: SaliencyReport): string[] {
	const { tokens, target, expected, integratedGradients, inputTimesGradient, difference, missing, model } = report;
	const order = [...tokens.keys()].sort(
		(a, b) => Math.abs(integratedGradients[b]!) - Math.abs(integratedGradients[a]!),
	);
	return [
		`${printable(target.text)}: ${percent(target.probability)} (${model}); expected: ${expected.map(({ text }) => printable(text)).join("  ")}`,
		`log p is ${decimal(difference, 3)} nats above that of a text of masks; the gradients miss ${percent(missing)} of it`,
		...table(
			["token", ">from", ">integrated", ">input x gradient"],
			order
				.slice(0, 20)
				.map((at) => [
					printable(tokens[at]!.text),
					String(tokens[at]!.start),
					decimal(integratedGradients[at]!, 3),
					decimal(inputTimesGradient[at]!, 3),
				]),
		),
	];
}

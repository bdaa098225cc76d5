import type { Command } from "commander";
import { quantizeModel } from "../../compute/quantizeModel.ts";
import type { QuantizeReport } from "../../protocol/outputs.ts";
import { findModel } from "../../store/models.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { percent, table } from "../format.ts";
import { printable } from "../terminal.ts";

interface QuantizeFlags extends CommonOptions {
	readonly data?: string;
}

/** `maskwright quantize`. */
export function addQuantize(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("quantize"))
		.summary("measure a model in 8 bits, and have it serve so when it answers alike")
		.description(
			"Compare a model's answers in 8-bit integers with those in float32, and their speed on one core. When no number misses its bar, the model fills and embeds in 8 bits from then on; its weights stay as they are.",
		)
		.argument("<model>", "the model's name or folder")
		.option("--data <path>", "folder, or .jsonl or .jsonl.xz file (default: what the model's own run held out)")
		.action(async (model: string, flags: QuantizeFlags) => {
			const { data } = flags;
			const value = await quantizeModel(findModel(model), data === undefined ? {} : { data });
			printResult(context, flags, { value, describe: describeQuantize });
		});
}

const labels = { agreement: "same likeliest token", cosine: "cosine of vectors", speedup: "times as fast" } as const;

function describeQuantize({ model, precision, missed, bars, ...report }: QuantizeReport): string[] {
	const shown = (name: keyof typeof labels, value: number): string =>
		name === "agreement" ? percent(value) : value.toFixed(name === "cosine" ? 4 : 2);
	const rows = (Object.keys(labels) as (keyof typeof labels)[]).map((name) => {
		const value = report[name];
		return [labels[name], value === null ? "–" : shown(name, value), shown(name, bars[name])];
	});
	const why = missed.map((name) => labels[name]).join(" and ");
	const name = printable(model);
	return [
		...table(["in 8 bits", ">measured", ">at least"], rows),
		"",
		precision === "int8"
			? `${name} answers in 8 bits from now on. For float32: the setting maskwright.inference.precision, or --precision float32.`
			: `${name} stays in float32: it missed the bar of ${why}.`,
	];
}

import type { Command } from "commander";
import { reportDevices } from "../../compute/deviceReport.ts";
import type { DoctorReport } from "../../protocol/outputs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { table } from "../format.ts";
import { printable } from "../terminal.ts";

/** `maskwright doctor`. */
export function addDoctor(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("doctor"))
		.summary("tell which device is taken, and why each other is not")
		.description("Try each device with a real training step; tell which is taken, and why each other is not.")
		.action(async (flags: CommonOptions) => {
			printResult(context, flags, { value: await reportDevices(), describe: describeDoctor });
		});
}

function describeDoctor(report: DoctorReport): string[] {
	const rows = report.candidates.map(({ device, available, reason, adapter }) => [
		`${device === report.device ? "*" : " "} ${device}`,
		available ? "works" : "no",
		printable(reason ?? adapter ?? ""),
	]);
	const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
	return [
		`taken: ${report.device}`,
		...report.missing.map((sentence) => printable(sentence)),
		...(rows.length === 0 ? [] : table(["  device", "", "why"], rows)),
		versions.join(", "),
	];
}

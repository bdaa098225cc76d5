import type { Command } from "commander";
import { type RunDescriptions, runsSchema } from "../../protocol/outputs.ts";
import { listRuns } from "../../store/runs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { count, decimal, percent, table } from "../format.ts";
import { printable } from "../terminal.ts";

/** `maskwright runs`. */
export function addRuns(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("runs"))
		.summary("list the runs and their states")
		.description("List the runs and their states.")
		.action((flags: CommonOptions) => {
			const describe = (runs: RunDescriptions): string[] => {
				if (runs.length === 0) return ["There are no runs yet. Start one: maskwright train FOLDER"];
				const rows = runs.map(({ run, recipe, state, step, loss, heldOut, path }) => [
					printable(run),
					printable(recipe),
					state,
					count(step),
					decimal(loss, 3),
					percent(heldOut?.top1 ?? null),
					printable(path),
				]);
				return table(["run", "recipe", "state", ">step", ">loss", ">top-1", "path"], rows);
			};
			printResult(context, flags, { value: runsSchema.parse(listRuns()), describe });
		});
}

import type { Command } from "commander";
import { describeRecipes } from "../../jobs/recipeChoice.ts";
import type { RecipeDescriptions } from "../../protocol/outputs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { table } from "../format.ts";

/** `maskwright recipes`. */
export function addRecipes(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("recipes"))
		.summary("list the recipes and what can be set in each")
		.description("List the recipes and what --set can change in each.")
		.action((flags: CommonOptions) => {
			const { bold, dim } = context.terminal.colors;
			const describe = (list: RecipeDescriptions): string[] =>
				list.flatMap(({ name, summary, paper, state, parameters }) => [
					`${bold(name)}  ${summary} (${state})`,
					...(paper === null ? [] : [dim(`  ${paper}`)]),
					...table(
						["  key", "type", "default", "reason"],
						parameters.map((row) => [`  ${row.key}`, row.type, JSON.stringify(row.default), row.reason]),
					),
					"",
				]);
			printResult(context, flags, { value: describeRecipes(), describe });
		});
}

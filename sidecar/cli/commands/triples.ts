import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { packageTriples, sourceTriples } from "../../data/codeTriples.ts";
import { readCorpus } from "../../data/readers/corpus.ts";
import { codeMlmSmall } from "../../recipes/codeMlmSmall.ts";
import { readText } from "../../store/atomic.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";

/** `maskwright triples`. */
export function addTriples(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("triples"))
		.summary("write what a folder of code says of its parts as a knowledge graph")
		.description(
			"Print packages, imports, definitions and subtypes of a folder as triples: head, relation and tail with tabs between them. maskwright train FILE.tsv trains on their sentences.",
		)
		.argument("<folder>", "folder of code")
		.action(async (folder: string, flags: CommonOptions) => {
			const { maxFileBytes } = codeMlmSmall.recipe.data;
			const { documents } = await readCorpus(folder, { maximumFileBytes: maxFileBytes, signal: context.signal });
			const manifest = join(folder, "package.json");
			const packages = existsSync(manifest) ? packageTriples(parse(readText(manifest))) : [];
			const value = [...packages, ...documents.flatMap(sourceTriples)];
			const describe = (): string[] =>
				value.map(({ head, relation, tail }) =>
					[head, relation, tail].map((part) => part.replaceAll(/\s+/g, " ")).join("\t"),
				);
			printResult(context, flags, { value, describe });
		});
}

/** A manifest that is not JSON names no packages. */
function parse(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

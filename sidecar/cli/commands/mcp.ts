import type { Command } from "commander";
import { type CommandContext, withCommonOptions } from "../command.ts";
import { version } from "../version.ts";

/** `maskwright mcp`. */
export function addMcp(program: Command, { signal }: CommandContext): void {
	withCommonOptions(program.command("mcp"))
		.summary("let agents search a folder: an MCP server on standard input and output")
		.description(
			"Serve the index of a folder to agents over the Model Context Protocol, on standard input and output. It only reads, and only files of that folder.",
		)
		.option("--folder <folder>", "the folder that is searched", ".")
		.action(async ({ folder }: { folder: string }) => {
			// Loaded here: the other commands have no need of it.
			const { serveMcp } = await import("../../mcp/server.ts");
			await serveMcp({ folder, version: version(), signal });
		});
}

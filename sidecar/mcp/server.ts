/** The index of a folder for agents: a server of the Model Context Protocol on standard input and output. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { createSearching } from "../compute/startSearch.ts";
import { realFolder } from "../data/readers/realFolder.ts";
import { addTools } from "./tools.ts";

export interface McpOptions {
	readonly folder: string;
	readonly version: string;
	/** Ends the server. */
	readonly signal: AbortSignal;
	/** The user's folder; by default that of the environment. */
	readonly home?: string;
}

const instructions =
	"Finds code in one folder. Ask search_code in words for what code does, or with a name; it returns functions, " +
	"classes and blocks as path:start-end with a snippet. similar_code finds code like a piece of code. read_code " +
	"reads lines of a file that search found.";

/** Serves until the client closes its end or the signal is aborted. Throws `notFound` for a folder that is none. */
export async function serveMcp({ folder, version, signal, home }: McpOptions): Promise<void> {
	const root = await realFolder(folder);
	// Standard output is the protocol's.
	const log = (level: string, message: string): void => console.error(`${level}: ${message}`);
	const searching = createSearching({ home, log });
	const server = new McpServer({ name: "maskwright", version }, { instructions });
	addTools(server, { folder: root, searching });
	const ended = new Promise<void>((resolve) => {
		server.server.onclose = () => resolve();
		process.stdin.once("end", () => resolve());
		signal.addEventListener("abort", () => resolve());
	});
	await server.connect(new StdioServerTransport());
	await ended;
	await server.close();
	await searching.shutdown();
}

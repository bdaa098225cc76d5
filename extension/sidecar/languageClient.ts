import * as vscode from "vscode";
import {
	CloseAction,
	ErrorAction,
	LanguageClient,
	type LanguageClientOptions,
	type Middleware,
	RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type { WebSocket } from "ws";
import { SocketReader, SocketWriter } from "./messages.ts";

/** A language client on one websocket; it ends with the websocket and never comes back by itself. */
export interface LanguageConnection {
	stop(): Promise<void>;
}

export interface LanguageConnectionOptions {
	readonly middleware: Middleware;
	/** The commands that a link of the server's Markdown may run. */
	readonly trustedCommands: readonly string[];
	readonly log: vscode.LogOutputChannel;
	/** The websocket is closed. */
	readonly closed: () => void;
}

/** Speaks LSP over `socket`: open documents are sent, and the server's features are registered with VS Code. */
export async function startLanguageClient(
	socket: WebSocket,
	{ middleware, trustedCommands, log, closed }: LanguageConnectionOptions,
): Promise<LanguageConnection> {
	const options: LanguageClientOptions = {
		documentSelector: documentSchemes().map((scheme) => ({ scheme })),
		outputChannel: log,
		revealOutputChannelOn: RevealOutputChannelOn.Never,
		initializationFailedHandler: () => false,
		errorHandler: {
			error: () => ({ action: ErrorAction.Continue, handled: true }),
			closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: "The language server is gone." }),
		},
		markdown: { isTrusted: { enabledCommands: trustedCommands } },
		middleware,
	};
	const transports = { reader: new SocketReader(socket), writer: new SocketWriter(socket), detached: true };
	const client = new QuietLanguageClient("maskwright", "Maskwright", async () => transports, options);
	socket.once("close", closed);
	try {
		await client.start();
	} catch (error) {
		socket.close();
		throw error;
	}
	return {
		stop: async () => {
			if (client.isRunning()) await client.stop();
			socket.close();
		},
	};
}

/** Where people write: not the output channels, nor the read-only sides of diff editors. */
function documentSchemes(): string[] {
	const virtual = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.scheme);
	return [...new Set(["file", "untitled", "vscode-notebook-cell", ...virtual])];
}

/** The status bar tells what is wrong; the library would open a pop-up for it. */
class QuietLanguageClient extends LanguageClient {
	override error(message: string, data?: unknown): void {
		super.error(message, data, false);
	}
}

import {
	type ClientCapabilities,
	createConnection,
	createProtocolConnection,
	type Logger,
	type MessageReader,
	type MessageWriter,
	TextDocumentSyncKind,
	TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Inference } from "../../compute/startInference.ts";
import type { Log } from "../log.ts";
import { completionList, hover, inlineCompletions } from "./answerItems.ts";
import { createAnswers } from "./answers.ts";

/**
 * Serves one editor over LSP until its connection closes: what may stand under the mask at a position, as inline
 * completion, completion list and hover. Whatever goes wrong is an empty answer and a line of the log.
 */
export function serveLanguage(
	{ reader, writer }: { readonly reader: MessageReader; readonly writer: MessageWriter },
	{ inference, log }: { readonly inference: Inference; readonly log: Log },
): { dispose(): void } {
	const documents = new TextDocuments(TextDocument);
	const answers = createAnswers({ documents, inference, log });
	let disposed = false;
	const dispose = (): void => {
		if (disposed) return;
		disposed = true;
		answers.dispose();
		connection.dispose();
	};
	const connection = createConnection(
		() => createProtocolConnection(reader, writer, loggerTo(log)),
		// One sidecar serves many editors: neither the end of one nor its wish ends the process.
		{ shutdownReceived: false, initialize: () => {}, exit: dispose },
	);
	let client: ClientCapabilities = {};

	connection.onInitialize(({ capabilities }) => {
		client = capabilities;
		return {
			capabilities: {
				positionEncoding: "utf-16",
				textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
				inlineCompletionProvider: true,
				completionProvider: {}, // no trigger characters: a list at `]` would take the Tab of the inline completion
				hoverProvider: true,
			},
			serverInfo: { name: "Maskwright" },
		};
	});
	connection.languages.inlineCompletion.on(async ({ textDocument, position }, token) => {
		const answer = await answers.at({ uri: textDocument.uri, position, token });
		return answer === undefined ? { items: [] } : inlineCompletions(answer);
	});
	connection.onCompletion(async ({ textDocument, position }, token) => {
		const answer = await answers.at({ uri: textDocument.uri, position, token });
		return answer === undefined ? null : completionList(answer, client);
	});
	connection.onHover(async ({ textDocument, position }, token) => {
		const answer = await answers.at({ uri: textDocument.uri, position, token });
		return answer === undefined ? null : hover(answer, client);
	});
	documents.listen(connection);
	reader.onClose(dispose);
	connection.listen();
	return { dispose };
}

function loggerTo(log: Log): Logger {
	return {
		error: (message) => log("error", message),
		warn: (message) => log("warn", message),
		info: (message) => log("info", message),
		log: (message) => log("debug", message),
	};
}

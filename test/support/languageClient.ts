import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import { StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import {
	type ClientCapabilities,
	createProtocolConnection,
	DidChangeTextDocumentNotification,
	DidOpenTextDocumentNotification,
	InitializedNotification,
	InitializeRequest,
	type ProtocolConnection,
	type Range,
} from "vscode-languageserver";
import type { Inference } from "../../sidecar/compute/startInference.ts";
import { serveLanguage } from "../../sidecar/server/languageServer/languageServer.ts";

/** An editor at the other end of the language server. */
export interface LanguageClient {
	readonly connection: ProtocolConnection;
	/** What the server said that it can do. */
	readonly capabilities: object;
	open(uri: string, text: string): Promise<void>;
	change(uri: string, version: number, changes: readonly { range: Range; text: string }[]): Promise<void>;
}

/** Connects an editor to the language server over a pair of streams. */
export async function connectEditor(options: {
	readonly inference: Inference;
	readonly log: (level: string, message: string) => void;
	readonly capabilities?: ClientCapabilities;
}): Promise<LanguageClient & { dispose(): void }> {
	const toServer = new PassThrough();
	const toClient = new PassThrough();
	const served = serveLanguage(
		{ reader: new StreamMessageReader(toServer), writer: new StreamMessageWriter(toClient) },
		options,
	);
	const connection = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
	connection.listen();
	const { capabilities = {} } = options;
	const initialized = await connection.sendRequest(InitializeRequest.type, {
		processId: null,
		rootUri: null,
		capabilities,
	});
	await connection.sendNotification(InitializedNotification.type, {});
	return {
		connection,
		capabilities: initialized.capabilities,
		open: (uri, text) =>
			connection.sendNotification(DidOpenTextDocumentNotification.type, {
				textDocument: { uri, languageId: "plaintext", version: 1, text },
			}),
		change: (uri, version, contentChanges) =>
			connection.sendNotification(DidChangeTextDocumentNotification.type, {
				textDocument: { uri, version },
				contentChanges: [...contentChanges],
			}),
		dispose() {
			connection.dispose();
			served.dispose();
		},
	};
}

/** Connects an editor for the time of a test. */
export async function editorFor(
	context: TestContext,
	options: Parameters<typeof connectEditor>[0],
): Promise<LanguageClient> {
	const editor = await connectEditor(options);
	context.after(() => editor.dispose());
	return editor;
}

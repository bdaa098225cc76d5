import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import {
	createProtocolConnection,
	DidChangeTextDocumentNotification,
	DidCloseTextDocumentNotification,
	DidOpenTextDocumentNotification,
	InitializeRequest,
	type InlineCompletionList,
	InlineCompletionRequest,
	InlineCompletionTriggerKind,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { createRandom, shuffle } from "../sidecar/base/random.ts";
import { createInference } from "../sidecar/compute/startInference.ts";
import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { splitHeldOut } from "../sidecar/data/split.ts";
import { serveLanguage } from "../sidecar/server/languageServer/languageServer.ts";
import { useModel } from "../sidecar/store/modelInUse.ts";
import { quantile } from "./statistics.ts";

/**
 * From the last character of a mask to what may stand there: `node --import tsx bench/keystroke.ts MODEL DATA`, where
 * DATA is the corpus that MODEL was trained on. Hides identifiers of its held-out files, types the `]` of each mask
 * over LSP, asks for the inline completion, and prints the time until the answer and how much of it the model took:
 * in a text of about 128 tokens, and in a document of one megabyte.
 */
const samples = Number(process.env["SAMPLES"] ?? 150);
const warmUps = 20;
const seed = 4;
/** Text to either side of a mask that fills a row of 128 tokens. */
const near = 220;
/** Text to either side that makes a megabyte. */
const far = 500_000;

const [model, data] = process.argv.slice(2);
if (model === undefined || data === undefined) {
	console.error("usage: node --import tsx bench/keystroke.ts MODEL DATA");
	process.exit(2);
}
const texts = splitHeldOut((await readCorpus(data)).documents).heldOut.map(({ text }) => text);
const home = mkdtempSync(join(tmpdir(), "maskwright-keystroke-"));
useModel(model, { home });
let inModel = 0;
const inference = createInference({
	home,
	log: () => {},
	onFill: ({ milliseconds }) => {
		inModel = milliseconds;
	},
});
const toServer = new PassThrough();
const toEditor = new PassThrough();
const served = serveLanguage(
	{ reader: new StreamMessageReader(toServer), writer: new StreamMessageWriter(toEditor) },
	{ inference, log: (_, message) => console.error(message) },
);
const editor = createProtocolConnection(new StreamMessageReader(toEditor), new StreamMessageWriter(toServer));
editor.listen();
await editor.sendRequest(InitializeRequest.type, { processId: null, rootUri: null, capabilities: {} });
await measure("128 tokens", (text, start, end) => [
	text.slice(Math.max(0, start - near), start),
	text.slice(end, end + near),
]);
const megabyte = texts.join("\n").repeat(1 + Math.ceil((2 * far) / texts.join("\n").length));
await measure("one megabyte", (text, start, end) => [
	`${megabyte.slice(0, far)}\n${text.slice(0, start)}`,
	`${text.slice(end)}\n${megabyte.slice(0, far)}`,
]);
editor.dispose();
served.dispose();
await inference.shutdown();
rmSync(home, { recursive: true });

async function measure(
	name: string,
	cut: (text: string, start: number, end: number) => [string, string],
): Promise<void> {
	const all: number[] = [];
	const rest: number[] = [];
	for (const { text, start, end } of sites(samples + warmUps)) {
		const [before, after] = cut(text, start, end);
		const { milliseconds, items } = await keystroke(before, after);
		if (items === 0) continue;
		all.push(milliseconds);
		rest.push(milliseconds - inModel);
	}
	const show = (values: readonly number[]): string =>
		[0.5, 0.95].map((share) => quantile(values.slice(warmUps), share).toFixed(1)).join(" / ");
	console.log(
		`${name}: ${all.length - warmUps} keystrokes, p50 / p95 ${show(all)} ms, without the model ${show(rest)} ms`,
	);
}

/** Types the last character of a mask between two texts, and asks. */
async function keystroke(before: string, after: string): Promise<{ milliseconds: number; items: number }> {
	const uri = "untitled:Untitled-1";
	const typed = `${before}[MASK`;
	const document = TextDocument.create(uri, "", 1, typed + after);
	await editor.sendNotification(DidOpenTextDocumentNotification.type, {
		textDocument: { uri, languageId: "plaintext", version: 1, text: document.getText() },
	});
	const start = document.positionAt(typed.length);
	const position = { line: start.line, character: start.character + 1 };
	const ask = { textDocument: { uri }, position, context: { triggerKind: InlineCompletionTriggerKind.Automatic } };
	await editor.sendRequest(InlineCompletionRequest.type, ask); // the document has arrived
	const began = performance.now();
	void editor.sendNotification(DidChangeTextDocumentNotification.type, {
		textDocument: { uri, version: 2 },
		contentChanges: [{ range: { start, end: start }, text: "]" }],
	});
	const { items } = (await editor.sendRequest(InlineCompletionRequest.type, ask)) as InlineCompletionList;
	const milliseconds = performance.now() - began;
	await editor.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
	return { milliseconds, items: items.length };
}

/** Identifiers of the texts, drawn by the seed. */
function sites(count: number): { text: string; start: number; end: number }[] {
	const found = texts.flatMap((text) =>
		[...text.matchAll(/[\p{L}_][\p{L}\p{N}_]{2,}/gu)].map(({ index, 0: name }) => ({
			text,
			start: index,
			end: index + name.length,
		})),
	);
	return shuffle(found, createRandom(seed, 0)).slice(0, count);
}

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import {
	CancellationTokenSource,
	type CompletionItem,
	type CompletionList,
	CompletionRequest,
	type Hover,
	HoverRequest,
	type InlineCompletionList,
	InlineCompletionRequest,
	InlineCompletionTriggerKind,
	type MarkupContent,
	type Position,
	ShutdownRequest,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { createInference, type Inference } from "../../../../sidecar/compute/startInference.ts";
import type { ModelParts } from "../../../../sidecar/inference/loadedModel.ts";
import { useModel } from "../../../../sidecar/store/modelInUse.ts";
import { editorFor, type LanguageClient } from "../../../support/languageClient.ts";
import { saveInHome } from "../../../support/storedModel.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../../support/tinyFillModel.ts";

const uri = "file:///folder/a%20b.py";
const plain = "total = compute(items)\nprint(total)\ntotal = [MASK](items)\n";
const capabilities = {
	textDocument: {
		completion: { completionItem: { labelDetailsSupport: true } },
		hover: { contentFormat: ["markdown" as const] },
	},
};
let home: string;
let parts: ModelParts;
let inference: Inference;
/** Requests that the inference process answered or refused. */
let computed = 0;
const lines: string[] = [];
const log = (_: string, message: string): void => void lines.push(message);

before(async () => {
	const texts = ["total = compute(items)\nprint(total)\n", "for item in items:\n    total += item\n"];
	home = mkdtempSync(join(tmpdir(), "maskwright-test-"));
	parts = await tinyFillModel(texts, { vocabularySize: 285, steps: 5 });
	useModel(saveInHome(home, "tiny", parts), { home });
	inference = createInference({ home, log: () => {}, onFill: () => computed++ });
});
after(async () => {
	await inference.shutdown();
	rmSync(home, { recursive: true });
});

function editor(context: TestContext): Promise<LanguageClient> {
	return editorFor(context, { inference, log, capabilities });
}

async function inlineAt({ connection }: LanguageClient, at: string, position: Position): Promise<InlineCompletionList> {
	const params = {
		textDocument: { uri: at },
		position,
		context: { triggerKind: InlineCompletionTriggerKind.Automatic },
	};
	return (await connection.sendRequest(InlineCompletionRequest.type, params)) as InlineCompletionList;
}

async function listAt({ connection }: LanguageClient, at: string, position: Position): Promise<CompletionItem[]> {
	const list = await connection.sendRequest(CompletionRequest.type, { textDocument: { uri: at }, position });
	return (list as CompletionList | null)?.items ?? [];
}

function hoverAt({ connection }: LanguageClient, at: string, position: Position): Promise<Hover | null> {
	return connection.sendRequest(HoverRequest.type, { textDocument: { uri: at }, position });
}

/** The masks in a text by hand, and the positions at the start, inside and at the end of each. */
function masksOf(text: string): { mask: string; positions: Position[] }[] {
	const document = TextDocument.create(uri, "", 1, text);
	return [...text.matchAll(/\[MASK(?:\*\d+)?\]|<mask>/g)].map((match) => ({
		mask: match[0],
		positions: [0, 3, match[0].length].map((offset) => document.positionAt(match.index + offset)),
	}));
}

test("the server offers what an editor needs, in UTF-16, and no trigger character", async (context) => {
	const { capabilities } = await editor(context);
	assert.deepEqual(capabilities, {
		positionEncoding: "utf-16",
		textDocumentSync: { openClose: true, change: 2 },
		inlineCompletionProvider: true,
		completionProvider: {},
		hoverProvider: true,
	});
});

test("each mask is offered at its start, inside and at its end, with exactly its range, in whatever text", async (context) => {
	const client = await editor(context);
	const texts = [
		plain,
		"\uFEFFtotal = [MASK](items)\r\n\t\tprint(\t[MASK*3]\t)\r\n",
		"# 😀𝒳é\r\n'😀' + [MASK] + <mask>\n",
		"[MASK]",
		"a\u2028b [MASK*2]\rtotal\n",
	];
	for (const [number, text] of texts.entries()) {
		const at = `untitled:Untitled-${number}`;
		await client.open(at, text);
		for (const { mask, positions } of masksOf(text)) {
			for (const position of positions) {
				const { items } = await inlineAt(client, at, position);
				assert.ok(items.length > 0, `${JSON.stringify(text)} ${mask} at ${JSON.stringify(position)}`);
				for (const { insertText, filterText, range } of items) {
					assert.deepEqual([filterText, range], [mask, { start: positions[0], end: positions[2] }]);
					assert.ok(typeof insertText === "string" && insertText.trim() === insertText && insertText !== "");
				}
			}
		}
	}
});

test("beside a mask nothing is offered, nor for a number of pieces that no model fills", async (context) => {
	const client = await editor(context);
	await client.open(uri, "x [MASK] y [MASK*99] [MASK");
	for (const character of [0, 1, 9, 14, 25, 26]) {
		assert.deepEqual(await inlineAt(client, uri, { line: 0, character }), { items: [] });
		assert.deepEqual(await listAt(client, uri, { line: 0, character }), []);
		assert.equal(await hoverAt(client, uri, { line: 0, character }), null);
	}
	assert.deepEqual(await inlineAt(client, "file:///unknown", { line: 0, character: 0 }), { items: [] });
});

test("between two masks that touch the left one is offered, filled in the light of the right one", async (context) => {
	const client = await editor(context);
	await client.open(uri, "total = [MASK][MASK*2]\n");
	const range = (start: number, end: number) => ({
		start: { line: 0, character: start },
		end: { line: 0, character: end },
	});
	assert.deepEqual((await inlineAt(client, uri, { line: 0, character: 14 })).items[0]!.range, range(8, 14));
	assert.deepEqual((await inlineAt(client, uri, { line: 0, character: 15 })).items[0]!.range, range(14, 22));
});

test("list, hover and inline completion tell the same fills, computed once", async (context) => {
	const client = await editor(context);
	await client.open(uri, plain);
	const position = { line: 2, character: 10 };
	const before = computed;
	const [inline, list, hover] = await Promise.all([
		inlineAt(client, uri, position),
		listAt(client, uri, position),
		hoverAt(client, uri, { line: 2, character: 14 }),
	]);
	assert.equal(computed, before + 1);
	const fills = inline.items.map(({ insertText }) => insertText as string);
	const range = { start: { line: 2, character: 8 }, end: { line: 2, character: 14 } };
	assert.equal(fills.length, 5);
	assert.deepEqual(
		list.map(({ labelDetails: _, ...item }) => item),
		fills.map((label, rank) => ({
			label,
			kind: 12,
			sortText: `00${rank}`,
			filterText: "[MASK]",
			textEdit: { range, newText: label },
			...(rank === 0 ? { preselect: true } : {}),
		})),
	);
	assert.ok(list.every(({ labelDetails }) => /^(< 1|\d+) %$/.test(labelDetails?.description ?? "")));
	assert.ok(hover !== null);
	assert.deepEqual(hover.range, range);
	const { kind, value } = hover.contents as MarkupContent;
	const rows = value
		.split("\n")
		.map((row) => /^1\. `(.+)` (?:< 1|\d+) % \[Replace\]\(command:maskwright\.replaceMask\?([^)\s]+)\)$/.exec(row));
	assert.equal(kind, "markdown");
	assert.deepEqual(
		rows.map((row) => [row?.[1], JSON.parse(decodeURIComponent(row![2]!)) as unknown]),
		fills.map((fill) => [fill, [uri, range, fill]]),
	);
});

test("an answer for a text that has changed since is not given, and the new text gets its own", async (context) => {
	const client = await editor(context);
	await client.open(uri, `${plain}# stale\n`);
	const stale = inlineAt(client, uri, { line: 2, character: 14 });
	const start = { line: 2, character: 0 };
	// At once: the answer must not be there before.
	const changed = client.change(uri, 2, [{ range: { start, end: { line: 2, character: 5 } }, text: "\r\n\tsum" }]);
	const fresh = inlineAt(client, uri, { line: 3, character: 13 });
	assert.deepEqual(await stale, { items: [] });
	await changed;
	assert.deepEqual((await fresh).items[0]!.range, {
		start: { line: 3, character: 7 },
		end: { line: 3, character: 13 },
	});
});

test("a request that is cancelled stops, unless another one waits for the same fills", async (context) => {
	const client = await editor(context);
	await client.open(uri, `${plain}# shared\n`);
	const position = { line: 2, character: 14 };
	const source = new CancellationTokenSource();
	const params = { textDocument: { uri }, position };
	const cancelled = client.connection.sendRequest(CompletionRequest.type, params, source.token);
	const kept = inlineAt(client, uri, position);
	source.cancel();
	assert.equal(await cancelled, null);
	assert.equal((await kept).items.length, 5);
});

test("without a model, and with a broken one, nothing is offered; the log tells of the broken one, once", async (context) => {
	const home = temporaryFolder(context);
	const bare = createInference({ home, log: () => {} });
	context.after(() => bare.shutdown());
	const client = await editorFor(context, { inference: bare, log });
	await client.open(uri, plain);
	lines.length = 0;
	const position = { line: 2, character: 14 };
	assert.deepEqual(await inlineAt(client, uri, position), { items: [] });
	assert.deepEqual(lines, []);
	const broken = saveInHome(home, "broken", parts);
	truncateSync(join(broken, "model.safetensors"), 100);
	useModel(broken, { home });
	for (let time = 0; time < 2; time++) assert.deepEqual(await inlineAt(client, uri, position), { items: [] });
	assert.equal(lines.length, 1);
	assert.match(lines[0]!, /^No fill: .*model/);
});

test("the process starts when a mask is begun, and not before", async (context) => {
	const own = createInference({ home, log: () => {} });
	context.after(() => own.shutdown());
	const client = await editorFor(context, { inference: own, log });
	await client.open(uri, "MASK [ [MA");
	for (const character of [0, 4, 6, 7]) await inlineAt(client, uri, { line: 0, character });
	assert.equal(own.status().pid, null);
	assert.deepEqual(await inlineAt(client, uri, { line: 0, character: 10 }), { items: [] });
	assert.notEqual(own.status().pid, null);
});

test("an editor that leaves ends its own connection and nothing else", async (context) => {
	const client = await editor(context);
	await client.connection.sendRequest(ShutdownRequest.type);
	await client.connection.sendNotification("exit");
	const other = await editor(context);
	await other.open(uri, plain);
	assert.equal((await inlineAt(other, uri, { line: 2, character: 14 })).items.length, 5);
});

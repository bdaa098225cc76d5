import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import * as vscode from "vscode";

const lock = join(process.env["MASKWRIGHT_HOME"] ?? "", "sidecar", "lock.json");

describe("the extension in an extension host", () => {
	it("activates without starting the sidecar", async () => {
		await extension().activate();
		assert.equal(existsSync(lock), false);
	});

	it("has registered every command of its manifest", async () => {
		const registered = new Set(await vscode.commands.getCommands(true));
		const { commands } = extension().packageJSON.contributes as { commands: { command: string }[] };
		assert.deepEqual(
			commands.map(({ command }) => command).filter((command) => !registered.has(command)),
			[],
		);
	});

	it("offers a task that trains", async () => {
		const tasks = await vscode.tasks.fetchTasks({ type: "maskwright" });
		assert.ok(tasks.length > 0);
	});

	it("starts the sidecar on command", async () => {
		await vscode.commands.executeCommand("maskwright.startSidecar");
		await until(() => existsSync(lock));
	});

	it("answers the search of a language model with places and code", async () => {
		const tool = vscode.lm.tools.find(({ name }) => name === "maskwright_search");
		assert.ok(tool !== undefined);
		const input = { query: "clip the gradients by their norm", top: 3 };
		const answer = await until(async () => {
			const { content } = await vscode.lm.invokeTool(tool.name, { input, toolInvocationToken: undefined });
			const text = content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("");
			return text.includes("clipping.ts") ? text : undefined; // the index begins with the first call
		});
		assert.match(answer, /^optim\/clipping\.ts:\d+-\d+ function \w+\n```typescript\n/m);
		assert.ok([...answer.matchAll(/^\S+:\d+-\d+ /gm)].length <= 3);
	});

	it("lists fills with their probabilities at a mask", async () => {
		const { document, end } = await masked("export function [MASK]");
		const list = await until(async () => {
			const found = await vscode.commands.executeCommand<vscode.CompletionList>(
				"vscode.executeCompletionItemProvider",
				document.uri,
				end,
			);
			const fills = found.items.filter((item) => JSON.stringify(item.label).includes("%"));
			return fills.length > 0 ? fills : undefined;
		});
		assert.ok(list.every((item) => item.range !== undefined));
	});

	it("tells the likeliest fills in a hover", async () => {
		const { document, end } = await masked("const [MASK] = 1;");
		const position = end.translate(0, "[MASK]".length - "[MASK] = 1;".length - 2);
		await until(async () => {
			const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
				"vscode.executeHoverProvider",
				document.uri,
				position,
			);
			const contents = hovers.flatMap((hover) => hover.contents);
			return contents.some((content) => typeof content !== "string" && content.value.includes("%"));
		});
	});

	it("replaces exactly the mask, which one undo brings back", async () => {
		const { document } = await masked("\treturn [MASK]");
		await until(async () => {
			await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
			await pause(300);
			await vscode.commands.executeCommand("editor.action.inlineSuggest.commit");
			return !document.getText().includes("[MASK]");
		});
		assert.match(document.getText(), /^\treturn \S/);
		await vscode.commands.executeCommand("undo");
		await until(() => document.getText() === "\treturn [MASK]");
	});
});

function extension(): vscode.Extension<unknown> {
	const found = vscode.extensions.getExtension("maskwright.maskwright");
	assert.ok(found !== undefined);
	return found;
}

/** Shows an untitled file with the caret at its end. */
async function masked(content: string): Promise<{ document: vscode.TextDocument; end: vscode.Position }> {
	const document = await vscode.workspace.openTextDocument({ language: "typescript", content });
	const editor = await vscode.window.showTextDocument(document);
	const end = document.positionAt(content.length);
	editor.selection = new vscode.Selection(end, end);
	return { document, end };
}

/** Asks until the answer is neither false nor undefined. */
async function until<T>(ask: () => T | Promise<T>): Promise<Exclude<T, false | undefined>> {
	for (;;) {
		const answer = await ask();
		if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
		await pause(50);
	}
}

function pause(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

import * as vscode from "vscode";
import type { InspectedDocument } from "../../sidecar/protocol/panels/maskingInspector.ts";
import { isCode, revealSpan, spanOf } from "./codeEditors.ts";

/** Milliseconds after the last key before a document is told anew. */
const typingPause = 300;

interface Told {
	document(document: InspectedDocument | null): void;
	selection(span: { start: number; end: number }): void;
}

/** The text editor that an inspector looks at: the active one, and while a panel is active the one before it. */
export class InspectedEditor {
	#document: vscode.TextDocument | undefined;
	#typing: NodeJS.Timeout | undefined;
	#told: Told;
	#listening: vscode.Disposable;

	constructor(told: Told) {
		this.#told = told;
		const { window, workspace } = vscode;
		this.#document = [window.activeTextEditor, ...window.visibleTextEditors].find(isCode)?.document;
		this.#listening = vscode.Disposable.from(
			window.onDidChangeActiveTextEditor((editor) => {
				if (!isCode(editor)) return;
				const other = editor.document !== this.#document;
				this.#document = editor.document;
				if (other) this.tell();
				this.#tellSelection(editor);
			}),
			window.onDidChangeTextEditorSelection(({ textEditor }) => {
				if (textEditor.document === this.#document) this.#tellSelection(textEditor);
			}),
			workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
				if (document !== this.#document || contentChanges.length === 0) return;
				clearTimeout(this.#typing);
				this.#typing = setTimeout(() => this.tell(), typingPause);
			}),
			workspace.onDidCloseTextDocument((document) => {
				if (document !== this.#document) return;
				this.#document = window.visibleTextEditors.find(isCode)?.document;
				this.tell();
			}),
		);
	}

	/** Tells the document whole. */
	tell(): void {
		clearTimeout(this.#typing);
		const document = this.#document;
		if (document === undefined) {
			this.#told.document(null);
			return;
		}
		const { uri, version } = document;
		const name = vscode.workspace.asRelativePath(uri);
		this.#told.document({ uri: uri.toString(), name, version, text: document.getText() });
		const editor = vscode.window.visibleTextEditors.find((one) => one.document === document);
		if (editor !== undefined) this.#tellSelection(editor);
	}

	/** Selects a part of the document in its editor; the focus stays where it is. */
	async reveal({ uri, version, span }: { uri: string; version: number; span: { start: number; end: number } }) {
		const document = this.#document;
		if (document?.uri.toString() !== uri || document.version !== version) return;
		await revealSpan(document, { span, focus: false });
	}

	dispose(): void {
		clearTimeout(this.#typing);
		this.#listening.dispose();
	}

	#tellSelection({ document, selection }: vscode.TextEditor): void {
		this.#told.selection(spanOf(document, selection));
	}
}

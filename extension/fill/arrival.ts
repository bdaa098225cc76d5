import * as vscode from "vscode";
import { plainMask } from "../../sidecar/protocol/masks.ts";
import { createAskAgain } from "./askAgain.ts";
import type { LanguageSession } from "./languageSession.ts";
import { type OfferedMask, touchedRange } from "./offeredMask.ts";

/** Milliseconds that the caret rests before the fill is asked for, so that running over masks asks for none. */
const restMilliseconds = 60;

/**
 * Asks for the fill when the caret arrives at a mask: VS Code asks by itself after an edit, never after a mere move.
 * The first mask that is typed or walked to starts the language client.
 */
export function watchArrival(session: LanguageSession, offered: OfferedMask): vscode.Disposable {
	let timer: NodeJS.Timeout | undefined;
	/** The version of each document at its last move of the caret: another one means that an edit moved it. */
	const versions = new WeakMap<vscode.TextDocument, number>();
	const ask = (): void => {
		clearTimeout(timer);
		timer = setTimeout(
			() => void vscode.commands.executeCommand("editor.action.inlineSuggest.trigger"),
			restMilliseconds,
		);
	};
	// The trigger shows ghost text whatever the setting says, so the setting is asked here.
	const mayAsk = ({ document, selection }: vscode.TextEditor): boolean => {
		const mask = selection.isEmpty ? touchedRange(document, selection.active) : undefined;
		if (mask === undefined || session.connection === undefined || offered.isDismissed(document, mask)) return false;
		return vscode.workspace.getConfiguration("editor", document).get<boolean>("inlineSuggest.enabled") === true;
	};
	const askAgain = createAskAgain({
		isMissing: () => {
			const editor = vscode.window.activeTextEditor;
			if (editor === undefined || offered.isAwaited || !mayAsk(editor)) return false;
			return offered.at(editor.document, editor.selection.active) === undefined;
		},
		ask,
	});
	const subscriptions = [
		askAgain,
		vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
			if (textEditor !== vscode.window.activeTextEditor) return;
			const { document } = textEditor;
			const edited = (versions.get(document) ?? document.version) !== document.version;
			versions.set(document, document.version);
			offered.refresh();
			clearTimeout(timer);
			if (kind !== undefined && touchesPlainMask(textEditor)) session.wake(edited ? "typed" : "arrived");
			if (!edited && mayAsk(textEditor)) ask();
		}),
		vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
			const editor = vscode.window.activeTextEditor;
			if (document !== editor?.document || contentChanges.length === 0) return;
			offered.refresh();
			askAgain.edited();
			if (touchesPlainMask(editor)) session.wake("typed");
		}),
		vscode.window.onDidChangeActiveTextEditor((editor) => {
			offered.refresh();
			if (editor === undefined) return;
			// What is typed at once in an editor that has just opened is told before the editor is.
			if (touchesPlainMask(editor)) session.wake("arrived");
			if (mayAsk(editor)) ask();
		}),
		// A document whose language changes is closed and opened: what was asked for it before is answered for none.
		vscode.workspace.onDidOpenTextDocument((document) => {
			const editor = vscode.window.activeTextEditor;
			if (editor?.document === document && mayAsk(editor)) ask();
		}),
		session.onDidStart(() => {
			offered.withdraw();
			const editor = vscode.window.activeTextEditor;
			if (editor !== undefined && mayAsk(editor)) ask();
		}),
		{ dispose: () => clearTimeout(timer) },
	];
	return vscode.Disposable.from(...subscriptions);
}

function touchesPlainMask(editor: vscode.TextEditor): boolean {
	const { document, selection } = editor;
	return selection.isEmpty && touchedRange(document, selection.active, plainMask) !== undefined;
}

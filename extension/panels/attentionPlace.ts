import * as vscode from "vscode";
import type { AttentionDocument, AttentionPlace } from "../../sidecar/protocol/panels/attention.ts";
import { spanOf } from "./codeEditors.ts";

/** Lines to either side of the caret that are looked at when nothing is selected. */
const linesAround = 12;

/** What is to be looked at in an editor: its selection, else the lines around the caret. */
export function placeIn({ document, selection }: vscode.TextEditor): AttentionDocument {
	if (!selection.isEmpty) return documentAt(document, { ...spanOf(document, selection), around: null });
	const lines = new vscode.Range(Math.max(0, selection.active.line - linesAround), 0, selection.active.line, 0);
	const last = document.lineAt(Math.min(document.lineCount - 1, selection.active.line + linesAround));
	const around = document.offsetAt(selection.active);
	return documentAt(document, { ...spanOf(document, lines.union(last.range)), around });
}

/** The same place once more, after a reload; null where the file cannot be opened any more. */
export async function openPlace({ uri, span, around }: AttentionPlace): Promise<AttentionDocument | null> {
	try {
		const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
		return documentAt(document, { ...span, around });
	} catch {
		return null;
	}
}

function documentAt(
	document: vscode.TextDocument,
	{ start, end, around }: { start: number; end: number; around: number | null },
): AttentionDocument {
	return {
		uri: document.uri.toString(),
		version: document.version,
		name: vscode.workspace.asRelativePath(document.uri),
		path: document.uri.path,
		text: document.getText(),
		span: { start, end },
		around,
	};
}

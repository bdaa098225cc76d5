import * as vscode from "vscode";

/** Text to either side of a place that is sent to the model: more than it holds. */
const reach = 12_000;

export interface NearText {
	readonly before: string;
	readonly after: string;
}

/** The text around a range of a document. */
export function textAround(document: vscode.TextDocument, start: number, end: number): NearText {
	const at = (offset: number): vscode.Position => document.positionAt(offset);
	return {
		before: document.getText(new vscode.Range(at(Math.max(0, start - reach)), at(start))),
		after: document.getText(new vscode.Range(at(end), at(end + reach))),
	};
}

import * as vscode from "vscode";
import type { SurprisalPage } from "../../sidecar/protocol/inspect/surprisal.ts";
import type { Sidecar } from "../sidecar/connection.ts";
import { Scores, type TextSpan } from "./scores.ts";

/** From this many lines on only what is seen is scored: a file of such a length takes minutes. */
const longDocument = 2_000;

/** Lines to either side of those that are seen, so that a little scrolling asks for nothing. */
const margin = 40;

export interface Scoring {
	readonly scores: Scores;
	/** The part that is scored; undefined: all of the document. */
	readonly part: vscode.Range | undefined;
}

/**
 * Scores a document page by page, what is seen first, until all is known or the token is cancelled. `onPage` is called
 * after each page. Rejects with `SidecarError`.
 */
export async function scoreDocument(
	sidecar: Sidecar,
	document: vscode.TextDocument,
	{
		visible,
		before,
		token,
		onPage,
	}: {
		readonly visible: readonly vscode.Range[];
		/** What is known of the same text: it stays. */
		readonly before: Partial<Scoring>;
		readonly token: vscode.CancellationToken;
		readonly onPage: (scoring: Scoring) => void;
	},
): Promise<void> {
	const text = document.getText();
	const part = document.lineCount <= longDocument ? undefined : around(document, visible);
	const scoring = { scores: (part === undefined ? before.scores : undefined) ?? new Scores(), part };
	const spanOf = (range: vscode.Range): TextSpan => {
		return { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
	};
	const ranges = visible.map((range) => spanOf(wholeLines(document, range))).filter(({ start, end }) => end > start);
	for (let from: number | null = 0; from !== null; ) {
		const params = { text, ranges, from, ...(part === undefined ? {} : { range: spanOf(part) }) };
		const page: SurprisalPage = await sidecar.request("inspectSurprisal", params, token);
		if (token.isCancellationRequested) return;
		scoring.scores.add(page);
		onPage(scoring);
		from = page.next;
	}
}

/** The lines that are seen, and some around them. */
function around(document: vscode.TextDocument, visible: readonly vscode.Range[]): vscode.Range {
	const first = Math.min(...visible.map(({ start }) => start.line), document.lineCount - 1);
	const last = Math.max(...visible.map(({ end }) => end.line), 0);
	return wholeLines(document, new vscode.Range(Math.max(0, first - margin), 0, last + margin, 0));
}

function wholeLines(document: vscode.TextDocument, { start, end }: vscode.Range): vscode.Range {
	const last = document.lineAt(Math.min(end.line, document.lineCount - 1));
	return new vscode.Range(new vscode.Position(start.line, 0), last.rangeIncludingLineBreak.end);
}

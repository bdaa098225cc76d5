import * as vscode from "vscode";
import { config } from "../config.ts";
import { levelBits } from "./levels.ts";
import { alternatives, inkOf, type Scores } from "./scores.ts";

/** What stands in a diagnostic's `source` and `code`. */
export const findingMark = { source: "Maskwright", code: "surprisal" } as const;

/** Of the last level: less likely than one in a thousand. */
const leastBits = levelBits[3];

/** The most findings of one document. */
const mostFindings = 200;

/** Very unlikely tokens as diagnostics, for those who have switched them on. */
export interface Findings extends vscode.Disposable {
	show(document: vscode.TextDocument, scores: Scores | undefined): void;
}

export function createFindings(): Findings {
	const collection = vscode.languages.createDiagnosticCollection("maskwright.surprisal");
	return {
		show(document, scores) {
			if (scores === undefined || !config.surprisalDiagnostics(document)) collection.delete(document.uri);
			else collection.set(document.uri, findingsOf(document, scores));
		},
		dispose: () => collection.dispose(),
	};
}

function findingsOf(document: vscode.TextDocument, scores: Scores): vscode.Diagnostic[] {
	return scores
		.above(leastBits)
		.slice(0, mostFindings)
		.flatMap((token) => {
			const ink = inkOf(token);
			const [best] = alternatives(token);
			if (ink === undefined || best === undefined) return [];
			const range = new vscode.Range(document.positionAt(ink.start), document.positionAt(ink.end));
			const bits = token.surprisal.toFixed(1);
			const message = vscode.l10n.t(
				"“{0}” is unexpected here ({1} bits); the model expected “{2}”.",
				token.text.trim(),
				bits,
				best.text,
			);
			const finding = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Information);
			finding.source = findingMark.source;
			finding.code = findingMark.code;
			return [finding];
		});
}

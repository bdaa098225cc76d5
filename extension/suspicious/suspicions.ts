import type { SuspicionReport } from "../../sidecar/protocol/inspect/suspicion.ts";

/** A token that looks replaced, where it stands now: lines and UTF-16 columns from 0. */
export interface Suspicion {
	readonly line: number;
	readonly column: number;
	readonly text: string;
	readonly probability: number;
}

/** A change of a document as VS Code tells it: what stood in lines [first, last] became `text`. */
export interface LineChange {
	readonly first: number;
	readonly last: number;
	readonly text: string;
}

/** The tokens of a report without the blanks around them; `lineStart` gives the code unit at which a line, from 0, begins. */
export function suspicionsOf({ tokens }: SuspicionReport, lineStart: (line: number) => number): Suspicion[] {
	return tokens.map(({ start, text, line, probability }) => {
		const blanks = text.length - text.trimStart().length;
		return { line: line - 1, column: start + blanks - lineStart(line - 1), text: text.trim(), probability };
	});
}

/** What is left after edits: the tokens of a changed line go, those below move with their lines. */
export function afterEdits(suspicions: readonly Suspicion[], changes: readonly LineChange[]): Suspicion[] {
	// Changes are told by places before any of them: from the last one on, none moves another.
	const fromTheEnd = [...changes].sort((a, b) => b.first - a.first);
	return fromTheEnd.reduce<Suspicion[]>(
		(left, { first, last, text }) => {
			const added = text.split(/\r\n|\n|\r/).length - 1 - (last - first);
			return left.flatMap((suspicion) => {
				if (suspicion.line < first) return [suspicion];
				return suspicion.line <= last ? [] : [{ ...suspicion, line: suspicion.line + added }];
			});
		},
		[...suspicions],
	);
}

import * as vscode from "vscode";
import { ownMask, touchedMask } from "../../sidecar/protocol/masks.ts";
import { createMaskDecoration } from "./maskDecoration.ts";
import { type Offer, typedBehind } from "./offer.ts";

/** What is offered at the caret, and how the mask shows it. */
export interface OfferedMask extends vscode.Disposable {
	/** The offer and what was typed since, with the caret at `position`; undefined when there is none or it is void. */
	at(document: vscode.TextDocument, position: vscode.Position): { offer: Offer; typed: string } | undefined;
	offer(offer: Offer): void;
	/** Whether a fill has been asked for and the answer is still to come. */
	readonly isAwaited: boolean;
	awaits<Answer>(answer: Promise<Answer>): Promise<Answer>;
	/** Forgets the offer. */
	withdraw(): void;
	/** Hides the offer until the caret has left the mask and come back. */
	dismiss(): void;
	isDismissed(document: vscode.TextDocument, mask: vscode.Range): boolean;
	/** To be called when the caret or the text changed. */
	refresh(): void;
}

/** The context key that the keys of a fill depend on. */
const contextKey = "maskwright.caretOnMask";

export function createOfferedMask(): OfferedMask {
	return new StruckMask();
}

/** The mask in `document` that `position` touches. Whether the model in use takes it, the server knows. */
export function touchedRange(
	document: vscode.TextDocument,
	position: vscode.Position,
	maskToken: string = ownMask,
): vscode.Range | undefined {
	const mask = touchedMask(document.lineAt(position.line).text, position.character, maskToken);
	return mask && new vscode.Range(position.line, mask.start, position.line, mask.end);
}

/** Strikes the mask out only once there is a fill, which VS Code shows behind it. */
class StruckMask implements OfferedMask {
	readonly #decoration = createMaskDecoration();
	readonly #themeChange = vscode.window.onDidChangeActiveColorTheme(() => this.refresh());
	#offer: Offer | undefined;
	/** The mask under the caret, offered or not, and the one that was dismissed. */
	#current: string | undefined;
	#dismissed: string | undefined;
	#shown: vscode.TextEditor | undefined;
	#onMask = false;
	#awaited = 0;

	get isAwaited(): boolean {
		return this.#awaited > 0;
	}

	async awaits<Answer>(answer: Promise<Answer>): Promise<Answer> {
		this.#awaited++;
		try {
			return await answer;
		} finally {
			this.#awaited--;
		}
	}

	at(document: vscode.TextDocument, position: vscode.Position): { offer: Offer; typed: string } | undefined {
		const offer = this.#offer;
		if (offer?.uri !== document.uri.toString() || offer.place.line !== position.line) return undefined;
		const typed = typedBehind(offer, document.getText(), document.offsetAt(position));
		return typed === undefined ? undefined : { offer, typed };
	}

	offer(offer: Offer): void {
		this.#offer = offer;
		this.#dismissed = undefined;
		this.refresh();
	}

	withdraw(): void {
		this.#offer = undefined;
		this.refresh();
	}

	dismiss(): void {
		this.#dismissed = this.#current;
		this.refresh();
	}

	isDismissed(document: vscode.TextDocument, mask: vscode.Range): boolean {
		return this.#dismissed === keyOf(document, mask.start);
	}

	refresh(): void {
		const editor = vscode.window.activeTextEditor;
		const ranges = editor === undefined ? [] : this.#rangesToStrike(editor);
		if (this.#shown !== editor && this.#shown !== undefined) this.#decoration.show(this.#shown, []);
		if (editor !== undefined) this.#decoration.show(editor, ranges);
		this.#shown = editor;
		const onMask = ranges.length > 0;
		if (this.#onMask !== onMask) void vscode.commands.executeCommand("setContext", contextKey, onMask);
		this.#onMask = onMask;
	}

	dispose(): void {
		this.#themeChange.dispose();
		this.#decoration.dispose();
	}

	#rangesToStrike({ document, selection, selections }: vscode.TextEditor): vscode.Range[] {
		const touched = selections.flatMap((one) => (one.isEmpty ? (touchedRange(document, one.active) ?? []) : []));
		const found = this.at(document, selection.active);
		const place = found?.offer.place ?? touched[0]?.start;
		this.#current = place && keyOf(document, place);
		if (this.#current !== this.#dismissed) this.#dismissed = undefined;
		if (found === undefined || this.#dismissed !== undefined) return [];
		if (found.typed !== "") {
			const { line, character } = found.offer.place;
			return [new vscode.Range(line, character, line, character + found.offer.mask.length)];
		}
		// With several carets the fill goes to every mask that is written the same.
		return touched.filter((range) => document.getText(range) === found.offer.mask);
	}
}

function keyOf(document: vscode.TextDocument, { line, character }: { line: number; character: number }): string {
	return `${document.uri}#${line}:${character}`;
}

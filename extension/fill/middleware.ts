import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient";
import { fillsAfter, type Offer } from "./offer.ts";
import { type OfferedMask, touchedRange } from "./offeredMask.ts";

/** The commands that a fill runs; not contributed, so that the palette does not list them. */
export const fillCommands = { commit: "maskwright.commitFill", next: "maskwright.nextMask" } as const;

/** The argument of `fillCommands.commit`, which travels as JSON. */
export interface CommittedFill {
	readonly uri: string;
	/** Where the mask begins. */
	readonly line: number;
	readonly character: number;
	/** The mask as written. */
	readonly mask: string;
	readonly fill: string;
}

/**
 * Shows what the server answers as VS Code can show it. The server replaces the mask, but ghost text can only extend
 * what stands there: so the fill is inserted behind the mask and a command takes the mask away in the same undo step.
 * The server is asked only where there is a mask, and an answer for another text is dropped.
 */
export function fillMiddleware(offered: OfferedMask): Middleware {
	const ghostText = ghostTextBesideList();
	return {
		async provideInlineCompletionItems(document, position, context, token, next) {
			if (context.selectedCompletionInfo !== undefined) ghostText.listIsOpen();
			const mask = touchedRange(document, position);
			if (mask === undefined) return behindMask(offered, document, position);
			const automatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
			if (automatic && offered.isDismissed(document, mask)) return [];
			const asked = unlessStale(document, token, next(document, position, context, token));
			const answer = await offered.awaits(asked);
			const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
			const fills = items.filter(({ range }) => range?.isEqual(mask)).map(({ insertText }) => textOf(insertText));
			if (fills.length === 0) return [];
			const offer = offerOf(document, mask, fills);
			offered.offer(offer);
			return inlineItems(offer, "");
		},
		async provideCompletionItem(document, position, context, token, next) {
			const mask = touchedRange(document, position);
			if (mask === undefined) return [];
			const answer = await unlessStale(document, token, next(document, position, context, token));
			const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
			const shown = offered.at(document, position) !== undefined && !offered.isDismissed(document, mask);
			if (items.length > 0 && shown) await ghostText.hide();
			return items.map((item, place) => listItem(item, { mask, written: document.getText(mask), place }));
		},
		async provideHover(document, position, token, next) {
			if (touchedRange(document, position) === undefined) return undefined;
			return await unlessStale(document, token, next(document, position, token));
		},
	};
}

/**
 * A list that opens beside ghost text begins at the row that writes the same word there, which other extensions may
 * offer as well: behind the mask instead of in its place. So the ghost text goes before the list opens, and is asked
 * for again once it is open, to be back when the list is closed.
 */
function ghostTextBesideList() {
	const { executeCommand } = vscode.commands;
	let hidden = false;
	return {
		async hide(): Promise<void> {
			hidden = true;
			await executeCommand("editor.action.inlineSuggest.hide");
		},
		/** VS Code asks for what goes on from the row that is chosen in the list. */
		listIsOpen(): void {
			if (hidden) setTimeout(() => void executeCommand("editor.action.inlineSuggest.trigger"));
			hidden = false;
		},
	};
}

/** What goes on from the letters that the user types instead of pressing Tab. */
function behindMask(offered: OfferedMask, document: vscode.TextDocument, position: vscode.Position) {
	const found = offered.at(document, position);
	return found === undefined ? [] : inlineItems(found.offer, found.typed);
}

/** The answer, unless the text has changed since it was asked for or it failed: the log has the reason. */
async function unlessStale<Answer>(
	document: vscode.TextDocument,
	token: vscode.CancellationToken,
	asked: vscode.ProviderResult<Answer>,
): Promise<Answer | undefined> {
	const { version } = document;
	try {
		const answer = await asked;
		return token.isCancellationRequested || document.version !== version ? undefined : (answer ?? undefined);
	} catch {
		return undefined;
	}
}

function offerOf(document: vscode.TextDocument, mask: vscode.Range, fills: readonly string[]): Offer {
	return {
		uri: document.uri.toString(),
		text: document.getText(),
		mask: document.getText(mask),
		start: document.offsetAt(mask.start),
		place: { line: mask.start.line, character: mask.start.character },
		fills: fills.filter((fill) => fill !== ""),
	};
}

function inlineItems(offer: Offer, typed: string): vscode.InlineCompletionItem[] {
	const { uri, mask, place } = offer;
	const end = place.character + mask.length;
	const range = new vscode.Range(place.line, end, place.line, end + typed.length);
	return fillsAfter(offer, typed).map((fill) => {
		const target: CommittedFill = { uri, ...place, mask, fill };
		const command = { title: vscode.l10n.t("Fill Mask"), command: fillCommands.commit, arguments: [target] };
		return new vscode.InlineCompletionItem(fill, range, command);
	});
}

/** One range over the whole mask, so that the list works wherever the caret is in it. */
function listItem(
	item: vscode.CompletionItem,
	{ mask, written, place }: { mask: vscode.Range; written: string; place: number },
): vscode.CompletionItem {
	item.range = mask;
	item.filterText = written;
	item.insertText = textOf(item.insertText ?? labelOf(item));
	item.sortText = String(place).padStart(4, "0");
	item.preselect = place === 0;
	item.command = { title: vscode.l10n.t("Next Mask"), command: fillCommands.next };
	return item;
}

function labelOf({ label }: vscode.CompletionItem): string {
	return typeof label === "string" ? label : label.label;
}

function textOf(text: string | vscode.SnippetString): string {
	return typeof text === "string" ? text : text.value;
}

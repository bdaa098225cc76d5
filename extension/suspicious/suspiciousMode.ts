import * as vscode from "vscode";
import type { SurprisalPage } from "../../sidecar/protocol/inspect/surprisal.ts";
import type { SuspicionReport } from "../../sidecar/protocol/inspect/suspicion.ts";
import type { Ctx } from "../ctx.ts";
import { formatShare, plainMarkdown } from "../format.ts";
import { alternatives } from "../surprisal/scores.ts";
import { codeSpan } from "../surprisal/tokenHover.ts";
import { markdown } from "../views/viewParts.ts";
import { afterEdits, type Suspicion, suspicionsOf } from "./suspicions.ts";

/** Marks the tokens that look replaced in the documents that it was asked about. */
export interface SuspiciousMode extends vscode.Disposable {
	/** Marks those of the open editor, or clears them where they are marked. Rejects with `SidecarError`. */
	toggle(): Promise<void>;
}

export function createSuspiciousMode(ctx: Ctx): SuspiciousMode {
	return new EditorSuspicions(ctx);
}

class EditorSuspicions implements SuspiciousMode {
	readonly #ctx: Ctx;
	readonly #found = new Map<vscode.TextDocument, Suspicion[]>();
	/** A dashed frame and a mark in the ruler: no one has to tell colours apart. */
	readonly #mark = vscode.window.createTextEditorDecorationType({
		border: "1px dashed",
		borderColor: new vscode.ThemeColor("editorWarning.foreground"),
		overviewRulerColor: new vscode.ThemeColor("editorWarning.foreground"),
		overviewRulerLane: vscode.OverviewRulerLane.Right,
		rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
	});
	readonly #subscriptions: vscode.Disposable[];

	constructor(ctx: Ctx) {
		this.#ctx = ctx;
		const { window, workspace, languages } = vscode;
		this.#subscriptions = [
			this.#mark,
			window.onDidChangeVisibleTextEditors(() => this.#showAll()),
			workspace.onDidCloseTextDocument((document) => this.#found.delete(document)),
			workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
				const before = this.#found.get(document);
				if (before === undefined || contentChanges.length === 0) return;
				const changes = contentChanges.map(({ range, text }) => {
					return { first: range.start.line, last: range.end.line, text };
				});
				this.#found.set(document, afterEdits(before, changes));
				this.#showAll();
			}),
			languages.registerHoverProvider("*", {
				provideHover: (document, position, token) => this.#hover(document, position, token),
			}),
		];
	}

	async toggle(): Promise<void> {
		const { l10n, window } = vscode;
		const document = window.activeTextEditor?.document;
		if (document === undefined) {
			void window.showInformationMessage(l10n.t("No file is open."));
			return;
		}
		if (this.#found.delete(document)) {
			this.#showAll();
			return;
		}
		if (document.getText().trim() === "") {
			void window.showInformationMessage(l10n.t("There is no text to look at."));
			return;
		}
		const location = vscode.ProgressLocation.Window;
		const title = l10n.t("Looking for suspicious tokens...");
		const { version } = document;
		const report: SuspicionReport = await window.withProgress({ location, title }, () =>
			this.#ctx.sidecar.request("inspectSuspicion", { text: document.getText() }),
		);
		if (document.version !== version) {
			void window.showInformationMessage(l10n.t("The text has changed meanwhile. Ask again."));
			return;
		}
		const found = suspicionsOf(report, (line) => document.offsetAt(new vscode.Position(line, 0)));
		if (found.length > 0) this.#found.set(document, found);
		this.#showAll();
		if (found.length > 0) void this.#tell(document, report);
		else void window.showInformationMessage(l10n.t("{0} finds no token that looks replaced.", report.model));
	}

	/** How many were found, with a way to clear their marks. */
	async #tell(document: vscode.TextDocument, { tokens, judged, model }: SuspicionReport): Promise<void> {
		const { l10n, window } = vscode;
		const clear = l10n.t("Clear Marks");
		const sentence = l10n.t("{0} finds {1} of {2} tokens that look replaced.", model, tokens.length, judged);
		if ((await window.showInformationMessage(sentence, clear)) !== clear) return;
		this.#found.delete(document);
		this.#showAll();
	}

	dispose(): void {
		for (const subscription of this.#subscriptions) subscription.dispose();
	}

	#showAll(): void {
		for (const editor of vscode.window.visibleTextEditors) {
			editor.setDecorations(this.#mark, (this.#found.get(editor.document) ?? []).map(rangeOf));
		}
	}

	async #hover(
		document: vscode.TextDocument,
		position: vscode.Position,
		token: vscode.CancellationToken,
	): Promise<vscode.Hover | undefined> {
		const suspicion = this.#found.get(document)?.find((one) => rangeOf(one).contains(position));
		if (suspicion === undefined) return undefined;
		const heading = vscode.l10n.t("Looks replaced: {0}", formatShare(suspicion.probability));
		const expected = await this.#expected(document, rangeOf(suspicion), token);
		const parts = [`**${plainMarkdown(heading)}**`];
		if (expected.length > 0) parts.push(`${vscode.l10n.t("Expected:")} ${expected.map(codeSpan).join(", ")}`);
		return new vscode.Hover(markdown(parts.join("\n\n"), []), rangeOf(suspicion));
	}

	/** What the model in use expected there; nothing where none predicts. */
	async #expected(
		document: vscode.TextDocument,
		range: vscode.Range,
		token: vscode.CancellationToken,
	): Promise<string[]> {
		if (!this.#ctx.inventory.models.some(({ roles }) => roles.includes("completion"))) return [];
		const params = {
			text: document.getText(),
			range: { start: document.offsetAt(range.start), end: document.offsetAt(range.end) },
		};
		try {
			const page: SurprisalPage = await this.#ctx.sidecar.request("inspectSurprisal", params, token);
			return page.tokens.slice(0, 1).flatMap((judged) => alternatives(judged).map(({ text }) => text));
		} catch {
			return [];
		}
	}
}

function rangeOf({ line, column, text }: Suspicion): vscode.Range {
	return new vscode.Range(line, column, line, column + text.length);
}

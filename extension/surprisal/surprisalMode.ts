import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import { SidecarError } from "../sidecar/errors.ts";
import { createFindings } from "./findings.ts";
import { chooseLine } from "./leastNatural.ts";
import { createMarks } from "./marks.ts";
import { registerReplacing } from "./replacing.ts";
import { type Scoring, scoreDocument } from "./scoreDocument.ts";
import { createSurprisalStatus } from "./surprisalStatus.ts";

/** Milliseconds after the last edit, and after the last scroll, before the model is asked. */
const rest = { edited: 400, scrolled: 250 } as const;

/** Colours the tokens of the file that is edited by how unlikely the model finds each; off at first. */
export interface SurprisalMode extends vscode.Disposable {
	toggle(): void;
	/** Switches it on where it is off, and lets the user choose a line. */
	showLeastNaturalLines(): Promise<void>;
}

/** What is known of one version of a document. */
interface Known extends Partial<Scoring> {
	readonly version: number;
	readonly done: boolean;
	readonly failure?: SidecarError;
}

export function createSurprisalMode(ctx: Ctx): SurprisalMode {
	return new EditorSurprisal(ctx);
}

class EditorSurprisal implements SurprisalMode {
	readonly #ctx: Ctx;
	readonly #marks = createMarks();
	readonly #status = createSurprisalStatus();
	readonly #findings = createFindings();
	readonly #known = new Map<vscode.TextDocument, Known>();
	readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
	readonly #subscriptions: vscode.Disposable[];
	#on = false;
	#running: { readonly document: vscode.TextDocument; readonly source: vscode.CancellationTokenSource } | undefined;
	#timer: NodeJS.Timeout | undefined;

	constructor(ctx: Ctx) {
		this.#ctx = ctx;
		const { window, workspace } = vscode;
		this.#subscriptions = [
			this.#marks,
			this.#status,
			this.#findings,
			this.#changed,
			registerReplacing((document) => this.#current(document)?.scores),
			window.onDidChangeActiveTextEditor(() => this.#refresh()),
			window.onDidChangeVisibleTextEditors(() => this.#showAll()),
			window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
				if (textEditor === window.activeTextEditor) this.#soon(rest.scrolled);
			}),
			workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
				if (contentChanges.length > 0) this.#edited(document);
			}),
			workspace.onDidCloseTextDocument((document) => this.#forget(document)),
			workspace.onDidChangeConfiguration((change) => {
				if (change.affectsConfiguration("maskwright.surprisal")) this.#showAll();
			}),
			ctx.inventory.onDidChangeModels(() => this.#startAnew()),
			ctx.sidecar.onDidChangeState((state) => {
				if (state === "ready" && [...this.#known.values()].some(({ failure }) => failure !== undefined))
					this.#startAnew();
			}),
		];
	}

	toggle(): void {
		this.#on = !this.#on;
		if (this.#on) this.#refresh();
		else this.#stop();
		this.#showAll();
	}

	async showLeastNaturalLines(): Promise<void> {
		const editor = vscode.window.activeTextEditor;
		if (editor === undefined) {
			void vscode.window.showInformationMessage(vscode.l10n.t("No file is open."));
			return;
		}
		if (!this.#on) this.toggle();
		await chooseLine(editor, {
			scores: () => this.#current(editor.document)?.scores,
			failure: () => this.#current(editor.document)?.failure?.message,
			onChange: (listener) => this.#changed.event((document) => document === editor.document && listener()),
		});
	}

	dispose(): void {
		this.#stop();
		for (const subscription of this.#subscriptions) subscription.dispose();
	}

	#current(document: vscode.TextDocument): Known | undefined {
		const known = this.#known.get(document);
		return this.#on && known?.version === document.version ? known : undefined;
	}

	#edited(document: vscode.TextDocument): void {
		this.#forget(document);
		this.#show(document);
		if (document === vscode.window.activeTextEditor?.document) this.#soon(rest.edited);
	}

	#forget(document: vscode.TextDocument): void {
		this.#known.delete(document);
		if (this.#running?.document === document) this.#stop();
	}

	/** Another model judges otherwise. */
	#startAnew(): void {
		this.#stop();
		this.#known.clear();
		this.#showAll();
		this.#refresh();
	}

	#stop(): void {
		clearTimeout(this.#timer);
		this.#running?.source.cancel();
		this.#running = undefined;
	}

	#soon(milliseconds: number): void {
		clearTimeout(this.#timer);
		if (this.#on) this.#timer = setTimeout(() => this.#refresh(), milliseconds);
	}

	/** Scores what is seen, unless it is known. */
	#refresh(): void {
		const editor = vscode.window.activeTextEditor;
		if (!this.#on) return;
		this.#showAll();
		if (editor === undefined || !isText(editor.document)) {
			this.#stop();
			return;
		}
		const { document, visibleRanges } = editor;
		const known = this.#current(document);
		const seen = visibleRanges.every((range) => known?.part === undefined || known.part.contains(range));
		if (known?.done === true && seen) this.#stop();
		else void this.#score(document, visibleRanges);
	}

	async #score(document: vscode.TextDocument, visible: readonly vscode.Range[]): Promise<void> {
		this.#stop();
		const source = new vscode.CancellationTokenSource();
		const running = { document, source };
		this.#running = running;
		const { version } = document;
		const learn = (known: Partial<Known>): void => {
			if (this.#running !== running || document.version !== version) return;
			this.#known.set(document, { done: false, ...known, version });
			this.#show(document);
		};
		const { failure: _, ...before } = this.#current(document) ?? {};
		learn({ ...before, done: false });
		try {
			const onPage = (scoring: Scoring) => learn({ ...scoring, done: scoring.scores.end !== undefined });
			await scoreDocument(this.#ctx.sidecar, document, { visible, before, token: source.token, onPage });
		} catch (error) {
			if (source.token.isCancellationRequested) return;
			const failure = error instanceof SidecarError ? error : new SidecarError("internal", String(error));
			if (failure.errorName !== "cancelled") learn({ done: true, failure });
		} finally {
			if (this.#running === running) this.#running = undefined;
			source.dispose();
		}
	}

	#showAll(): void {
		const documents = new Set(vscode.window.visibleTextEditors.map(({ document }) => document));
		for (const document of documents) this.#show(document);
		if (vscode.window.activeTextEditor === undefined) this.#status.hide();
	}

	#show(document: vscode.TextDocument): void {
		const known = this.#current(document);
		for (const editor of vscode.window.visibleTextEditors) {
			if (editor.document === document) this.#marks.show(editor, known?.scores);
		}
		this.#findings.show(document, known?.scores);
		if (document === vscode.window.activeTextEditor?.document) {
			if (this.#on && isText(document)) this.#status.show(document, known ?? { done: false });
			else this.#status.hide();
		}
		this.#changed.fire(document);
	}
}

/** What people write: not the output channels nor our own reports. */
function isText({ uri }: vscode.TextDocument): boolean {
	return uri.scheme !== "output" && uri.scheme !== "maskwright-report";
}

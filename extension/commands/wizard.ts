import * as vscode from "vscode";
import { Dismissed } from "./failures.ts";
import type { Choice } from "./trainItems.ts";

/** One question of several. */
export interface Question<Value> {
	readonly title: string;
	readonly step: number;
	readonly totalSteps: number;
	readonly placeholder: string;
	/** Shown busy until they are there; the first one is chosen by Enter. The signal ends when the user leaves. */
	choices(token: vscode.CancellationToken): Promise<Answers<Value>>;
}

export interface Answers<Value> {
	readonly choices: readonly Choice<Value>[];
	/** Rows below the choices that answer nothing: they show something and the question stays. */
	readonly asides?: { readonly title: string; readonly rows: readonly Choice<unknown>[]; show(): void };
	/** Replaces the placeholder. */
	readonly placeholder?: string;
}

interface Row<Value> extends vscode.QuickPickItem {
	readonly choice?: Choice<Value>;
	readonly aside?: () => void;
}

/** Asks; resolves with the answer or `"back"`, and throws `Dismissed` when the user leaves. */
export async function ask<Value>(question: Question<Value>): Promise<Value | "back"> {
	const pick = vscode.window.createQuickPick<Row<Value>>();
	const cancellation = new vscode.CancellationTokenSource();
	const { title, step, totalSteps, placeholder } = question;
	Object.assign(pick, { title, step, totalSteps, placeholder, matchOnDetail: true, busy: true });
	if (step > 1) pick.buttons = [vscode.QuickInputButtons.Back];
	try {
		return await new Promise<Value | "back">((resolve, reject) => {
			pick.onDidHide(() => reject(new Dismissed()));
			pick.onDidTriggerButton(() => resolve("back"));
			pick.onDidAccept(() => {
				const row = pick.selectedItems[0];
				if (row?.choice !== undefined) resolve(row.choice.value);
				else row?.aside?.();
			});
			pick.show();
			question.choices(cancellation.token).then((answers) => fill(pick, answers), reject);
		});
	} finally {
		cancellation.cancel();
		cancellation.dispose();
		pick.dispose();
	}
}

function fill<Value>(pick: vscode.QuickPick<Row<Value>>, { choices, asides, placeholder }: Answers<Value>): void {
	const rows: Row<Value>[] = choices.map((choice) => ({ ...shown(choice), choice }));
	if (asides !== undefined) {
		rows.push({ label: asides.title, kind: vscode.QuickPickItemKind.Separator });
		const aside = () => {
			pick.ignoreFocusOut = true; // what is shown takes the focus, and the question stays
			asides.show();
		};
		rows.push(...asides.rows.map((row) => ({ ...shown(row), aside })));
	}
	pick.items = rows;
	pick.busy = false;
	if (placeholder !== undefined) pick.placeholder = placeholder;
}

function shown({ label, description, detail }: Choice<unknown>): vscode.QuickPickItem {
	return {
		label,
		...(description === undefined ? {} : { description }),
		...(detail === undefined ? {} : { detail }),
	};
}

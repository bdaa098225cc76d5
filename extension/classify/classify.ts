import * as vscode from "vscode";
import type { ClassifyReport } from "../../sidecar/protocol/classify.ts";
import { Dismissed } from "../commands/failures.ts";
import type { Ctx } from "../ctx.ts";
import { formatShare } from "../format.ts";
import { diffOf } from "./gitDiff.ts";
import { alignedRows, fieldsOf, jsonTexts, labelsIn } from "./records.ts";

/** Remembered for the workspace: labels and field are asked for again with these before the caret. */
const memory = { labels: "maskwright.classify.labels", field: "maskwright.classify.field" } as const;

/** Texts to classify and what to call them. */
interface Subject {
	readonly name: string;
	readonly texts: readonly { readonly line: number; readonly text: string }[];
}

/**
 * Says which of the labels that the user types fits the selection; without one, each record of a JSONL file, or what
 * git says has changed in the file.
 */
export async function classifySelection(ctx: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const editor = window.activeTextEditor;
	if (editor === undefined) {
		void window.showInformationMessage(l10n.t("Open a file and select the text to classify."));
		throw new Dismissed();
	}
	const subject = await subjectOf(ctx, editor);
	const labels = await askLabels(ctx, subject);
	const texts = subject.texts.map(({ text }) => text);
	const options = {
		location: vscode.ProgressLocation.Notification,
		title: l10n.t("Classifying {0}...", subject.name),
		cancellable: true,
	};
	const report = await window.withProgress(options, (_, token) =>
		ctx.sidecar.request("classify", { texts, labels }, token),
	);
	if (subject.texts.length === 1) await showOne(report, subject.name);
	else await showTable(report, subject);
}

async function subjectOf(ctx: Ctx, { document, selection }: vscode.TextEditor): Promise<Subject> {
	const { l10n, window } = vscode;
	const line = selection.start.line + 1;
	if (!selection.isEmpty)
		return { name: l10n.t("the selection"), texts: [{ line, text: document.getText(selection) }] };
	if (/\.(jsonl|ndjson)$/i.test(document.fileName)) {
		const text = document.getText();
		const field = await askField(ctx, fieldsOf(document.fileName, text));
		const texts = jsonTexts(text, field);
		if (texts.length > 0) return { name: l10n.t("{0} records", texts.length), texts };
		void window.showInformationMessage(l10n.t("No line of this file has text in {0}.", field));
		throw new Dismissed();
	}
	const diff = await diffOf(document.uri);
	if (diff !== undefined) return { name: l10n.t("the changes of this file"), texts: [{ line, text: diff }] };
	const sentence = l10n.t("Select the text to classify: nothing is selected, and git tells no change of this file.");
	void window.showInformationMessage(sentence);
	throw new Dismissed();
}

async function askField({ extensionContext }: Ctx, fields: readonly string[]): Promise<string> {
	const { l10n, window } = vscode;
	const { workspaceState } = extensionContext;
	const last = workspaceState.get<string>(memory.field) ?? "text";
	const ordered = fields.toSorted((one, other) => Number(other === last) - Number(one === last));
	if (ordered.length === 0) {
		void window.showInformationMessage(l10n.t("The first line of this file is no JSON object."));
		throw new Dismissed();
	}
	const field = await window.showQuickPick(ordered, {
		title: l10n.t("Classify Records"),
		placeHolder: l10n.t("The field with the text"),
	});
	if (field === undefined) throw new Dismissed();
	await workspaceState.update(memory.field, field);
	return field;
}

async function askLabels({ extensionContext }: Ctx, { name }: Subject): Promise<string[]> {
	const { l10n, window } = vscode;
	const { workspaceState } = extensionContext;
	const typed = await window.showInputBox({
		title: l10n.t("Classify {0}", name),
		prompt: l10n.t("The labels to choose from, with commas between them"),
		placeHolder: "bug, feature, docs",
		value: workspaceState.get<string>(memory.labels) ?? "",
		validateInput: (text) => whyNotLabels(labelsIn(text)),
	});
	if (typed === undefined) throw new Dismissed();
	await workspaceState.update(memory.labels, typed);
	return labelsIn(typed);
}

function whyNotLabels(labels: readonly string[]): string | undefined {
	const { l10n } = vscode;
	if (labels.length < 2) return l10n.t("Name two labels at least.");
	return new Set(labels).size < labels.length ? l10n.t("Name each label once.") : undefined;
}

async function showOne(report: ClassifyReport, name: string): Promise<void> {
	const { l10n, window, env } = vscode;
	const { model } = report;
	const [item] = report.items;
	const rows = (item?.probabilities ?? []).map(({ label, probability }) => ({
		label,
		description: formatShare(probability),
	}));
	const cut = item?.cut === true ? [l10n.t("The text was longer than the model sees and lost its end.")] : [];
	const chosen = await window.showQuickPick(rows, {
		title: l10n.t("What {0} says of {1}", model, name),
		placeHolder: [...guessed(report), l10n.t("Enter copies a label."), ...cut].join(" "),
	});
	if (chosen !== undefined) await env.clipboard.writeText(chosen.label);
}

/** What to say of a model that never learned to choose between labels. */
function guessed({ trained }: ClassifyReport): string[] {
	return trained ? [] : [vscode.l10n.t("A guess: this model was never trained on labels.")];
}

async function showTable(report: ClassifyReport, { texts }: Subject): Promise<void> {
	const { items, labels, model } = report;
	const rows = items.map(({ label, probabilities }, at) => {
		const { line, text } = texts[at]!;
		return [String(line), label, formatShare(probabilities[0]?.probability ?? null), text.replaceAll(/\s+/g, " ")];
	});
	const counts = labels.map((label) => `${label}: ${items.filter((item) => item.label === label).length}`);
	const content = alignedRows([["line", "label", "probability", "text"], ...rows]);
	const document = await vscode.workspace.openTextDocument({
		language: "plaintext",
		content: [[model, counts.join(", "), ...guessed(report)].join("  "), "", ...content, ""].join("\n"),
	});
	await vscode.window.showTextDocument(document, { preview: false, viewColumn: vscode.ViewColumn.Beside });
}

/** What is said of a report as a whole, and where its text stands in the file. */
import type { MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { formatCount } from "../ui/format.ts";
import { share } from "./tokens.ts";

interface Shown {
	readonly report: MasksReport;
	readonly document: { readonly name: string; readonly text: string };
}

/** The text that tokens stand in: that of the file, or of the records that the recipe reads in it. */
export function shownText({ report, document }: Shown): string {
	return report.records?.text ?? document.text;
}

/** Why there are no masks; undefined where there may be. */
export function nothingMasked({ report, document }: Shown, selectionOnly: boolean): string | undefined {
	const { objective, recipe, tokens, unread } = report;
	if (document.text === "") return t("{0} is empty.", document.name);
	if (unread !== null) return unread;
	if (tokens.length === 0 && selectionOnly) return t("Nothing is selected in {0}.", document.name);
	if (objective === "codeSearch")
		return t("{0} masks nothing: it learns which words belong to which code. Choose another recipe.", recipe);
	if (objective === "causalLm")
		return t("{0} masks nothing: it learns to predict each next token. Choose another recipe.", recipe);
	if (tokens.length > 0) return undefined;
	return t("{0} reads functions, and no grammar finds one in {1}.", recipe, document.name);
}

/** What the recipe reads, and what it does with the masks, where it is not plain masked language modelling. */
export function aboutMasks({ recipe, objective, records, causalShare }: MasksReport): string[] {
	const held = records?.list.filter(({ row }) => row === null).length ?? 0;
	const sentences: (readonly [boolean, () => string])[] = [
		[
			records !== null,
			() =>
				t("{0} reads records: {1} of this file stand here as its rows have them.", recipe, records?.list.length ?? 0),
		],
		[held > 0, () => t("{0} of them are in no row of the run: held out, or changed since.", formatCount(held))],
		[
			causalShare > 0,
			() => t("The first {0} of a run mask nothing: they predict each next token.", share(causalShare)),
		],
		[
			objective === "replacedTokenDetection",
			() => t("A small generator fills these masks, and the model judges every token of what comes out."),
		],
		[objective === "ernieGram", () => t("One mask hides a whole n-gram: its tokens stand in one box.")],
		[
			objective === "starbucks",
			() => t("Every size of the model sees these masks; the decoder that restores a text from its [CLS] sees more."),
		],
	];
	return sentences.flatMap(([holds, sentence]) => (holds ? [sentence()] : []));
}

/** The part of the file that a part of the shown text stands for: of a record, the line in which it begins. */
export function spanInFile(
	{ report, document }: Shown,
	span: { start: number; end: number },
): { start: number; end: number } {
	const line = report.records?.list.findLast(({ start }) => start <= span.start)?.line;
	if (report.records === null || line === undefined || line === null) return span;
	const starts = [0, ...[...document.text.matchAll(/\r\n|\n|\r/g)].map(({ index, 0: end }) => index + end.length)];
	const start = starts[line - 1] ?? 0;
	return { start, end: start + (/^[^\r\n]*/.exec(document.text.slice(start))?.[0].length ?? 0) };
}

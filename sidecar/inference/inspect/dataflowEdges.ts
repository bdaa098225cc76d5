import type { Span } from "../../protocol/masks.ts";
import { dataflowOf } from "../../syntax/dataflow.ts";
import { type SyntaxLanguage, syntaxLanguageOf, syntaxLanguages } from "../../syntax/languages.ts";
import { loadParser } from "../../syntax/parser.ts";
import type { SyntaxTree } from "../../syntax/syntaxTree.ts";

/** A use of a value and where that comes from; both are places in the text. */
export interface PlacedEdge {
	readonly from: Span;
	readonly to: Span;
	readonly relation: "comesFrom" | "computedFrom";
	readonly name: string;
}

/** The data flow of a text, or why there is none. */
export type PlacedDataflow =
	| { readonly language: SyntaxLanguage; readonly edges: readonly PlacedEdge[] }
	| { readonly why: string };

/** The edges of a text whose ends both lie within `range`; the name of the file at `path` tells the language. */
export async function dataflowIn(text: string, range: Span, path: string | undefined): Promise<PlacedDataflow> {
	const language = path === undefined ? undefined : syntaxLanguageOf(path);
	if (language === undefined) {
		return { why: `There is no data flow: the file is in none of ${syntaxLanguages.join(", ")} by its name.` };
	}
	const parser = await loadParser(language);
	const tree = parser.parse(text);
	const bare = withoutComments(tree);
	const flow = dataflowOf(bare === text ? tree : parser.parse(bare), language);
	const place = (index: number): Span => ({ start: flow.starts[index]!, end: flow.ends[index]! });
	const inRange = ({ start, end }: Span): boolean => range.start <= start && start < end && end <= range.end;
	const edges: PlacedEdge[] = [];
	for (const { index, sourceIndices, relation, name } of flow.edges) {
		const from = place(index);
		if (!inRange(from)) continue;
		for (const source of sourceIndices) {
			const to = place(source);
			if (inRange(to) && source !== index) edges.push({ from, to, relation, name });
		}
	}
	return { language, edges };
}

/** The text with blanks for comments, so that every place stays where it is. */
function withoutComments({ text, types, starts, ends }: SyntaxTree): string {
	let bare = "";
	let from = 0;
	types.forEach((type, node) => {
		if (!type.endsWith("comment") || starts[node]! < from) return;
		bare += text.slice(from, starts[node]) + text.slice(starts[node], ends[node]).replaceAll(/[^\r\n]/g, " ");
		from = ends[node]!;
	});
	return bare + text.slice(from);
}

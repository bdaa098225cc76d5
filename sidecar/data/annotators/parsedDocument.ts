import { type SyntaxLanguage, syntaxLanguageOf } from "../../syntax/languages.ts";
import { loadParser } from "../../syntax/parser.ts";
import type { SyntaxTree } from "../../syntax/syntaxTree.ts";

/** A text that several readers want the tree of: it is parsed when the first of them asks. */
export interface ParsedDocument {
	readonly path: string;
	readonly text: string;
	/** Undefined where no grammar is at hand; then there is no tree to ask for. */
	readonly language: SyntaxLanguage | undefined;
	tree(): Promise<SyntaxTree>;
}

/** The document's path tells its language. */
export function parsedDocument({ path, text }: { readonly path: string; readonly text: string }): ParsedDocument {
	const language = syntaxLanguageOf(path);
	let tree: Promise<SyntaxTree> | undefined;
	return {
		path,
		text,
		language,
		tree: () => {
			tree ??= loadParser(language!).then((parser) => parser.parse(text));
			return tree;
		},
	};
}

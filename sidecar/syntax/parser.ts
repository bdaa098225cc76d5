import { fileURLToPath } from "node:url";
import { Language, Parser, type Tree } from "web-tree-sitter";
import { invariant } from "../base/errors.ts";
import type { SyntaxLanguage } from "./languages.ts";
import { outlineOf } from "./outline.ts";
import { flatten, type SyntaxTree } from "./syntaxTree.ts";

/** Parses texts of one language. */
export interface SyntaxParser {
	readonly language: SyntaxLanguage;
	/** The tree of any text: what the grammar cannot read stands in nodes of type `ERROR`. Linear in the text. */
	parse(text: string): SyntaxTree;
	/** The same without what chunks do not need; see `outlineOf`. */
	outline(text: string): SyntaxTree;
}

/** The parser of a language; its grammar is read from the disk once in a process. */
export async function loadParser(language: SyntaxLanguage): Promise<SyntaxParser> {
	let parser = parsers.get(language);
	if (parser === undefined) {
		parser = createParser(language);
		parsers.set(language, parser);
	}
	return parser;
}

const parsers = new Map<SyntaxLanguage, Promise<SyntaxParser>>();

let runtime: Promise<void> | undefined;

async function createParser(language: SyntaxLanguage): Promise<SyntaxParser> {
	runtime ??= Parser.init();
	await runtime;
	const grammar = await Language.load(fileURLToPath(grammarFiles[language]()));
	const parser = new Parser().setLanguage(grammar);
	const parsed = (text: string, copy: (tree: Tree) => SyntaxTree): SyntaxTree => {
		const tree = parser.parse(text);
		invariant(tree !== null, "the parser ended without a tree though nothing cancels it.");
		try {
			return copy(tree);
		} finally {
			tree.delete();
		}
	};
	return {
		language,
		parse: (text) => parsed(text, (tree) => flatten(tree, text)),
		outline: (text) => parsed(text, (tree) => outlineOf(tree, text, language)),
	};
}

const grammarFiles: Readonly<Record<SyntaxLanguage, () => string>> = {
	python: () => import.meta.resolve("tree-sitter-python/tree-sitter-python.wasm"),
	java: () => import.meta.resolve("tree-sitter-java/tree-sitter-java.wasm"),
	javascript: () => import.meta.resolve("tree-sitter-javascript/tree-sitter-javascript.wasm"),
	go: () => import.meta.resolve("tree-sitter-go/tree-sitter-go.wasm"),
	ruby: () => import.meta.resolve("tree-sitter-ruby/tree-sitter-ruby.wasm"),
	php: () => import.meta.resolve("tree-sitter-php/tree-sitter-php.wasm"),
	typescript: () => import.meta.resolve("tree-sitter-typescript/tree-sitter-typescript.wasm"),
	tsx: () => import.meta.resolve("tree-sitter-typescript/tree-sitter-tsx.wasm"),
	c: () => import.meta.resolve("tree-sitter-c/tree-sitter-c.wasm"),
	cpp: () => import.meta.resolve("tree-sitter-cpp/tree-sitter-cpp.wasm"),
	csharp: () => import.meta.resolve("tree-sitter-c-sharp/tree-sitter-c_sharp.wasm"),
	rust: () => import.meta.resolve("tree-sitter-rust/tree-sitter-rust.wasm"),
};

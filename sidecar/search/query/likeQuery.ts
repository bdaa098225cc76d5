import { type SyntaxLanguage, syntaxLanguages } from "../../syntax/languages.ts";
import { embeddedText } from "../chunkText.ts";
import { chunksBySyntax } from "../index/sourceChunks.ts";
import { mostTerms } from "./lexicalSearch.ts";

/** What is asked for by a piece of code. */
export interface LikeQuery {
	/** What is embedded: of one function or class in the form that the index embeds, of anything else itself. */
	readonly embedded: string;
	/** Names and words that tell the most, for the lexical side. */
	readonly words: string;
}

/** UTF-16 units of a selection that are looked at. */
const longestText = 100_000;

const identifier = /[\p{L}_$][\p{L}\p{M}\p{N}_$]*/gu;

/** The query for code like `text`; `language` as an editor names it. */
export async function likeQuery(text: string, language: string | undefined): Promise<LikeQuery> {
	const looked = text.slice(0, longestText);
	const grammar = grammarNamed(language);
	const chunks = grammar === undefined ? [] : await chunksBySyntax(looked, grammar);
	const named = chunks.filter(({ kind }) => kind !== "block");
	const [only] = named.length === 1 ? named : [];
	return { embedded: only === undefined ? looked : embeddedText(only, looked), words: tellingWords(looked) };
}

/** Long names say the most, and their parts come with them. */
function tellingWords(text: string): string {
	const names = new Set(Array.from(text.matchAll(identifier), ([name]) => name).filter((name) => name.length > 2));
	return [...names]
		.sort((a, b) => b.length - a.length)
		.slice(0, mostTerms / 2)
		.join(" ");
}

function grammarNamed(language: string | undefined): SyntaxLanguage | undefined {
	const others: Readonly<Record<string, SyntaxLanguage>> = { javascriptreact: "javascript", typescriptreact: "tsx" };
	if (language === undefined) return undefined;
	return syntaxLanguages.find((known) => known === language) ?? others[language];
}

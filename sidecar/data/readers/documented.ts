import { bareCode, chunksOf } from "../../syntax/chunks.ts";
import { syntaxLanguageOf } from "../../syntax/languages.ts";
import { loadParser } from "../../syntax/parser.ts";
import type { Corpus, Document } from "../document.ts";
import { languageOfPath } from "../languages.ts";
import type { ReaderConfig } from "./config.ts";
import { readCorpus } from "./corpus.ts";
import { hashOf, Intake, type ReadOptions } from "./intake.ts";
import { joinPair } from "./pairs.ts";

type DocumentedReader = Extract<ReaderConfig, { name: "documented" }>;

/** Shorter documentation says nothing that the code could be told by. */
const fewestWords = 3;

/** Code of more UTF-16 code units is cut: its beginning says what it is about. */
const longestCode = 3000;

const separated = { join: "separator", long: "refuse" } as const;

/**
 * Each documented function of a folder's code as a pair: the first sentence or line of its documentation, and its code
 * without comments. Throws as `readCorpus`, and `emptyCorpus` where no function is documented.
 */
export async function readDocumented(path: string, _reader: DocumentedReader, options: ReadOptions): Promise<Corpus> {
	const { content } = options;
	const { documents, leftOut } = content === undefined ? await readCorpus(path, options) : alone(path, content);
	const intake = new Intake({ ...options, contentRules: false });
	for (const { path: file, why } of leftOut) intake.leave(file, why);
	for (const document of documents) {
		intake.step();
		for (const pair of await pairsOf(document)) intake.offerDocument(pair);
	}
	return intake.finish(path);
}

/** One file whose text is at hand. */
function alone(path: string, text: string): Corpus {
	const known = languageOfPath(path);
	const language = "language" in known ? known.language : "text";
	return { documents: [{ path, language, text, hash: hashOf(text) }], leftOut: [] };
}

/** The first sentence, or the first line where that ends before or the sentence says too little. */
function firstSentence(docstring: string): string {
	const [line = ""] = docstring.split("\n");
	const [sentence = line] = /^.+?[.!?](?=\s)/.exec(line) ?? [];
	return sentence.split(/\s+/).length < fewestWords ? line : sentence;
}

async function pairsOf({ path, language, text }: Document): Promise<Document[]> {
	const grammar = syntaxLanguageOf(path);
	if (grammar === undefined) return [];
	const pairs: Document[] = [];
	for (const chunk of chunksOf((await loadParser(grammar)).parse(text), grammar)) {
		if (chunk.kind !== "function" && chunk.kind !== "method") continue;
		const documentation = firstSentence(chunk.docstring);
		if (documentation.split(/\s+/).length < fewestWords) continue;
		const code = bareCode(text, chunk).slice(0, longestCode);
		const { text: joined, regions = [], insertions = [] } = joinPair(documentation, code, separated);
		const paths = { first: "documentation.txt", second: path } as const;
		pairs.push({
			path: `${path}:${chunk.name ?? chunk.start}`,
			language,
			line: text.slice(0, chunk.start).split("\n").length,
			text: joined,
			hash: hashOf(JSON.stringify([documentation, code])),
			regions: regions.map((region) => ({ ...region, path: region.name === "first" ? paths.first : paths.second })),
			insertions,
			cuttable: { start: 0, end: joined.length, from: "end" },
		});
	}
	return pairs;
}

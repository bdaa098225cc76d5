/**
 * Writes the corpus that the search model is trained on: every file of the large corpus but those of packages that
 * stand in the evaluated files, those that were copied from such packages, and those with a function that is nearly
 * one of the evaluated ones. Files of `searchPackages.ts` may be named to be added, by the same rules.
 *
 *   node --import tsx bench/searchCorpus.ts OUT.jsonl [MORE.jsonl...]      (needs MASKWRIGHT_SHARED)
 */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { bareCode, chunksOf } from "../sidecar/syntax/chunks.ts";
import { syntaxLanguageOf } from "../sidecar/syntax/languages.ts";
import { loadParser } from "../sidecar/syntax/parser.ts";
import { viewed } from "../sidecar/tokenizer/textView.ts";

interface Evaluated {
	readonly package: string;
	readonly path: string;
	readonly code: string;
}

/** Words in a row that count as the same passage. */
const passage = 6;

/** A function is nearly an evaluated one when so many of its passages stand in evaluated functions. */
const tooMany = 0.5;

const shared = process.env["MASKWRIGHT_SHARED"];
const [out, ...more] = process.argv.slice(2);
if (shared === undefined || out === undefined) throw new Error("Set MASKWRIGHT_SHARED and name the file to write.");

const evaluated = readEvaluated(join(shared, "data", "codesearch"));
const packages = new Set(evaluated.map((item) => item.package));
const passages = new Set(evaluated.flatMap(({ code }) => passagesOf(code)));
// A Go package that another one vendors keeps its import path.
const vendored = /golang\.org\/x\/(text|tools)\//;

const file = openSync(out, "w");
const corpora = readdirSync(join(shared, "data", "corpus")).sort();
for (const path of [...corpora.map((name) => join(shared, "data", "corpus", name)), ...more]) {
	const counts = { kept: 0, ofPackages: 0, vendored: 0, near: 0 };
	const { documents } = await readCorpus(path, { maximumFileBytes: 400_000 });
	for (const { path, language, text } of documents) {
		const [owner] = path.split("/");
		if (packages.has(owner!)) counts.ofPackages++;
		else if (vendored.test(path)) counts.vendored++;
		else if (await holdsEvaluated(path, text)) counts.near++;
		else {
			counts.kept++;
			writeSync(file, `${JSON.stringify({ path, language, text })}\n`);
		}
	}
	console.log(basename(path), JSON.stringify(counts));
}
closeSync(file);

function readEvaluated(folder: string): Evaluated[] {
	const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
	return lines.map((line) => JSON.parse(line) as Evaluated);
}

function passagesOf(code: string): string[] {
	const words = viewed(code, "words").split(" ").slice(1);
	return words.slice(0, 1 - passage).map((_, at) => words.slice(at, at + passage).join(" "));
}

async function holdsEvaluated(path: string, text: string): Promise<boolean> {
	const language = syntaxLanguageOf(path);
	if (language === undefined) return false;
	const chunks = chunksOf((await loadParser(language)).parse(text), language);
	return chunks.some((chunk) => {
		if (chunk.kind !== "function" && chunk.kind !== "method") return false;
		const own = passagesOf(bareCode(text, chunk));
		return own.length >= 8 && own.filter((words) => passages.has(words)).length > tooMany * own.length;
	});
}
